import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any, NamedTuple

import pytest
import requests
from lxml import etree

from sync.sandbox.serve import Running, SandboxOptions
from tests.sandbox.orderflow_shop import Shop

WAIT = 120


class Pushed(NamedTuple):
    path: str
    headers: dict[str, str]
    root: Any


class Bridge:
    """Takes pushes and answers with the statuses it was told, then with 202."""

    def __init__(self) -> None:
        self.received: Queue[Pushed] = Queue()
        self.statuses: list[int] = []
        bridge = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(bridge.statuses.pop(0) if bridge.statuses else 202)
                self.send_header("content-length", "0")
                self.end_headers()
                headers = {name.lower(): value for name, value in self.headers.items()}
                bridge.received.put(Pushed(self.path, headers, etree.fromstring(body)))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, kind: str) -> Pushed:
        """Wait for the next push of a kind, passing over the others."""
        while True:
            pushed = self.received.get(timeout=WAIT)
            if kind in (pushed.root.get("eventType"), pushed.root.tag):
                return pushed


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    bridge.server.shutdown()
    bridge.server.server_close()


@pytest.fixture(scope="module")
def pushing(start_sandbox: Callable[[SandboxOptions], Running], bridge: Bridge) -> Running:
    return start_sandbox(
        SandboxOptions(
            sfcc_port=0, orderflow_port=0, crm_port=0, bridge_url=bridge.url, push_user="warehouse"
        )
    )


@pytest.fixture
def shop(pushing: Running, bridge: Bridge) -> Iterator[Shop]:
    requests.post(f"{pushing.orderflow_url}/_sandbox/reset", timeout=WAIT)
    while not bridge.received.empty():
        bridge.received.get()
    shop = Shop(pushing)
    # Only the tests about stock want to hear of it.
    shop.switch(push_retry_scale=0.01, stock_push_interval=3600.0)
    yield shop
    shop.close()


def wait_for(shop: Shop, **expected: int) -> None:
    """Look until the counts of messages are as expected."""
    for _ in range(1000):
        counts = shop.look("parked")
        counts["parked"] = len(counts["parked"])
        if all(counts[name] == value for name, value in expected.items()):
            return
        threading.Event().wait(0.02)
    pytest.fail(f"expected {expected}, found {counts}")


def test_a_despatch_is_told_to_its_channel(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch", {"parcels": 2, "courier": "DPD"})
    pushed = bridge.next("shipment_despatched")
    assert pushed.path == "/orderflow/RefArchUK/messages"
    assert pushed.headers["content-type"] == "application/xml"
    assert pushed.headers["authorization"] == requests.auth._basic_auth_str("warehouse", "sandbox")
    root = pushed.root
    assert (root.get("entity"), root.get("externalReference"), root.get("operation"), root.get("state")) == (
        "shipment",
        "A-1-1",
        "despatch",
        "despatched",
    )
    order = root.find("detail/order")
    assert (order.get("channel"), order.get("organisation"), order.get("state")) == (
        "RefArchUK",
        "refarch",
        "despatched",
    )
    shipment = order.find("shipments/shipment")
    assert (shipment.get("courier"), shipment.get("courierService")) == ("DPD", "DPD Next Day")
    assert shipment.get("despatchReference")
    assert shipment.find("orderLines/orderLine").get("quantity") == "2"


def test_a_message_shows_the_order_as_it_was_when_it_happened(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    states = {}
    for _ in range(3):
        root = bridge.received.get(timeout=WAIT).root
        states[root.get("eventType")] = root.find(".//shipment").get("state")
    assert states == {
        "shipment_picked": "packable",
        "shipment_packed": "packed",
        "shipment_despatched": "despatched",
    }


def test_a_shipment_event_shows_all_shipments_of_its_order_unless_switched(
    shop: Shop, bridge: Bridge
) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/split")
    assert len(bridge.next("shipment_split").root.findall(".//shipment")) == 2
    shop.switch(event_has_all_shipments=False)
    shop.lever("shipments/A-1-2/despatch")
    [shipment] = bridge.next("shipment_despatched").root.findall(".//shipment")
    assert shipment.get("externalReference") == "A-1-2"


@pytest.mark.parametrize("renames", ["true", "false"])
def test_a_cancel_through_the_api_is_told_under_the_number_of_the_shop(
    shop: Shop, bridge: Bridge, renames: str
) -> None:
    shop.order("A-1")
    query = {"externalReference": "A-1", "cancelChangesExternalReference": renames}
    shop.tell("remoteorder/order/cancel.xml", **query)
    root = bridge.next("order_cancelled").root
    assert (root.get("externalReference"), root.get("state"), root.get("userName")) == (
        "A-1",
        "cancelled",
        "api",
    )


def test_a_return_is_told_with_its_lines(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    body = {"lines": [{"sku": "RA-00001", "quantity": 1}], "reason": "Too small"}
    shop.lever("shipments/A-1/return", body)
    root = bridge.next("return_applied").root
    assert root.get("entity") == "return"
    returned = root.find("detail/return")
    assert returned.get("orderReference") == "A-1"
    assert dict(returned.find("returnLine").attrib) == {
        "product": "RA-00001",
        "quantity": "1",
        "reason": "Too small",
        "condition": "Unopened",
        "refund": "true",
    }


def test_a_parcel_without_an_order_is_told_with_empty_references(shop: Shop, bridge: Bridge) -> None:
    before = shop.stock("RA-00001")["total"]
    body = {"lines": [{"sku": "RA-00001", "quantity": 1}], "channel": "RefArchEU"}
    assert shop.lever("returns", body)["expected"] is False
    pushed = bridge.next("return_applied")
    assert pushed.path == "/orderflow/RefArchEU/messages"
    returned = pushed.root.find("detail/return")
    assert (returned.get("orderReference"), returned.get("authorisation")) == ("", "")
    assert shop.stock("RA-00001")["total"] == before + 1


def test_a_reset_forgets_messages_that_wait_to_be_repeated(shop: Shop, bridge: Bridge) -> None:
    shop.switch(push_retry_scale=1000.0)
    shop.order("A-1")
    bridge.statuses = [500]
    shop.lever("shipments/A-1/split")
    bridge.next("shipment_split")
    assert requests.post(f"{shop.url}/_sandbox/reset", timeout=WAIT).status_code == 204
    wait_for(shop, waiting=0, parked=0)


def test_changed_stock_is_told_once_per_interval_as_it_is_by_then(shop: Shop, bridge: Bridge) -> None:
    shop.switch(stock_push_interval=0.2)
    for total in (5, 6, 7):
        shop.lever("stock", {"sku": "RA-00001", "site": "MAIN", "total": total})
    pushed = bridge.next("inventory")
    assert pushed.path == "/orderflow/RefArchGlobal/messages"
    while (row := pushed.root[-1]).get("total") != "7":
        pushed = bridge.next("inventory")
    assert (row.get("externalReference"), row.get("site"), row.get("organisation")) == (
        "RA-00001",
        "MAIN",
        "refarch",
    )
    assert row.get("sequenceId") == row.get("inventoryId")
    assert row.get("damaged") is None


def test_a_full_push_tells_every_record_in_batches(shop: Shop, bridge: Bridge) -> None:
    shop.switch(stock_push_interval=0.05)
    records = shop.lever("stock/push", status=202)["products"]
    seen: set[tuple[str | None, str | None]] = set()
    while len(seen) < records:
        rows = list(bridge.next("inventory").root)
        assert len(rows) <= 200
        seen |= {(row.get("externalReference"), row.get("site")) for row in rows}


def test_a_refused_message_is_repeated_with_its_number(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    bridge.statuses = [500, 404]
    shop.lever("shipments/A-1/cancel")
    numbers = {bridge.next("order_cancelled").root.get("messageId") for _ in range(2)}
    assert len(numbers) == 1


def test_a_message_that_nobody_confirms_is_parked_and_can_be_sent_again(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    bridge.statuses = [503] * 5
    shop.lever("shipments/A-1/split")
    wait_for(shop, waiting=0, parked=1)
    [parked] = shop.look("parked")["parked"]
    assert (parked["kind"], parked["attempts"], parked["last_status"]) == ("shipment_split", 5, 503)
    shop.lever("parked", status=202)
    assert bridge.next("shipment_split")
    wait_for(shop, waiting=0, parked=0)


def test_a_lost_message_does_not_arrive_and_a_doubled_one_arrives_twice(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    faults = f"{shop.url}/_sandbox/faults"
    requests.put(faults, json={"pushes": {"drop": 1.0}}, timeout=WAIT)
    shop.lever("shipments/A-1/split")
    wait_for(shop, waiting=0)
    requests.put(faults, json={"pushes": {"duplicate": 1.0}}, timeout=WAIT)
    shop.lever("shipments/A-1/cancel")
    kinds: list[str | None] = []
    while kinds.count("order_cancelled") < 2:
        kinds.append(bridge.received.get(timeout=WAIT).root.get("eventType"))
    assert "shipment_split" not in kinds


def test_a_message_may_come_five_times(shop: Shop, bridge: Bridge) -> None:
    url = f"{shop.url}/_sandbox/faults"
    assert shop.session.put(url, json={"pushes": {"duplicate": 1.0, "copies": 5}}, timeout=WAIT).ok
    shop.order("A-1")
    shop.lever("shipments/A-1/pick")
    numbers = [bridge.next("shipment_picked").root.get("messageId") for _ in range(5)]
    assert len(set(numbers)) == 1
    shop.session.delete(url, timeout=WAIT)


def test_after_a_restore_message_numbers_are_lower_than_before(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/pick")
    before = int(bridge.next("shipment_picked").root.get("messageId"))
    shop.switch(message_ids_behind=1000)
    shop.lever("shipments/A-1/pack")
    after = int(bridge.next("shipment_packed").root.get("messageId"))
    shop.switch(message_ids_behind=0)
    assert before - 1000 < after < before


def test_each_step_of_a_return_is_told_under_the_same_number(shop: Shop, bridge: Bridge) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    told = []
    # Several messages may be under way at once, so each is waited for before the next is caused.
    for state, kind in (("expected", "return_authorised"), ("received", "return_applied")):
        shop.lever("shipments/A-1/return", {"state": state, "authorisation": "RMA-1"})
        told.append(bridge.next(kind).root.find("detail/return"))
    assert len({root.get("id") for root in told}) == 1
    shop.lever("shipments/A-1/return", {"state": "refused", "lines": [{"sku": "RA-00001", "quantity": 1}]})
    assert bridge.next("return_refused").root.find("detail/return").get("authorised") == "false"
