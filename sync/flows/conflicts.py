"""Conflicts: a person says whose value counts, and what can be done about that is done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from sync.core.commerce import GOODS
from sync.core.errors import Rejected
from sync.core.matching import candidates, told
from sync.core.messages import Draft
from sync.core.ownership import PEOPLE, RULES, Owner, Remedy
from sync.core.ports import Orders
from sync.core.ports.conflicts import Conflict, Conflicts, ConflictState, Decision, Resolution
from sync.core.postings import Kind, Posting, attributes_posting, order_status, status_posting, wanted
from sync.core.record_ids import whole_id
from sync.core.sites import Site
from sync.flows.drafts import CANCEL_REQUEST, changed, link_requested, posting_draft, reassertion
from sync.flows.messages import site_of

_STATUSES = (Kind.SHIPPING_STATUS, Kind.EXTERNAL_STATUS, Kind.ORDER_STATUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFlow:
    """The story of a decision; *ours* is the value of the field's owner, *theirs* the other system's."""

    sites: Mapping[str, Site]
    conflicts: Conflicts
    orders: Orders

    def resolve(
        self, conflict_id: int, resolution: Resolution, *, actor: str, reason: str, choice: str = ""
    ) -> str:
        """Close a conflict, queue what follows in the same step, and return it in words; safe to repeat.

        Raises `Rejected` conflict.unknown, conflict.resolved when it was decided otherwise, or
        conflict.impossible when the decision has no effect that could be had. `choice` is the contact to
        take, of those that the conflict names. What the other system
        refuses again opens the conflict again.
        """
        conflict = self.conflicts.conflict(conflict_id)
        if conflict is None:
            raise Rejected("conflict.unknown", f"there is no conflict {conflict_id}")
        if conflict.state == ConflictState.RESOLVED:
            return _settled(conflict, resolution)
        follows, drafts = self._remedy(conflict, resolution, choice)
        decision = Decision(resolution=resolution, actor=actor, reason=reason, follows=follows)
        if self.conflicts.resolve(conflict, decision, drafts):
            return follows
        now = self.conflicts.conflict(conflict_id) or conflict
        if now.state == ConflictState.RESOLVED:
            return _settled(now, resolution)
        raise Rejected(
            "conflict.resolved", f"conflict {conflict_id} was found once more just now: look at it again"
        )

    def _remedy(self, conflict: Conflict, resolution: Resolution, choice: str) -> tuple[str, list[Draft]]:
        match resolution:
            case Resolution.CHOOSE:
                return _chosen(conflict, choice)
            case Resolution.KEEP_OURS if conflict.field in PEOPLE:
                return "it is none of them: the customer stays without a contact", []
            case Resolution.KEEP_OURS:
                return f"the {conflict.owner}'s value stands; nothing is written", []
            case Resolution.REASSERT:
                return self._reasserted(conflict)
            case Resolution.KEEP_THEIRS:
                return self._accepted(conflict)

    def _reasserted(self, conflict: Conflict) -> tuple[str, list[Draft]]:
        if conflict.field not in RULES:
            # No machine knows whose it is.
            _impossible("correct it in the system whose word this is, then keep ours")
        remedy, identity = RULES[conflict.field].remedy, _identity(conflict)
        names = (conflict.site, conflict.order_no, identity)
        if remedy is Remedy.CANCEL:
            return remedy, [changed(*names, CANCEL_REQUEST)]
        if remedy is Remedy.POST:
            return remedy, self._told_again(conflict)
        if remedy is Remedy.LINK:
            return remedy, [link_requested(*names, anew=True)]
        if remedy is Remedy.PUBLISH:
            _impossible("counts are written anew by: orderbridge inventory sync")
        if conflict.field in GOODS and conflict.sender == Owner.STOREFRONT:
            _impossible("the warehouse takes no other goods: change its order by hand, then keep ours")
        again = reassertion(*names, fields=[conflict.field], reference=conflict.reference, asked=True)
        return remedy, [again]

    def _told_again(self, conflict: Conflict) -> list[Draft]:
        told = self.orders.told(site_of(self.sites, conflict.site), conflict.order_no)
        postings = [status_posting(k, told.statuses[k]) for k in _STATUSES if k in told.statuses]
        if told.attributes:
            postings.append(attributes_posting(told.attributes))
        if not postings:
            _impossible("the storefront has been told nothing yet, or is being told just now")
        return [_posting(conflict, posting) for posting in postings]

    def _accepted(self, conflict: Conflict) -> tuple[str, list[Draft]]:
        if conflict.field == "order.cancellation":
            return "the storefront is told that the order goes on", [self._alive(conflict)]
        if conflict.field in PEOPLE:
            _impossible("choose one of the contacts with --contact, or keep ours if it is none of them")
        if conflict.owner == Owner.STOREFRONT:
            _impossible(f"the storefront's API takes no {conflict.field}: correct it there, then keep ours")
        kind, _, status = conflict.storefront.partition(" ")
        if conflict.sender == Owner.STOREFRONT and kind in set(_STATUSES) and status:
            follows = f"the storefront shows {status} until the warehouse's next word"
            return follows, [_posting(conflict, status_posting(Kind(kind), status))]
        return _impossible("what the warehouse did is done: the next fact would write it again; keep ours")

    def _alive(self, conflict: Conflict) -> Draft:
        """Return the posting of the status that the order has by what the warehouse did with it."""
        site = site_of(self.sites, conflict.site)
        (first, *_) = self.orders.handovers(site, conflict.order_no)
        handed = self.orders.find(site, first.reference)
        _, known = self.orders.known(site, conflict.order_no)
        called_for = wanted(site, handed, known) if handed else []
        status = next((p for p in called_for if p.kind is Kind.ORDER_STATUS), order_status("new"))
        return _posting(conflict, status)


def _settled(conflict: Conflict, resolution: Resolution) -> str:
    """A repeated decision is the same one; another one comes too late."""
    if conflict.resolution != resolution:
        told = f"{conflict.resolution or 'closed'} by {conflict.resolved_by or 'somebody'}"
        raise Rejected("conflict.resolved", f"conflict {conflict.id} is resolved already: {told}")
    return conflict.follows or ""


def _chosen(conflict: Conflict, choice: str) -> tuple[str, list[Draft]]:
    """The customer is linked to one of the candidates; ids of 15 and of 18 characters name the same one."""
    if conflict.field not in PEOPLE:
        _impossible(f"{conflict.field} offers nothing to choose from")
    contact = candidates(conflict.warehouse).get(whole_id(choice))
    if contact is None:
        _impossible(f"'{choice}' is none of {conflict.warehouse}")
    draft = link_requested(conflict.site, conflict.order_no, _identity(conflict), contact=told(contact))
    return f"the customer is linked to {told(contact)}", [draft]


def _identity(conflict: Conflict) -> str:
    """The same decision has its effect once; one about a conflict that came again has another."""
    return f"resolve:{conflict.id}:{conflict.times}"


def _posting(conflict: Conflict, posting: Posting) -> Draft:
    identity = _identity(conflict)
    cause = changed(conflict.site, conflict.order_no, identity)
    return posting_draft(cause, conflict.order_no, replace(posting, key=f"{posting.key}:{identity}"))


def _impossible(detail: str) -> NoReturn:
    raise Rejected("conflict.impossible", detail)
