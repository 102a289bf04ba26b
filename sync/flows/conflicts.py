"""Conflicts: a person says whose value counts, and what can be done about that is done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync.core.errors import Rejected
from sync.core.messages import Draft
from sync.core.ownership import Owner
from sync.core.ports import Ledger, Orders
from sync.core.ports.conflicts import Conflict, Conflicts
from sync.core.postings import Kind, order_status, wanted
from sync.core.sites import Site
from sync.flows.drafts import CANCEL_REQUEST, changed, posting_draft
from sync.flows.messages import site_of

_AMENDABLE = {"shipment.address", "shipment.method"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFlow:
    """The story of a decision."""

    sites: Mapping[str, Site]
    conflicts: Conflicts
    ledger: Ledger
    orders: Orders

    def resolve(self, conflict_id: int, keep: Owner) -> str:
        """Close a conflict in favor of one system, and return what follows; safe to repeat.

        Raises `Rejected` conflict.unknown. What the other system refuses again opens the conflict again.
        """
        conflict = self.conflicts.conflict(conflict_id)
        if conflict is None:
            raise Rejected("conflict.unknown", f"there is no open conflict {conflict_id}")
        draft, follows = self._remedy(conflict, keep)
        if draft:
            self.ledger.add([draft])
        self.conflicts.close(conflict_id)
        return follows

    def _remedy(self, conflict: Conflict, keep: Owner) -> tuple[Draft | None, str]:
        site, order_no, identity = conflict.site, conflict.order_no, f"resolve:{conflict.id}"
        if keep is Owner.STOREFRONT and conflict.field == "order.cancellation":
            asked = changed(site, order_no, identity, CANCEL_REQUEST)
            return asked, "the warehouse is asked once more to cancel"
        if keep is Owner.STOREFRONT and conflict.field in _AMENDABLE:
            return changed(site, order_no, identity), "the warehouse is sent the change once more"
        if keep is Owner.STOREFRONT:
            return None, "the warehouse takes no such change: make it there by hand"
        if conflict.field == "order.cancellation":
            return self._alive(conflict, identity), "the storefront is told that the order goes on"
        if conflict.field == "shipment.stage":
            return None, "the storefront was told already"
        return None, "the storefront's order is the merchant's: correct it there by hand"

    def _alive(self, conflict: Conflict, identity: str) -> Draft:
        """Return the posting of the status that the order has by what the warehouse did with it."""
        site = site_of(self.sites, conflict.site)
        (first, *_) = self.orders.handovers(site, conflict.order_no)
        handed = self.orders.find(site, first.reference)
        _, known = self.orders.known(site, conflict.order_no)
        called_for = wanted(site, handed, known) if handed else []
        status = next((p for p in called_for if p.kind is Kind.ORDER_STATUS), order_status("new"))
        cause = changed(site.name, conflict.order_no, identity)
        return posting_draft(cause, conflict.order_no, replace(status, key=f"{status.key}:{identity}"))
