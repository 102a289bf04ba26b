"""A publisher with real memory in front of the stand-in of the storefront, one for every carrier."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy.orm import Session, sessionmaker

from config.settings import load_settings
from sync.core.inventory import Count
from sync.core.ports import Bulk, Shelf
from sync.core.sites import PublicationPolicy, Site
from sync.flows.feeding import Feeding
from sync.flows.publishing import Publisher
from sync.flows.tally import Tally
from sync.sandbox.serve import Running
from sync.store.db import make_engine, make_sessions
from sync.store.feeds import PostgresFeeds
from sync.store.refusals import PostgresRefusals
from sync.store.stock import PostgresStock
from sync.wiring.stocking import Stocking
from tests.sandboxed import environment, running_sandbox

LISTS = PublicationPolicy()
CARRIERS = {
    "records": replace(LISTS, batch=1),
    "batches": replace(LISTS, batch=2),
    "listed": replace(LISTS, api="scapi"),
    "feed": replace(LISTS, bulk_from=1, feed_job="orderbridge-inventory"),
    "updates": replace(LISTS, inventory="omnichannel"),
    "imports": replace(LISTS, inventory="omnichannel", bulk_from=1),
}
PLACES = {
    "lists": ("inventory?list=refarch", "allocation"),
    "omnichannel": ("omnichannel?location=refarch", "onHand"),
}


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Running]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sessions(clean_database: str) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(clean_database)
    yield make_sessions(engine)
    engine.dispose()


class Counter:
    """A shop whose numbers are published, and what its storefront shows and has been told."""

    def __init__(self, url: str, policy: PublicationPolicy, sessions: sessionmaker[Session]) -> None:
        settings = load_settings()
        site = settings.sites["RefArchUK"]
        stock = replace(site.stock, inventory_list="refarch", warehouses=("MAIN",))
        self.site: Site = replace(site, stock=stock, publication=policy)
        self.url, self.time, self._sequence = url, datetime.now(UTC) - timedelta(hours=1), 0
        self.stock, self.refusals = PostgresStock(sessions), PostgresRefusals(sessions)
        self.feeds, self.sessions = PostgresFeeds(sessions), sessions
        self.stocking = Stocking(settings, lambda _: None)
        self.control("POST", "reset")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, **rule: Any) -> None:
        self.control("PUT", "faults", {"rules": [rule]})

    def count(self, **available: int) -> None:
        """Have the warehouse count."""
        self.time += timedelta(seconds=1)
        self._sequence += 1
        self.stock.save_counts(
            Count(
                organisation=self.site.organisation,
                sku=sku,
                warehouse="MAIN",
                available=units,
                sequence=self._sequence,
                as_of=self.time,
            )
            for sku, units in available.items()
        )

    def publisher(self, shelf: Shelf | None = None, bulk: Bulk | None = None) -> Publisher:
        """Another worker, with its own way to the storefront if one is given."""
        feeding = Feeding(
            bulk=bulk or self.stocking.bulk,
            feeds=self.feeds,
            refusals=self.refusals,
            clock=lambda: self.time,
            rest=self._rest,
        )
        return Publisher(
            shelf=shelf or self.stocking.shelves,
            stock=self.stock,
            refusals=self.refusals,
            feeding=feeding,
            clock=lambda: self.time,
        )

    def _rest(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        threading.Event().wait(0.05)

    def publish(self, publisher: Publisher | None = None, afresh: datetime | None = None) -> Tally:
        tally = Tally()
        deadline = self.time + timedelta(seconds=90)
        (publisher or self.publisher()).publish(self.site, None, deadline, tally, afresh=afresh)
        return tally

    def shown(self) -> dict[str, int]:
        """What the storefront has."""
        path, member = PLACES[self.site.publication.inventory]
        return {sku: int(numbers[member]) for sku, numbers in self.control("GET", path).items()}

    def dated(self, sku: str) -> datetime:
        """When the storefront says that a number was true."""
        path, _ = PLACES[self.site.publication.inventory]
        return datetime.fromisoformat(self.control("GET", path)[sku]["at"])

    def writes(self) -> list[str]:
        """The SKUs of all writes that had an effect, whichever way they came."""
        lines = requests.get(f"{self.url}/_sandbox/journal", timeout=10).text.splitlines()
        applied = [e for e in map(json.loads, lines) if e["effect"] == "applied"]
        kinds = ("/product_inventory_records/", "/product-inventory-records/", "/availability-records/")
        return sorted(e["path"].rpartition("/")[2] for e in applied if any(k in e["path"] for k in kinds))


Make = Callable[[str], Counter]


@pytest.fixture
def make_counter(
    sandbox: Running,
    sessions: sessionmaker[Session],
    clean_database: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Make]:
    made: list[Counter] = []
    for name, value in environment(sandbox, clean_database, redis_url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ORDERBRIDGE_SFCC_TENANT_GROUP", "tg_zzte")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OMNICHANNEL_URL", sandbox.sfcc_url)

    def make(carrier: str) -> Counter:
        made.append(Counter(sandbox.sfcc_url, CARRIERS[carrier], sessions))
        return made[-1]

    yield make
    for one in made:
        one.stocking.close()


@pytest.fixture(params=CARRIERS)
def counter(request: pytest.FixtureRequest, make_counter: Make) -> Counter:
    return make_counter(request.param)
