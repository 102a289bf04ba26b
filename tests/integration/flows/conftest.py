"""The flows on a real database and an empty sandbox, worked by hand: nothing happens between two steps."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from config.settings import load_settings
from schemas.orderflow.envelope import read_orderflow_envelope
from sync.core.messages import Draft, Topic
from sync.core.ports.conflicts import Conflict, ConflictFilter
from sync.core.sites import HoldPolicy
from sync.flows.drafts import placed
from sync.flows.messages import one_by_one
from sync.receiver.strict import xml_document
from sync.sandbox.catalog import opening_stock
from sync.sandbox.serve import Running
from sync.sandbox.sfcc.answers import dumps
from sync.wiring import Bridge, silent
from tests.integration.flows.letterbox import Letterbox
from tests.sandboxed import FREE_PORTS, environment, running_sandbox
from tests.stack import eventually

SITE = "RefArchUK"
PLENTY = [f"RA-{n:05d}" for n in range(1, 200) if opening_stock(f"RA-{n:05d}", "MAIN") >= 400][:20]
# Samples of these seeds have one shipment, and two.
ONE, TWO = 1, 2
Row = dict[str, Any]


@pytest.fixture(scope="session")
def letterbox() -> Iterator[Letterbox]:
    box = Letterbox()
    yield box
    box.close()


@pytest.fixture(scope="session")
def flows_sandbox(letterbox: Letterbox) -> Iterator[Running]:
    with running_sandbox(replace(FREE_PORTS, bridge_url=letterbox.url)) as running:
        yield running


@dataclass(frozen=True)
class House:
    """Both remotes and the bridge between them."""

    bridge: Bridge
    sandbox: Running
    letterbox: Letterbox

    def shop(self, method: str, door: str, body: Any = None) -> Any:
        return self._control(method, self.sandbox.sfcc_url, door, body)

    def yard(self, method: str, door: str, body: Any = None) -> Any:
        return self._control(method, self.sandbox.orderflow_url, door, body)

    def place(self, count: int = 1, seed: int = ONE) -> list[str]:
        body = {"count": count, "site": SITE, "seed": seed, "skus": PLENTY}
        return [row["orderNo"] for row in self.shop("POST", "orders", body)["orders"]]

    def edit(self, number: str, **change: Any) -> Row:
        """Change an order in the storefront without telling anybody."""
        return dict(self.shop("POST", f"orders/{number}/cure", change))

    def hear(self, *numbers: str) -> None:
        self.bridge.ledger.add([placed(SITE, number, f"hook:{number}") for number in numbers])

    def news(self, number: str, kind: str = "order.changed", event: str = "1") -> None:
        """Put an event of a change into the ledger, as the intake does."""
        draft = Draft(
            site=SITE,
            topic=Topic.ORDER_CHANGED,
            origin="storefront",
            key=number,
            dedupe_key=f"{kind}:{number}:{event}",
            body=json.dumps({"type": kind, "orderNo": number}),
            correlation_id="test",
        )
        self.bridge.ledger.add([draft])

    def said(self, body: str, reference: str, event: str = "1") -> None:
        """Put a word of the warehouse into the ledger."""
        draft = Draft(
            site=SITE,
            topic=Topic.SHIPMENT_CHANGED,
            origin="warehouse",
            key=reference,
            dedupe_key=f"said:{reference}:{event}",
            body=body,
            correlation_id="test",
        )
        self.bridge.ledger.add([draft])

    def hand_over(self) -> dict[str, int]:
        bridge = self.bridge
        work = replace(bridge.work, batch=50)
        return bridge.loop.deliver([Topic.ORDER_PLACED], bridge.orders.deliver, work).as_dict()

    def amend(self) -> dict[str, int]:
        bridge = self.bridge
        handle = one_by_one(bridge.amendments.deliver)
        return bridge.loop.deliver([Topic.ORDER_CHANGED], handle, bridge.work).as_dict()

    def join(self) -> dict[str, int]:
        bridge = self.bridge
        handle = one_by_one(bridge.fulfillment.deliver)
        topics = [Topic.SHIPMENT_CHANGED, Topic.RETURN_RECEIVED]
        return bridge.loop.deliver(topics, handle, bridge.work).as_dict()

    def tell(self) -> dict[str, int]:
        bridge = self.bridge
        return bridge.loop.deliver([Topic.POSTING_PLANNED], bridge.postings.deliver, bridge.work).as_dict()

    def work(self) -> None:
        """Work until nothing is due, and look at every shipment that the warehouse has completed."""
        for _ in range(3):
            self.hand_over()
            self.amend()
            self.join()
            self.tell()

    def handed_over(self, seed: int = ONE) -> str:
        (number,) = self.place(seed=seed)
        self.hear(number)
        self.work()
        assert self.order(number)["exportStatus"] == "exported"
        return number

    def look(self, number: str) -> None:
        """Ask the warehouse about every reference of an order, as the poll does."""
        for row in self.bridge.letters.references(SITE, number):
            seen = self.bridge.warehouse.order_detail(SITE, row["reference"])
            if seen:
                self.said(seen.body, row["reference"], seen.identity)

    def pushes(self, number: str) -> list[str]:
        """What the warehouse has pushed about an order, once all of it has come."""
        eventually("all pushes", lambda: not self.yard("GET", "parked")["waiting"])
        return self.letterbox.about(number)

    def receive(self, content: str | bytes) -> None:
        """Take a push in, as receiver and intake do."""
        body = content.encode() if isinstance(content, str) else content
        document, event = xml_document(body), read_orderflow_envelope(body)
        draft = Draft(
            site=SITE,
            topic=event.topic,
            origin="warehouse",
            key=event.key,
            dedupe_key=event.dedupe_key,
            body=document.text,
            correlation_id="test",
            sequence=event.sequence,
        )
        self.bridge.ledger.add([draft])

    def poll(self) -> int:
        """Look for what pushes have lost, and ask about every open order."""
        site = self.bridge.settings.sites[SITE]
        return self.bridge.watching.collect(site, self.bridge.overlap, timedelta(0))

    def order(self, number: str) -> Row:
        rows = self.shop("GET", f"orders?site={SITE}")["orders"]
        return next(row for row in rows if row["orderNo"] == number)

    def stored(self, reference: str) -> list[Row]:
        """Everything the warehouse has or had under a reference, the first one first."""
        return list(self.yard("GET", f"orders?channel={SITE}&reference={reference}"))

    def alive(self, reference: str) -> list[Row]:
        return [row for row in self.stored(reference) if row["state"] != "cancelled"]

    def move(self, reference: str, *actions: str) -> None:
        for action in actions:
            self.yard("POST", f"shipments/{reference}/{action}?channel={SITE}", {})

    def rows(self, query: str, **values: Any) -> list[Row]:
        with self.bridge.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]

    def conflicts(self, number: str) -> list[tuple[str, str]]:
        return [(one.field, one.detail) for one in self.disputed(number)]

    def disputed(self, number: str, state: str | None = "open") -> list[Conflict]:
        wanted = ConflictFilter(site=SITE, order_no=number, state=state)
        return self.bridge.conflicts_store.select(wanted)

    def dead(self) -> list[tuple[str, str]]:
        found = self.rows("SELECT key, error_code FROM message WHERE state = 'dead' ORDER BY id")
        return [(row["key"], row["error_code"]) for row in found]

    def told(self, number: str) -> list[Row]:
        """The storefront's journal of what took effect on an order, in order."""
        entries = self._journal(self.sandbox.sfcc_url)
        return [one for one in entries if one["effect"] == "applied" and f"/orders/{number}/" in one["path"]]

    def _journal(self, url: str) -> list[Row]:
        answer = requests.get(f"{url}/_sandbox/journal", timeout=30)
        return [json.loads(line) for line in answer.text.splitlines()]

    def calls(self, part: str, effect: str = "applied") -> list[str]:
        """The keys of what took effect in the warehouse."""
        entries = self._journal(self.sandbox.orderflow_url)
        return [
            entry["idempotency_key"]
            for entry in entries
            if entry["effect"] == effect and (entry["idempotency_key"] or "").startswith(part)
        ]

    def nothing_twice(self) -> None:
        for url in (self.sandbox.sfcc_url, self.sandbox.orderflow_url):
            assert self._control("GET", url, "summary")["duplicates"] == []

    def _control(self, method: str, url: str, door: str, body: Any = None) -> Any:
        content = None if body is None else dumps(body).encode()
        answer = requests.request(method, f"{url}/_sandbox/{door}", data=content, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def make_house(
    flows_sandbox: Running,
    letterbox: Letterbox,
    clean_database: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., House]]:
    for url in (flows_sandbox.sfcc_url, flows_sandbox.orderflow_url):
        assert requests.post(f"{url}/_sandbox/reset", timeout=60).ok
    letterbox.empty()
    for name, value in environment(flows_sandbox, clean_database, redis_url).items():
        monkeypatch.setenv(name, value)
    opened: list[Bridge] = []

    def make(hold: HoldPolicy, **change: Any) -> House:
        settings = load_settings()
        held = {name: replace(site, hold=hold, **change) for name, site in settings.sites.items()}
        opened.append(Bridge(settings=replace(settings, sites=held), bell=silent))
        return House(opened[-1], flows_sandbox, letterbox)

    yield make
    for bridge in opened:
        bridge.close()


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(HoldPolicy())
