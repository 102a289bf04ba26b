"""Acquaintance: who a customer is in the CRM, by what is remembered, by its answer, or by a person's word."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sync.core.crm import Contact
from sync.core.customers import Customer
from sync.core.errors import OrderbridgeError, Rejected
from sync.core.links import Subject
from sync.core.matching import NUMBERED, Found, Match, Nobody, Several, judged, told
from sync.core.messages import Message, Settled, Wait
from sync.core.orders import Order
from sync.core.ownership import Owner, Word, conflict
from sync.core.people import Pseudonyms
from sync.core.ports import ContactBook, Links, Record
from sync.core.ports.conflicts import Conflict, ConflictFilter, Conflicts, ConflictState, Resolution
from sync.core.proofs import crm_ids, customer_subject
from sync.core.sites import Site
from sync.flows.drafts import link_requested

FIELD = "customer.contact"
UNLINKED = "customer.unlinked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """What orders and look-ups ask; `names` stand for e-mail addresses. Nothing is created in the CRM."""

    links: Links
    book: ContactBook
    conflicts: Conflicts
    names: Pseudonyms

    def known(self, order: Order, site: Site) -> Order:
        """Return the order with the remembered ids of its customer where the storefront gave no contact.

        An account that the order names stays: a contact may buy for several.
        """
        customer = order.customer
        if customer.contact_id:
            return order
        remembered = self.remembered(customer, site)
        if remembered is None:
            return order
        account = customer.account_id or remembered.account_id
        ids = replace(customer, contact_id=remembered.contact_id, account_id=account)
        return replace(order, customer=ids)

    def remembered(self, customer: Customer, site: Site) -> Contact | None:
        """Return the contact that an earlier order or look-up has proven to be this customer."""
        subject = self._subject(customer, site)
        found = crm_ids(self.links.of(subject)) if subject else None
        return found if found and found.contact_id else None

    def found(self, customer: Customer, site: Site) -> Match:
        """Ask the CRM by the site's rules, in their order; the first that finds anybody decides."""
        crm = site.crm
        customer_list = crm.customer_list or site.name
        for rule in crm.match:
            if customer.guest and rule in NUMBERED:
                # A guest's id and number are made up for one visit.
                continue
            contacts = self.book.contacts(rule, customer, customer_list, person_accounts=crm.person_accounts)
            match = judged(contacts, customer.account_id, rule)
            if not isinstance(match, Nobody):
                return match
        return Nobody()

    def met(
        self, message: Message, order: Order, site: Site, away: list[OrderbridgeError]
    ) -> tuple[Order, Order] | Settled:
        """Return the order as it is known, and what of that somebody has just said; or why it waits.

        It waits only at a site whose orders wait for their contact: while the CRM is away, whatever the
        reason, and while a person has to choose. It goes without one when the CRM knows nobody, or a person
        has said so. What is only remembered is said by nobody: it must not outlive the word that ends it.
        `away` is shared by a batch, which waits for a CRM that does not answer no more than once.
        """
        known = self.known(order, site)
        if not site.crm.wait or known.customer.contact_id:
            return known, order
        if away:
            return _held(message, site, away[0])
        try:
            match = self.found(order.customer, site)
        except OrderbridgeError as failed:
            if not isinstance(failed, Rejected):
                away.append(failed)
            return _held(message, site, failed)
        if isinstance(match, Found):
            introduced = _introduced(order, match.contact)
            return introduced, introduced
        if isinstance(match, Nobody) or self.dismissed(order.customer, site, match):
            return order, order
        why = Wait(UNLINKED, "a person must choose its contact", site.hold.recheck)
        return Settled(message, why, self.disputes(message, order, site, match))

    def wanted(self, message: Message, site: Site, order: Order | None) -> list[Record]:
        """Return the look-up that follows a hand-over, for a customer whose contact is not known yet.

        `order` is None for one that was handed over by an attempt whose answer was lost: what that has
        found, nobody has kept.
        """
        if not site.crm.match or (order and (site.crm.wait or order.customer.contact_id)):
            return []
        request = link_requested(site.name, message.key, f"{message.key}:handed")
        return [replace(request, correlation_id=message.correlation_id)]

    def disputes(self, message: Message, order: Order, site: Site, match: Several) -> list[Record]:
        """Return the conflict for a person, unless one about this customer is open already."""
        if self.open(order.customer, site):
            return []
        word = Word(sender=Owner.CRM, message=message.id, reference=self._reference(order.customer, site))
        shop = "the order names no contact"
        several = f"{_listed(match.contacts)} (by {match.rule})"
        return [conflict(site.name, order.order_no, FIELD, storefront=shop, warehouse=several, word=word)]

    def open(self, customer: Customer, site: Site) -> Conflict | None:
        """Return the conflict about this customer that a person has not decided yet."""
        return next((one for one in self._about(customer, site) if one.state == ConflictState.OPEN), None)

    def dismissed(self, customer: Customer, site: Site, match: Several) -> bool:
        """Tell whether a person has said of the same contacts that it is none of them."""
        listed = _listed(match.contacts)
        return any(
            one.resolution == Resolution.KEEP_OURS and one.warehouse.startswith(f"{listed} (")
            for one in self._about(customer, site)
        )

    def _about(self, customer: Customer, site: Site) -> Sequence[Conflict]:
        wanted = ConflictFilter(site=site.name, field=FIELD, reference=self._reference(customer, site))
        return self.conflicts.select(wanted)

    def _subject(self, customer: Customer, site: Site) -> Subject | None:
        return customer_subject(customer, site, self.names)

    def _reference(self, customer: Customer, site: Site) -> str:
        """A name of the customer for a conflict: the same for every order, and telling nobody who it is."""
        subject = self._subject(customer, site)
        return f"customer {self.names.of(f'{subject.scope} {subject.key}')[:12]}" if subject else ""


def _held(message: Message, site: Site, failed: OrderbridgeError) -> Settled:
    why = f"its contact is not known, and the CRM cannot be asked: {failed.code}"
    return Settled(message, Wait(UNLINKED, why, max(site.hold.recheck, failed.retry_after or 0.0)))


def _introduced(order: Order, contact: Contact) -> Order:
    account = order.customer.account_id or contact.account_id
    ids = replace(order.customer, contact_id=contact.contact_id, account_id=account)
    return replace(order, customer=ids)


def _listed(contacts: Sequence[Contact]) -> str:
    return ", ".join(told(one) for one in contacts)
