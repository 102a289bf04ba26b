"""A storefront that fails as told, a warehouse that is pulled, and the flow of stock between them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from schemas.reader import WireReader
from sync.core.allocations import Allocation, Written
from sync.core.errors import OrderbridgeError, OutcomeUnknown
from sync.core.inventory import Count, Unreadable
from sync.core.messages import Backoff, Done, Message, Outcome, Settled, Settlement, Topic
from sync.core.sites import Site
from sync.flows.baskets import Baskets
from sync.flows.feeding import Feeding
from sync.flows.inventory import TOPICS, InventoryFlow
from sync.flows.publishing import Publisher
from sync.flows.pulled import Pulled
from sync.store.feeds import PostgresFeeds
from sync.store.ledger import PostgresLedger
from sync.store.letters import PostgresLetters
from sync.store.records import RECORDERS
from sync.store.refusals import PostgresRefusals
from sync.store.reservations import PostgresReservations
from sync.store.stock import PostgresCursors, PostgresStock
from sync.store.waiting import PostgresQueue

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Shelf:
    """A storefront of shelf labels only; `fails` tells what a SKU's next write ends with, done or not."""

    def __init__(self) -> None:
        self.calls = 0
        self.labels: dict[str, int] = {}
        self.fails: dict[str, OrderbridgeError] = {}

    def set_allocation(self, inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        del inventory_list, site
        self.calls += 1
        error = self.fails.get(sku)
        if error is None or isinstance(error, OutcomeUnknown):
            self.labels[sku] = allocation
        if error is not None:
            raise error

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        return singly(self, site, allocations)


def singly(shelf: Any, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
    """Write one label after the other."""
    for one in allocations:
        try:
            shelf.set_allocation(site.stock.inventory_list, one.sku, one.units, site=site)
        except OrderbridgeError as error:
            yield Written(one.sku, error)
        else:
            yield Written(one.sku)


class House:
    """A warehouse whose counts are pulled; `ends` is how its answer ends."""

    def __init__(self) -> None:
        self.now: list[Count] = []
        self.ends: OrderbridgeError | None = None
        self.asked: list[list[str] | None] = []

    def counts(self, organisation: str, skus: Collection[str] | None = None) -> Iterator[Count]:
        del organisation
        self.asked.append(None if skus is None else list(skus))
        as_of = datetime.now(UTC)
        for one in self.now:
            if skus is None or one.sku in skus:
                yield replace(one, as_of=as_of)
        if self.ends:
            raise self.ends

    def askable(self, sku: str) -> bool:
        return "," not in sku


class Reading:
    """Reads pushes as `SKU WAREHOUSE AVAILABLE SEQUENCE` words; the word `bad` is a bad product."""

    def counts(self, message: Message, site: Site) -> list[Count]:
        del site
        good = [count(*words.split()) for words in message.body.split(";") if "bad" not in words]
        if "bad" in message.body:
            raise Unreadable({"product.0.available": "must be a whole number"}, 1, good, {"B"})
        return good


def count(sku: str, warehouse: str, available: str | int, sequence: str | int) -> Count:
    return Count(
        organisation="refarch",
        sku=sku,
        warehouse=warehouse,
        available=int(available),
        sequence=int(sequence),
        as_of=T0,
    )


class NoFiles:
    """Takes no files, since no site here sends any."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


class Shop:
    """A storefront and a warehouse, and the flow between them."""

    def __init__(self, sessions: sessionmaker[Session], site: Site) -> None:
        self.shelf, self.house, self.time = Shelf(), House(), datetime.now(UTC)
        self.site, self.stock, self.refusals = site, PostgresStock(sessions), PostgresRefusals(sessions)
        self.ledger = PostgresLedger(sessions, Backoff(first=0.0, longest=0.0, attempts=3), RECORDERS)
        self.letters, self.cursors = PostgresLetters(sessions), PostgresCursors(sessions)
        self._pulls = 0
        self.feeding = Feeding(
            bulk=NoFiles(),
            feeds=PostgresFeeds(sessions),
            refusals=self.refusals,
            clock=lambda: self.time,
            rest=lambda _: None,
        )
        self.baskets = Baskets(
            sites={"US": site},
            reservations=PostgresReservations(sessions),
            reader=WireReader(),
            ledger=self.ledger,
        )
        self.flow = self.another(self.shelf)

    def another(self, shelf: Any) -> InventoryFlow:
        """Another worker."""
        publisher = Publisher(
            shelf=shelf,
            feeding=self.feeding,
            stock=self.stock,
            refusals=self.refusals,
            clock=lambda: self.time,
        )
        return InventoryFlow(
            sites={"US": self.site},
            warehouse=self.house,
            stock=self.stock,
            reader=Reading(),
            queue=PostgresQueue(self.stock._sessions),
            baskets=self.baskets,
            publisher=publisher,
            pulled=Pulled(cursors=self.cursors, clock=lambda: self.time),
            clock=lambda: self.time,
        )

    def push(self, *bodies: str) -> None:
        """Have these pushes wait."""
        for number, body in enumerate(bodies):
            draft = self.flow.request("refarch", f"push {number} {body}")
            self.ledger.add([replace(draft, topic=Topic.STOCK_CHANGED, body=body)])

    def ask(self, *skus: str) -> None:
        """Have a pull wait."""
        self._pulls += 1
        self.ledger.add([self.flow.request("refarch", str(self._pulls), skus)])

    def deliver(self, flow: InventoryFlow | None = None) -> list[Settled]:
        """Work what is first in the row, and what may be worked with it."""
        claimed = self.ledger.claim(TOPICS, limit=10, lease=60)
        settled = [one for group in (flow or self.flow).deliver(claimed) for one in group]
        self.ledger.settle(settled)
        return settled

    def pull(self, **available: int) -> Settlement:
        """Let the warehouse count, and pull everything."""
        self.house.now = [count(sku, "MAIN", units, self._pulls + 1) for sku, units in available.items()]
        self.ask()
        (settled,) = self.deliver()
        self.letters.requeue([settled.message.id])
        if not isinstance(settled.settlement, Done):
            # Nothing of a failed pull may hold up the next one here.
            (again,) = self.ledger.claim(TOPICS, limit=1, lease=60)
            self.ledger.settle([Settled(again, Done(Outcome.SUPERSEDED))])
        return settled.settlement
