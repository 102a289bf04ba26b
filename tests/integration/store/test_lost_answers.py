"""The import went through, its answer was lost, and the order changed before the next attempt."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.errors import OutcomeUnknown
from sync.core.messages import Draft, Message
from sync.core.orders import Order, WarehouseOrder
from sync.core.people import Pseudonyms
from sync.core.ports import Accepted, Canceled, CancelResult, ImportResult, Listed, Observation
from sync.core.sites import Site
from sync.flows.acquaintance import Acquaintance
from sync.flows.linking import Linking
from sync.flows.orders import OrderFlow
from sync.store.conflicts import PostgresConflicts
from sync.store.links import PostgresLinks
from sync.store.stock import PostgresCursors
from tests.crm_book import Book


class Desk:
    """A warehouse that takes what it is sent; `mute` loses the next answer."""

    def __init__(self) -> None:
        self.taken: dict[str, Mapping[str, int]] = {}
        self.mute = False

    def import_orders(
        self, site: Site, channel: str, orders: Sequence[WarehouseOrder]
    ) -> dict[str, ImportResult]:
        del site, channel
        self.taken |= {order.reference: order.units for order in orders}
        if self.mute:
            self.mute = False
            raise OutcomeUnknown("outcome.unknown", "no answer")
        return {order.reference: Accepted() for order in orders}

    def document(self, site: Site, orders: Sequence[WarehouseOrder]) -> str:
        del site
        return ",".join(order.reference for order in orders)

    def holds(self, channel: str, reference: str, units: Mapping[str, int]) -> bool:
        del channel
        return self.taken.get(reference) == units

    def is_canceled(self, channel: str, reference: str) -> bool:
        del channel, reference
        return False

    def cancel(self, channel: str, reference: str, *, rename: bool) -> CancelResult:
        del channel, reference, rename
        return Canceled()


class Orders:
    """A storefront with one order."""

    def __init__(self, order: Order) -> None:
        self.now = order

    def order(self, site: Site, order_no: str) -> Order:
        del site, order_no
        return self.now

    def observe(self, site: Site, order_no: str) -> Observation:
        raise NotImplementedError

    def ready_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        del site, since
        return iter(())

    def placed_orders(
        self, site: Site, since: datetime, until: datetime | None, statuses: Collection[str]
    ) -> Iterator[Listed]:
        raise NotImplementedError

    def canceled_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        del site, since
        return iter(())


class Events:
    """Events that name their key."""

    def placed_order_no(self, message: Message) -> str:
        return message.key

    def asks_to_cancel(self, message: Message) -> bool:
        del message
        return False

    def placed_order(self, message: Message, site: Site) -> None:
        del message, site


@pytest.mark.parametrize(
    "since",
    [{"status": "cancelled"}, {"export_status": "exported"}, {"currency": "EUR"}, {}],
    ids=["canceled", "exported by somebody", "invalid", "unchanged"],
)
def test_what_the_warehouse_has_is_accepted_whatever_the_order_has_become(
    since: Any,
    book: Any,
    sessions: sessionmaker[Session],
    order: Callable[..., Order],
    draft: Callable[..., Draft],
    site: Site,
) -> None:
    shop, desk = Orders(order("1", "A", "A", "B")), Desk()
    flow = OrderFlow(
        sites={"US": site},
        storefront=shop,
        warehouse=desk,
        orders=book.orders,
        ledger=book.ledger,
        cursors=PostgresCursors(sessions),
        reader=Events(),
        clock=lambda: datetime.now(UTC),
        linking=Linking(names=Pseudonyms(), clock=lambda: datetime.now(UTC)),
        acquaintance=Acquaintance(
            links=PostgresLinks(sessions),
            book=Book(),
            conflicts=PostgresConflicts(sessions),
            names=Pseudonyms(),
        ),
    )
    shop.now = replace(
        shop.now,
        amounts=replace(shop.now.amounts, net=shop.now.amounts.net * 3, tax=shop.now.amounts.tax * 3),
    )
    desk.mute = True
    book.add(draft("1"))
    for attempt in range(2):
        for group in flow.deliver(book.claim()):
            book.ledger.settle(list(group))
        if not attempt:
            assert not book.orders.accepted(site, "1")
            shop.now = replace(shop.now, **since)
    assert book.orders.accepted(site, "1")
    assert book.row(1)["outcome"] == "applied"
    # What it has become since is for the amendments to see to.
    assert book.one("SELECT count(*) FROM message WHERE topic = 'order.changed'") == 1
