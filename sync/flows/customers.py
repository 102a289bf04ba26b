"""Customers: after its hand-over an order's customer is looked up in the CRM, and remembered.

Who a customer is in the CRM is known, in this order:

1. by the contact id on the order. The storefront is trusted; a newer order's id replaces an older one.
2. by what is remembered. An order without ids gets them before its hand-over, and no call is made for it.
3. by the site's rules. After the hand-over, never before it, the hand-over's settlement leaves a message for
   this flow. The first rule that finds anybody decides: one contact is remembered, several are a conflict for
   a person, who chooses one of them or none. Where no rule finds anybody nothing is left to do: the
   customer's next order asks again. Nothing is ever created.

While the CRM is away its messages wait, however long, with growing pauses, and hold up no order and no
posting: their origin is their own. At a site with `wait` it is the order that waits instead.

What is found later is in the links, and so in every later order. The warehouse's order is not amended for an
id, since that would mean to cancel it; the storefront's order is not written, since the CRM's connector
owns its attributes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.core.crm import Contact
from sync.core.errors import Retryable
from sync.core.links import Link
from sync.core.matching import NOBODY, Found, Match, Nobody, Several, told
from sync.core.messages import Backoff, Done, Message, Outcome, Settled, Wait
from sync.core.orders import Order
from sync.core.people import Pseudonyms
from sync.core.ports import LinksProven, OrderBook, Record
from sync.core.proofs import Proofs, crm_links, customer_subject
from sync.core.sites import Site
from sync.flows.acquaintance import UNLINKED, Acquaintance
from sync.flows.drafts import LinkRequest, link_request
from sync.flows.messages import guarded, site_of


class Away(Retryable):
    """The CRM does not answer, or not now: its messages wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFlow:
    """The story of an introduction."""

    sites: Mapping[str, Site]
    storefront: OrderBook
    acquaintance: Acquaintance
    names: Pseudonyms
    backoff: Backoff
    clock: Callable[[], datetime]

    def deliver(self, messages: Sequence[Message]) -> Iterator[Iterable[Settled]]:
        """Look up each order's customer; when the CRM is away the rest of the batch waits unasked."""
        away: Away | None = None
        for message in messages:
            settled = self._waits(message, away) if away else guarded(self._settled, message)
            if isinstance(settled.settlement, Wait) and away is None:
                away = Away(UNLINKED, settled.settlement.detail, retry_after=settled.settlement.after)
            yield [settled]

    def _settled(self, message: Message) -> Settled:
        site, request = site_of(self.sites, message.site), link_request(message.body)
        order = self.storefront.order(site, message.key)
        if request.contact:
            return self._linked(message, site, order, request.contact, "by a person's word", self.clock())
        if order.customer.contact_id and not request.anew:
            # The connector has come meanwhile: the storefront's own word counts.
            note = "the order names its contact"
            return Settled(message, Done(Outcome.DUPLICATE, note), [self._proven(message, site, order)])
        if not request.anew and self.acquaintance.remembered(order.customer, site):
            return Settled(message, Done(Outcome.DUPLICATE, "the customer is known already"))
        try:
            match = self.acquaintance.found(order.customer, site)
        except Retryable as failed:
            return self._waits(message, failed)
        return self._met(message, site, order, request, match)

    def _met(self, message: Message, site: Site, order: Order, request: LinkRequest, match: Match) -> Settled:
        match match:
            case Found(contact, rule):
                at = self.clock() if request.anew else order.placed_at
                return self._linked(message, site, order, contact, f"by {rule}", at)
            case Several() if self.acquaintance.dismissed(order.customer, site, match) and not request.anew:
                return Settled(message, Done(Outcome.APPLIED, f"{NOBODY}, by a person's word"))
            case Several(contacts, rule):
                records = self.acquaintance.disputes(message, order, site, match)
                note = f"{len(contacts)} contacts by {rule}: a person must choose"
                return Settled(message, Done(Outcome.CONFLICT, note), records)
            case Nobody():
                rules = ", ".join(site.crm.match)
                return Settled(message, Done(Outcome.APPLIED, f"{NOBODY} by {rules}"))

    def _linked(
        self, message: Message, site: Site, order: Order, contact: Contact, how: str, at: datetime
    ) -> Settled:
        """Remember the contact; what the order says of its account counts more than the CRM's first one."""
        account = order.customer.account_id or contact.account_id
        shopper = customer_subject(order.customer, site, self.names)
        if shopper is None:
            return Settled(message, Done(Outcome.SUPERSEDED, "the order names nobody: no number, no address"))
        links = crm_links(shopper, account_id=account, contact_id=contact.contact_id)
        note = f"linked to {told(replace(contact, account_id=account))} {how}"
        return Settled(message, Done(Outcome.APPLIED, note), [self._record(message, site, links, at)])

    def _proven(self, message: Message, site: Site, order: Order) -> Record:
        links = Proofs(site=site, names=self.names).placed(order)
        return self._record(message, site, links, order.placed_at)

    def _record(self, message: Message, site: Site, links: Sequence[Link], at: datetime) -> Record:
        return LinksProven(
            links=tuple(links), at=at, site=site.name, order_no=message.key, message=message.id
        )

    def _waits(self, message: Message, failed: Retryable) -> Settled:
        """Try again with the ledger's growing pause; no try is counted, so that no outage is too long."""
        last = min(message.attempt, self.backoff.attempts - 1)
        pause = max(self.backoff.delay(last, 0.0) or 0.0, failed.retry_after or 0.0)
        detail = failed.detail if isinstance(failed, Away) else f"{failed.code}: {failed.detail}"
        return Settled(message, Wait(UNLINKED, detail, pause, failed.remote_status))
