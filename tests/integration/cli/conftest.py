"""The command line over real servers and a sandbox; a day's work is done by the flows, without workers."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import structlog

from config.settings import load_settings
from sync.cli import main
from sync.core.messages import Draft, Topic
from sync.flows.drafts import placed
from sync.flows.messages import one_by_one
from sync.sandbox.catalog import opening_stock
from sync.sandbox.serve import Running
from sync.wiring import Bridge, silent
from tests.sandboxed import environment, running_sandbox

SITE = "RefArchUK"
# Products that the sandbox has enough of in the warehouse it ships from.
PLENTY = [f"RA-{n:05d}" for n in range(1, 200) if opening_stock(f"RA-{n:05d}", "MAIN") >= 400][:20]


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run `orderbridge` with these words, as its script does, on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["orderbridge", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as exited:
            main()
        printed = capsys.readouterr()
        code = exited.value.code
        return Said(code if isinstance(code, int) else 0, printed.out, printed.err)

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield call
    # The command bound the logs to this test's standard error.
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def cli_sandbox() -> Iterator[Running]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def settings(
    cli_sandbox: Running, clean_database: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Running:
    """An environment whose remotes are an empty sandbox."""
    for url in (cli_sandbox.sfcc_url, cli_sandbox.orderflow_url):
        assert requests.post(f"{url}/_sandbox/reset", timeout=10).ok
    for name, value in environment(cli_sandbox, clean_database, redis_url).items():
        monkeypatch.setenv(name, value)
    return cli_sandbox


@dataclass(frozen=True)
class Trade:
    """A day of trade in the hands of a test."""

    bridge: Bridge
    sandbox: Running

    def place(self, count: int = 1, **wanted: Any) -> list[str]:
        body = {"count": count, "site": SITE, "seed": 1, "skus": PLENTY, **wanted}
        rows = self._control("POST", self.sandbox.sfcc_url, "orders", body)["orders"]
        return [row["orderNo"] for row in rows]

    def cure(self, order_no: str, change: dict[str, Any]) -> None:
        """Change the order in the storefront."""
        self._control("POST", self.sandbox.sfcc_url, f"orders/{order_no}/cure", change)

    def document(self, order_no: str) -> dict[str, Any]:
        """Return the order as the storefront's API shows it."""
        site = self.bridge.settings.sites[SITE]
        scapi: Any = self.bridge.storefront.clients[site.api]
        return dict(scapi._document(site, order_no))

    def sent_to_warehouse(self) -> int:
        """Return how many imports the warehouse has seen."""
        text = requests.get(f"{self.sandbox.orderflow_url}/_sandbox/journal", timeout=10).text
        return sum("importitems" in json.loads(line)["path"] for line in text.splitlines())

    def move(self, order_no: str, action: str, **body: Any) -> None:
        """Do something with every reference of the order in the warehouse."""
        for reference in self.references(order_no):
            self._control("POST", self.sandbox.orderflow_url, f"shipments/{reference}/{action}", body)

    def references(self, order_no: str) -> list[str]:
        return [row["reference"] for row in self.bridge.letters.references(SITE, order_no)]

    def hear(self, *order_nos: str) -> None:
        self.bridge.ledger.add([placed(SITE, order_no, f"hook:{order_no}") for order_no in order_nos])

    def add(self, draft: Draft) -> None:
        self.bridge.ledger.add([draft])

    def deliver(self) -> None:
        """Hand over what was heard, and tell the storefront."""
        bridge = self.bridge
        bridge.loop.deliver([Topic.ORDER_PLACED], bridge.orders.deliver, bridge.work)
        self.tell()

    def fulfill(self, *order_nos: str) -> None:
        """Look at these orders in the warehouse, and tell the storefront what follows."""
        bridge, site = self.bridge, self.bridge.settings.sites[SITE]
        for reference in (name for order_no in order_nos for name in self.references(order_no)):
            seen = bridge.warehouse.order_detail(site.home.channel, reference)
            assert seen is not None
            draft = Draft(
                site=SITE,
                topic=Topic.SHIPMENT_CHANGED,
                origin="warehouse",
                key=reference,
                dedupe_key=seen.identity,
                body=seen.body,
                correlation_id="test",
            )
            bridge.ledger.add([draft])
        bridge.loop.deliver([Topic.SHIPMENT_CHANGED], one_by_one(bridge.fulfillment.deliver), bridge.work)

    def tell(self) -> None:
        bridge = self.bridge
        bridge.loop.deliver([Topic.POSTING_PLANNED], bridge.postings.deliver, bridge.work)

    def _control(self, method: str, url: str, path: str, body: Any) -> Any:
        query = {"channel": SITE} if path.startswith("shipments") else {}
        answer = requests.request(method, f"{url}/_sandbox/{path}", json=body, params=query, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def trade(settings: Running) -> Iterator[Trade]:
    bridge = Bridge(settings=load_settings(), bell=silent)
    yield Trade(bridge, settings)
    bridge.close()
