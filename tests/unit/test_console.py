"""The console's door for machines: closed without a token, and what it answers with one."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
import uvicorn

from sync.console import application, openapi
from sync.console.api import Api
from sync.console.figures import Figure
from sync.console.linking import Linking
from sync.console.page import Page
from sync.core.signed import Seal
from sync.core.timeline import Trail
from tests.unit.core.test_timeline import SITE, T0, TRAIL

TOKEN = "a-token-of-some-length"
ORDER = "/api/orders/US/1/timeline"


SLASHED = "2026/07-ü 1"


def trail(site: str, order_no: str) -> Trail:
    return TRAIL if order_no in {TRAIL.order_no, SLASHED} else Trail(site=site, order_no=order_no)


API = Api({}, trail, dict, "")
PAGE = Page({}, trail, Seal((), timedelta(hours=1)), (), lambda: T0)
LINKING = Linking(API.admit, {}, PAGE.seal, "", PAGE.clock)


def stock() -> list[Figure]:
    return [
        Figure("orderbridge_stock_findings", "SKUs.", ("inventory_list", "matter"), {("a", "negative"): 3}),
        Figure("orderbridge_audit_drifted", "Records.", ("inventory_list",), {("a",): 4}, grows=True),
    ]


@pytest.fixture(params=[TOKEN])
def console(request: Any) -> Iterator[str]:
    api = Api({"US": SITE}, trail, lambda: {("US", "alarm"): 2}, request.param, stock)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        # Whoever comes before the server is up waits in line.
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(application(api, PAGE, ""), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


def get(console: str, path: str, token: str | None = TOKEN) -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(console + path, headers=headers, timeout=20)


def test_the_timeline_is_told_as_the_command_line_tells_it(console: str) -> None:
    answer = get(console, ORDER)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert (told["site"], told["order_no"], told["zone"]) == ("US", "1", "UTC")
    assert told["summary"].startswith("Shipped in full: 1 shipment (2 parcels)")
    assert [entry["what"] for entry in told["entries"]][:3] == ["placed", "received", "pushed"]
    assert {"at", "known_at", "source", "actor", "evidence", "via", "local"} <= told["entries"][0].keys()


def test_local_times_are_of_the_zone_that_is_asked_for(console: str) -> None:
    first = get(console, f"{ORDER}?zone=Europe/Berlin").json()["entries"][0]
    assert (first["at"], first["local"]) == ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00")


@pytest.mark.parametrize("token", [None, "", "wrong", f"{TOKEN}x", "é"])
def test_without_the_token_nothing_is_told(console: str, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
    answer = requests.get(console + ORDER, headers=headers, timeout=20)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["error"]["status"] == 401


@pytest.mark.parametrize("console", [""], indirect=True)
@pytest.mark.parametrize("path", [ORDER, "/metrics"])
def test_where_no_token_is_set_the_door_is_closed_to_everybody(console: str, path: str) -> None:
    answer = get(console, path, "")
    assert answer.status_code == 403
    assert "ORDERBRIDGE_CONSOLE_TOKEN" in answer.json()["error"]["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/orders/Mars/1/timeline", 404),
        ("/api/orders/US/nobody/timeline", 404),
        ("/api/orders/US/%00/timeline", 404),
        ("/api/nothing", 404),
        (f"{ORDER}?zone=Europe/Nowhere", 400),
    ],
)
def test_what_there_is_not_is_told_as_json(console: str, path: str, status: int) -> None:
    answer = get(console, path)
    assert answer.status_code == status
    assert answer.json()["error"]["status"] == status


def test_an_order_number_may_hold_slashes_blanks_and_letters_of_any_script(console: str) -> None:
    answer = get(console, f"/api/orders/US/{quote(SLASHED, safe='')}/timeline")
    assert (answer.status_code, answer.json()["order_no"]) == (200, "1")


@pytest.mark.parametrize(
    "number",
    [
        "1'; DROP TABLE message; --",
        "%",
        "_",
        "../../etc/passwd",
        "1/timeline",
        "x" * 10_000,
        "\u202e1",
        "\ud83e",
    ],
    ids=["SQL", "percent", "underscore", "path", "door", "10 kB", "direction", "half a pair"],
)
def test_a_hostile_order_number_is_one_that_nobody_has(console: str, number: str) -> None:
    written = quote(number, safe="", errors="surrogatepass")
    answer = get(console, f"/api/orders/US/{written}/timeline")
    assert answer.status_code == 404
    assert answer.json()["error"]["status"] == 404
    assert "Traceback" not in answer.text


def test_alarms_are_in_the_metrics(console: str) -> None:
    text = get(console, "/metrics").text
    assert 'orderbridge_open_conflicts{severity="alarm",site="US"} 2.0' in text
    assert 'orderbridge_open_conflicts{severity="ordinary",site="US"} 0.0' in text


def test_the_figures_of_stock_are_in_the_metrics(console: str) -> None:
    text = get(console, "/metrics").text
    assert 'orderbridge_stock_findings{inventory_list="a",matter="negative"} 3.0' in text
    assert 'orderbridge_audit_drifted_total{inventory_list="a"} 4.0' in text


def test_every_address_of_the_door_is_described_to_everybody(console: str) -> None:
    answer = get(console, "/openapi.json", None)
    everything = (*API.routes(), *LINKING.routes(), *PAGE.routes())
    paths = {route.path.replace(":path", "") for route in everything}
    assert set(answer.json()["paths"]) == paths
    assert answer.json() == openapi.document()


@pytest.mark.parametrize(
    ("path", "token"),
    [
        (ORDER, TOKEN),
        (f"{ORDER}?zone=Europe/Berlin", TOKEN),
        (f"{ORDER}?zone=Europe/Nowhere", TOKEN),
        ("/api/orders/Mars/1/timeline", TOKEN),
        (ORDER, "wrong"),
    ],
    ids=["story", "zone", "no zone", "no order", "stranger"],
)
def test_a_timeline_is_answered_as_described(console: str, path: str, token: str) -> None:
    contract = schemathesis.openapi.from_url(f"{console}/openapi.json")
    contract["/api/orders/{site}/{order_no}/timeline"]["GET"].validate_response(get(console, path, token))


@pytest.mark.parametrize("console", [""], indirect=True)
def test_a_closed_door_answers_as_described(console: str) -> None:
    contract = schemathesis.openapi.from_url(f"{console}/openapi.json")
    for path, window in (("/api/orders/{site}/{order_no}/timeline", ORDER), ("/metrics", "/metrics")):
        contract[path]["GET"].validate_response(get(console, window))


def test_the_description_names_exactly_what_an_answer_and_its_entries_have(console: str) -> None:
    forms = openapi.document()["components"]["schemas"]
    told = get(console, ORDER).json()
    assert set(forms["TimelineForm"]["required"]) == told.keys()
    common = set.intersection(*(set(entry) for entry in told["entries"]))
    assert set(forms["EntryForm"]["required"]) == common


def test_the_description_refuses_a_story_without_its_times(console: str) -> None:
    contract = schemathesis.openapi.from_url(f"{console}/openapi.json")
    operation = contract["/api/orders/{site}/{order_no}/timeline"]["GET"]
    answer = get(console, ORDER)
    answer._content = answer.content.replace(b'"known_at"', b'"known"')
    assert not operation.is_valid_response(answer)
