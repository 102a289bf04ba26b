"""Linking: the ids that a fact proves, as records that are committed together with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sync.core.fulfillment import Known
from sync.core.messages import Message, Settled
from sync.core.orders import Order
from sync.core.people import Pseudonyms
from sync.core.ports import LinksProven
from sync.core.postings import HandedOrder
from sync.core.proofs import Goods, Proofs, handed, handed_goods, moved, shipment_subject
from sync.core.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """What a message proves; `names` stand for e-mail addresses."""

    names: Pseudonyms
    clock: Callable[[], datetime]

    def placed(self, message: Message, site: Site, order: Order) -> LinksProven:
        """What the storefront says with an order: true when it was placed, however late it is read."""
        return LinksProven(
            links=Proofs(site=site, names=self.names).placed(order),
            at=order.placed_at,
            site=site.name,
            order_no=order.order_no,
            message=message.id,
        )

    def handed(self, message: Message, goods: Goods) -> LinksProven:
        """What the warehouse has: references and, where they are told, their lines."""
        return LinksProven(
            links=handed(message.site, message.key, goods),
            at=self.clock(),
            site=message.site,
            order_no=message.key,
            message=message.id,
        )

    def read_again(self, settled: Settled, site: Site, order: Order, kept: HandedOrder) -> Settled:
        """Add what an order proves that is read after its hand-over: its shopper may have other ids."""
        message = settled.message
        links = (self.placed(message, site, order), self.handed(message, handed_goods(kept)))
        return replace(settled, records=(*settled.records, *links))

    def anew(self, message: Message, site: Site, *, order: Order, reference: str) -> LinksProven:
        """The warehouse has a reference anew: what it made of the former one is history."""
        return LinksProven(
            links=handed(site.name, order.order_no, {reference: ()}),
            at=self.clock(),
            site=site.name,
            order_no=order.order_no,
            message=message.id,
            anew=(shipment_subject(site.name, reference),),
        )

    def moved(
        self, message: Message, order: HandedOrder, before: Known, after: Known, at: datetime
    ) -> Iterator[LinksProven]:
        """What a fact was the first to tell of shipments, parcels and returns."""
        known = set(moved(order.site, before))
        if links := tuple(link for link in moved(order.site, after) if link not in known):
            yield LinksProven(
                links=links, at=at, site=order.site, order_no=order.order_no, message=message.id
            )
