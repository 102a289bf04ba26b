"""Which links a fact proves: of an order, of its hand-over, and of what the warehouse did with it.

What cannot stand in a link (nothing, control characters, more than 255 characters) proves none, and keeps
no fact back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sync.core.crm import Contact
from sync.core.customers import Customer
from sync.core.fulfillment import Known
from sync.core.fulfillment import Shipment as Moved
from sync.core.links import LONGEST, Entity, Kind, Link, Subject, System
from sync.core.orders import Order, references
from sync.core.people import Pseudonyms
from sync.core.postings import HandedOrder
from sync.core.record_ids import whole_id
from sync.core.sites import Site

_GUEST = "guest:"
# Reference → the storefront's item ids of its lines, in their order.
Goods = Mapping[str, Sequence[str]]


def order_subject(site: str, order_no: str) -> Subject:
    """Return the order."""
    return Subject(entity=Entity.ORDER, scope=site, key=order_no)


def shipment_subject(site: str, reference: str) -> Subject:
    """Return what was handed over under a reference; the warehouse may split it."""
    return Subject(entity=Entity.SHIPMENT, scope=site, key=reference)


def customer_subject(customer: Customer, site: Site, names: Pseudonyms) -> Subject | None:
    """Return the shopper: by number or id in the customer list, a guest by the digest of the address."""
    scope = site.crm.customer_list or site.name
    if not customer.guest and customer.number:
        return Subject(entity=Entity.CUSTOMER, scope=scope, key=customer.number)
    if not customer.guest and customer.storefront_id:
        return Subject(entity=Entity.CUSTOMER, scope=scope, key=f"id:{customer.storefront_id}")
    name = names.of(customer.email)
    return Subject(entity=Entity.CUSTOMER, scope=scope, key=f"{_GUEST}{name}") if name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """What orders of a site prove; `names` stand for e-mail addresses."""

    site: Site
    names: Pseudonyms

    def placed(self, order: Order) -> tuple[Link, ...]:
        """Return what the storefront's order proves: its number, its lines, addresses and shopper."""
        shopper = customer_subject(order.customer, self.site, self.names)
        found = [
            _order(order.site, order.order_no, shopper),
            *_items(order.site, order.order_no, goods(order)),
        ]
        found += self._addresses(order)
        if shopper:
            found += self._shopper(shopper, order.customer)
        return fit(found)

    def _shopper(self, shopper: Subject, customer: Customer) -> Iterator[Link]:
        shop = [(Kind.EMAIL, self.names.of(customer.email))]
        if not customer.guest:
            # A guest's number and id are made up for one visit.
            shop += [(Kind.CUSTOMER_NO, customer.number), (Kind.CUSTOMER_ID, customer.storefront_id)]
        for kind, value in shop:
            yield Link(subject=shopper, system=System.STOREFRONT, kind=kind, value=value)
        yield from crm_links(shopper, account_id=customer.account_id, contact_id=customer.contact_id)

    def _addresses(self, order: Order) -> Iterator[Link]:
        """The shopper may have named an address "Grandma in Bath": it goes by a digest as well."""
        whole = order_subject(order.site, order.order_no)
        told = (order.billing, *(shipment.address for shipment in order.shipments))
        for name in dict.fromkeys(self.names.of(one.address_id) for one in told):
            subject = Subject(entity=Entity.ADDRESS, scope=f"{order.site}/{order.order_no}", key=name)
            yield Link(
                subject=subject, system=System.STOREFRONT, kind=Kind.ADDRESS, value=name, belongs_to=whole
            )


def crm_links(shopper: Subject, *, account_id: str, contact_id: str) -> tuple[Link, ...]:
    """Return a shopper's ids in the CRM, 18 characters each; one that is no id is left out."""
    contact = Kind.GUEST_CONTACT if shopper.key.startswith(_GUEST) else Kind.CONTACT
    told = ((Kind.ACCOUNT, account_id), (contact, contact_id))
    return fit(Link(subject=shopper, system=System.CRM, kind=k, value=whole_id(one)) for k, one in told)


def crm_ids(links: Iterable[Link]) -> Contact:
    """Return a shopper's ids in the CRM out of his links; of what is not linked an empty one."""
    ids = {link.kind: link.value for link in links if link.system == System.CRM}
    contact = ids.get(Kind.CONTACT) or ids.get(Kind.GUEST_CONTACT, "")
    return Contact(contact_id=contact, account_id=ids.get(Kind.ACCOUNT, ""))


def goods(order: Order) -> Goods:
    """Return the lines by the reference under which they are handed over."""
    return {
        reference: [line.item_id for line in order.lines if line.shipment_id == shipment]
        for shipment, reference in references(order).items()
    }


def handed_goods(order: HandedOrder) -> Goods:
    """Return the lines as they were handed over."""
    return {part.reference: [line.item_id for line in part.lines] for part in order.parts}


def handed(site: str, order_no: str, told: Goods) -> tuple[Link, ...]:
    """Return what a hand-over proves: the references and, where they are told, their lines."""
    order = order_subject(site, order_no)
    found = [_order(site, order_no, None)]
    for reference, items in told.items():
        found.append(_reference(site, reference, order))
        for position, _ in enumerate(items):
            line = _line(site, order_no, reference, position)
            found.append(
                Link(subject=line, system=System.WAREHOUSE, kind=Kind.LINE, value=line.key, belongs_to=order)
            )
    return fit(found)


def items(site: str, order_no: str, told: Goods) -> tuple[Link, ...]:
    """Return the storefront's ids of the lines that were handed over."""
    return fit(_items(site, order_no, told))


def moved(site: str, known: Known) -> tuple[Link, ...]:
    """Return what the warehouse's work proves: its shipments, their parcels, and what came back."""
    found: list[Link] = []
    for one in known.shipments.values():
        found += _moved(site, one)
    for back in known.returns.values():
        if not back.provisional:
            subject = Subject(entity=Entity.RETURN, scope=site, key=back.return_id)
            whole = shipment_subject(site, back.reference) if back.reference else None
            found.append(
                Link(
                    subject=subject,
                    system=System.WAREHOUSE,
                    kind=Kind.RETURN,
                    value=back.return_id,
                    belongs_to=whole,
                )
            )
    return fit(found)


def fit(links: Iterable[Link]) -> tuple[Link, ...]:
    """Return the links whose values can be kept and looked for."""
    return tuple(one for one in links if all(map(storable, (one.value, one.subject.key, one.subject.scope))))


def storable(text: str) -> bool:
    """Tell whether a text can be an id: printable, and not longer than any id is."""
    return 0 < len(text) <= LONGEST and text.isprintable()


def _order(site: str, order_no: str, shopper: Subject | None) -> Link:
    return Link(
        subject=order_subject(site, order_no),
        system=System.STOREFRONT,
        kind=Kind.ORDER_NO,
        value=order_no,
        belongs_to=shopper if shopper and storable(shopper.key) else None,
    )


def _reference(site: str, reference: str, order: Subject) -> Link:
    subject = shipment_subject(site, reference)
    return Link(
        subject=subject, system=System.WAREHOUSE, kind=Kind.REFERENCE, value=reference, belongs_to=order
    )


def _line(site: str, order_no: str, reference: str, position: int) -> Subject:
    return Subject(entity=Entity.LINE, scope=f"{site}/{order_no}", key=f"{reference}/{position + 1}")


def _items(site: str, order_no: str, told: Goods) -> Iterator[Link]:
    """An id that two lines share is an id of neither."""
    times = Counter(item for some in told.values() for item in some)
    order = order_subject(site, order_no)
    for reference, some in told.items():
        for position, item in enumerate(some):
            if times[item] == 1:
                line = _line(site, order_no, reference, position)
                yield Link(
                    subject=line, system=System.STOREFRONT, kind=Kind.ITEM, value=item, belongs_to=order
                )


def _moved(site: str, one: Moved) -> Iterator[Link]:
    whole = shipment_subject(site, one.reference)
    subject = whole
    # What is filed under the reference itself is no shipment of the warehouse's.
    if one.name != one.reference:
        subject = Subject(entity=Entity.SHIPMENT, scope=site, key=f"{one.reference}/{one.name}")
        yield Link(
            subject=subject, system=System.WAREHOUSE, kind=Kind.SHIPMENT, value=one.name, belongs_to=whole
        )
    for number in one.parcels:
        parcel = Subject(entity=Entity.PARCEL, scope=site, key=f"{subject.key}/{number}")
        yield Link(
            subject=parcel, system=System.CARRIER, kind=Kind.TRACKING, value=number, belongs_to=subject
        )
