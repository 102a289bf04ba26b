"""The store on a real database, and small values to put into it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from sync.core.addresses import Address
from sync.core.customers import Customer
from sync.core.messages import Backoff, Done, Draft, Message, Outcome, Settled
from sync.core.orders import Amounts, Line, Order, Shipment
from sync.core.sites import Route, Service, Site, StockPolicy
from sync.store.db import make_engine, make_sessions
from sync.store.ledger import PostgresLedger
from sync.store.letters import PostgresLetters
from sync.store.orders import PostgresOrders
from sync.store.records import RECORDERS
from tests.integration.store.trading import Shop

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = Address(contact_name="A", lines=("1 Way",), city="Town", country_code="US")


@pytest.fixture
def sessions(clean_database: str) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(clean_database)
    yield make_sessions(engine)
    engine.dispose()


@dataclass(frozen=True)
class Book:
    """The ledger, with the few words that tests say to it all the time."""

    sessions: sessionmaker[Session]
    ledger: PostgresLedger
    letters: PostgresLetters
    orders: PostgresOrders

    def add(self, *drafts: Draft) -> int:
        return self.ledger.add(drafts)

    def claim(
        self, *, limit: int = 10, lease: float = 60, site: str | None = None, key: str | None = None
    ) -> list[Message]:
        return self.ledger.claim(["order.placed"], limit=limit, lease=lease, site=site, key=key)

    def settle(self, message: Message, settlement: Any = Done(Outcome.APPLIED), *records: object) -> bool:  # noqa: B008
        return self.ledger.settle([Settled(message, settlement, records)])[0]

    def row(self, message: Message | int) -> Any:
        found = self.letters.message(message if isinstance(message, int) else message.id)
        assert found is not None
        return found[0]

    def attempts(self, message: Message) -> list[Any]:
        found = self.letters.message(message.id)
        assert found is not None
        return found[1]

    def one(self, query: str) -> Any:
        with self.sessions() as session:
            return session.execute(sa.text(query)).scalar_one()


@pytest.fixture
def make_book(sessions: sessionmaker[Session]) -> Callable[[Backoff], Book]:
    def make(backoff: Backoff) -> Book:
        ledger = PostgresLedger(sessions, backoff, RECORDERS)
        return Book(sessions, ledger, PostgresLetters(sessions), PostgresOrders(sessions))

    return make


@pytest.fixture
def book(make_book: Callable[[Backoff], Book]) -> Book:
    """A ledger whose failed work is due again at once, three times in all."""
    return make_book(Backoff(first=0.0, longest=0.0, attempts=3))


@pytest.fixture
def draft() -> Callable[..., Draft]:
    def make(key: str, dedupe_key: str = "", **others: Any) -> Draft:
        values: dict[str, Any] = {
            "site": "US",
            "topic": "order.placed",
            "origin": "storefront",
            "key": key,
            "dedupe_key": dedupe_key or f"event-{key}",
            "body": "{}",
            "correlation_id": "c",
        }
        return Draft(**values | others)

    return make


@pytest.fixture
def site() -> Site:
    return Site(
        name="US",
        currency="USD",
        currencies={"USD": 2},
        locale="en_US",
        taxation="net",
        routes=(Route(channel="web_us", organisation="refarch"),),
        country="US",
        stock=StockPolicy(inventory_list="list", warehouses=("MAIN",)),
        shipping_methods={"001": Service("GROUND")},
    )


@pytest.fixture
def order() -> Callable[..., Order]:
    def make(order_no: str, *skus: str, shipments: int = 1) -> Order:
        lines = [
            Line(
                item_id=f"i{number}",
                shipment_id=f"s{number % shipments}",
                sku=sku,
                name=sku,
                quantity=2,
                amounts=Amounts(net=Decimal(10), tax=Decimal(1)),
            )
            for number, sku in enumerate(skus or ("A",))
        ]
        return Order(
            site="US",
            order_no=order_no,
            status="new",
            placed_at=T0,
            currency="USD",
            taxation="net",
            customer=Customer(name="A", email="a@example.com"),
            billing=ADDRESS,
            shipments=tuple(
                Shipment(shipment_id=f"s{number}", method="001", address=ADDRESS)
                for number in range(shipments)
            ),
            lines=tuple(lines),
            payments=(),
            amounts=Amounts(net=Decimal(10), tax=Decimal(1)),
        )

    return make


@pytest.fixture
def shop(sessions: sessionmaker[Session], site: Site) -> Shop:
    return Shop(sessions, site)


@pytest.fixture
def wide(sessions: sessionmaker[Session], site: Site) -> Shop:
    """A site that is served by two warehouses."""
    return Shop(sessions, replace(site, stock=replace(site.stock, warehouses=("MAIN", "NORTH"))))
