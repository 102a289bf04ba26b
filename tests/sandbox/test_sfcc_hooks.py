"""The storefront's hooks: signed, retried twice, and as unreliable as they are told to be."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from sync.sandbox.serve import Running, SandboxOptions

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# How long a message may take on a busy machine, and how long silence must last to count as silence.
PATIENCE = 120
SILENCE = 0.5


class Bridge:
    """A receiver that answers with the statuses it is given, then 202, and keeps what it got."""

    def __init__(self) -> None:
        self.got: Queue[tuple[str, dict[str, Any], dict[str, str]]] = Queue()
        self.statuses: Queue[int] = Queue()
        bridge = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                document = Webhook(SECRET).verify(body, headers)
                try:
                    status = bridge.statuses.get_nowait()
                except Empty:
                    status = 202
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()
                bridge.got.put((self.path, document, headers))

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self) -> dict[str, Any]:
        """The next event."""
        return self.got.get(timeout=PATIENCE)[1]

    def silent(self) -> bool:
        """Whether nothing more comes."""
        try:
            self.got.get(timeout=SILENCE)
        except Empty:
            return True
        return False


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    bridge.server.shutdown()
    bridge.server.server_close()


@pytest.fixture(scope="module")
def hooked(start_sandbox: Callable[[SandboxOptions], Running], bridge: Bridge) -> str:
    options = SandboxOptions(
        sfcc_port=0, orderflow_port=0, crm_port=0, bridge_url=bridge.url, hook_secret=SECRET
    )
    return start_sandbox(options).sfcc_url


@pytest.fixture
def shop(hooked: str, bridge: Bridge) -> Iterator[Callable[..., Any]]:
    """Calls the control API of an empty shop whose hooks go to the bridge."""
    with requests.Session() as session:

        def call(method: str, path: str, body: Any = None) -> Any:
            answer = session.request(method, f"{hooked}/_sandbox/{path}", json=body, timeout=60)
            assert answer.ok, answer.text
            return answer.json() if answer.content else None

        call("POST", "reset")
        yield call
        assert bridge.got.empty()


def _place(shop: Callable[..., Any], count: int = 1, **wanted: Any) -> list[str]:
    rows = shop("POST", "orders", {"count": count, "site": "RefArchUK", **wanted})["orders"]
    return [row["orderNo"] for row in rows]


def test_a_placed_order_is_announced_once_with_a_valid_signature(
    shop: Callable[..., Any], bridge: Bridge
) -> None:
    number = _place(shop)[0]
    path, event, headers = bridge.got.get(timeout=PATIENCE)
    assert path == "/sfcc/RefArchUK/events"
    assert headers["webhook-id"] == event["id"]
    assert {name: event[name] for name in ("type", "site", "orderNo")} == {
        "type": "order.placed",
        "site": "RefArchUK",
        "orderNo": number,
    }
    assert event["occurredAt"].endswith("Z")
    assert "order" not in event


def test_orders_can_be_placed_silently(shop: Callable[..., Any], bridge: Bridge) -> None:
    _place(shop, hooks=False)
    assert bridge.silent()


def test_the_full_order_goes_along_if_the_cartridge_is_so(shop: Callable[..., Any], bridge: Bridge) -> None:
    shop("PUT", "switches", {"hook_body": "full"})
    number = _place(shop)[0]
    assert bridge.next()["order"]["orderNo"] == number


def test_a_refused_event_is_sent_three_times_with_the_same_id_and_then_lost(
    shop: Callable[..., Any], bridge: Bridge
) -> None:
    for _ in range(3):
        bridge.statuses.put(503)
    _place(shop)
    assert len({bridge.next()["id"] for _ in range(3)}) == 1
    assert bridge.silent()
    counts = {"announced": 1, "dropped": 0, "delivered": 0, "lost": 1, "pending": 0}
    assert shop("GET", "hooks") == counts


def test_dropped_events_never_leave(shop: Callable[..., Any], bridge: Bridge) -> None:
    shop("PUT", "faults", {"hooks": {"drop": 1.0}})
    _place(shop, 3)
    assert bridge.silent()
    assert shop("GET", "hooks")["dropped"] == 3


def test_doubled_events_arrive_twice_with_one_id(shop: Callable[..., Any], bridge: Bridge) -> None:
    shop("PUT", "faults", {"hooks": {"duplicate": 1.0}})
    _place(shop)
    assert bridge.next() == bridge.next()


def test_a_rolled_back_order_is_announced_but_does_not_exist(
    shop: Callable[..., Any], bridge: Bridge
) -> None:
    shop("PUT", "switches", {"rolled_back": 1.0})
    real = _place(shop)
    announced = {bridge.next()["orderNo"], bridge.next()["orderNo"]}
    assert announced > set(real)
    assert [row["orderNo"] for row in shop("GET", "orders")["orders"]] == real


def test_an_order_can_be_announced_before_it_is_readable(
    shop: Callable[..., Any], bridge: Bridge, hooked: str
) -> None:
    shop("PUT", "switches", {"hook_timing": "before_commit", "commit_seconds": 600.0})
    number = _place(shop)[0]
    assert bridge.next()["orderNo"] == number
    url = f"{hooked}/s/RefArchUK/dw/shop/v25_6/orders/{number}"
    form = {"grant_type": "client_credentials"}
    login = f"{hooked}/dwsso/oauth2/access_token"
    token = requests.post(login, data=form, auth=("sandbox", "sandbox"), timeout=60).json()["access_token"]
    answer = requests.get(url, headers={"authorization": f"Bearer {token}"}, timeout=60)
    assert answer.json()["fault"]["type"] == "OrderNotFoundException"


def test_an_edit_and_a_cancellation_are_announced_by_their_kind(
    shop: Callable[..., Any], bridge: Bridge
) -> None:
    number = _place(shop, hooks=False)[0]
    edited = shop("POST", f"orders/{number}/amend", {"shipments": [{"shippingAddress": {"city": "Leeds"}}]})
    assert edited["shipments"][0]["shippingAddress"]["city"] == "Leeds"
    assert bridge.next()["type"] == "order.changed"
    assert shop("POST", f"orders/{number}/cancel", {"ask": True})["status"] == "new"
    assert bridge.next()["type"] == "order.cancel_requested"
    assert shop("POST", f"orders/{number}/cancel")["status"] == "cancelled"
    assert bridge.next()["type"] == "order.cancelled"
