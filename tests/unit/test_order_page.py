"""An order's page: for who has a link to it, safe against every text that a remote can put into it."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
import uvicorn
from sqlalchemy.exc import OperationalError

from sync.console import application
from sync.console.api import Api
from sync.console.page import Page
from sync.core.crm import AgentPlace, CrmPolicy
from sync.core.fulfillment import Item, Known, ReturnFact, Shipment, Stage
from sync.core.signed import Seal
from sync.core.timeline import Act, HandedOver, Trail
from tests.unit.core.test_timeline import SITE, TRAIL, at, conflict

TOKEN = "a-token-of-some-length"
SEAL = Seal(("s" * 32,), timedelta(hours=24))
NAMED = replace(SITE, zone="America/New_York", crm=CrmPolicy(agent=AgentPlace.CONSOLE))
HOSTILE = "<script>alert(1)</script>\"'&\u202e{{7*7}}"
NUMBERS = ["1", "2026/07 1", HOSTILE, "ü\u202e1", "'--", "%2e", "a?b#c"]


def evil() -> Trail:
    """Every text that somebody else can choose is hostile."""
    shipment = Shipment(
        name=HOSTILE,
        reference=HOSTILE,
        stage=Stage.SHIPPED,
        reached={Stage.SHIPPED: at(5)},
        items=(Item(sku=HOSTILE, quantity=1),),
        carrier=HOSTILE,
        service=HOSTILE,
        parcels=(HOSTILE,),
        tracking_url=f"javascript:alert(1)//{HOSTILE}",
    )
    back = ReturnFact(return_id=HOSTILE, items=(Item(sku=HOSTILE, quantity=1),), at=at(9), reason=HOSTILE)
    return Trail(
        site="US",
        order_no=HOSTILE,
        handed_over=[HandedOver(reference=HOSTILE, placed_at=at(0), accepted_at=at(1), units={HOSTILE: 1})],
        known=Known(shipments={HOSTILE: shipment}, returns={HOSTILE: back}),
        acts=[Act(message=1, topic=HOSTILE, what="discarded", actor=HOSTILE, at=at(6), reason=HOSTILE)],
        disputed=[conflict(field=HOSTILE, storefront=HOSTILE, warehouse=HOSTILE)],
    )


def trail(site: str, order_no: str) -> Trail:
    if order_no == "away":
        raise OperationalError("select", {}, Exception("gone"))
    if order_no == HOSTILE:
        return evil()
    return replace(TRAIL, order_no=order_no) if order_no in NUMBERS else Trail(site=site, order_no=order_no)


def served(page: Page) -> Iterator[str]:
    api = Api(page.sites, trail, dict, TOKEN)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(application(api, page, base), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield base
        server.should_exit = True
        thread.join(20)


@pytest.fixture(params=[("https://acme.lightning.force.com", "https://*.salesforce.com")])
def console(request: Any) -> Iterator[str]:
    sites = {"US": NAMED, "UK": SITE}
    yield from served(Page(sites, trail, SEAL, request.param, lambda: datetime.now(UTC)))


def link(console: str, order_no: str, *, site: str = "US", hours: float = 8, seal: Seal = SEAL) -> str:
    return seal.link(console, site, order_no, datetime.now(UTC) + timedelta(hours=hours))


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=20)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_link_shows_its_order(console: str, number: str) -> None:
    answer = get(link(console, number))
    assert answer.status_code == 200
    assert "Shipped" in answer.text or "shipped" in answer.text


def test_the_page_tells_the_sentence_and_the_story_in_the_sites_zone(console: str) -> None:
    text = get(link(console, "1")).text
    assert "Shipped in full: 1 shipment (2 parcels)" in text
    assert "2026-03-01 07:00:00 -0500" in text
    assert "America/New_York" in text
    assert 'href="https://track.example/P1"' in text


def test_nothing_that_a_remote_says_becomes_markup(console: str) -> None:
    text = get(link(console, HOSTILE)).text
    assert "<script" not in text
    assert "<td>49" not in text
    assert HOSTILE not in text
    assert all(target.startswith("https://track.example/") for target in re.findall(r'href="([^"]*)"', text))
    assert not re.search(r"<[^>]*\son\w+=", text)


def test_a_page_has_nothing_that_runs_and_goes_nowhere(console: str) -> None:
    headers = get(link(console, "1")).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "base-uri 'none'; form-action 'none'" in policy
    assert policy.endswith("frame-ancestors https://acme.lightning.force.com https://*.salesforce.com")
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert "x-frame-options" not in headers


@pytest.mark.parametrize("console", [()], indirect=True)
def test_without_named_origins_nobody_may_embed_it(console: str) -> None:
    headers = get(link(console, "1")).headers
    assert headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "change",
    [
        ("/orders/US/1", "/orders/US/2"),
        ("/orders/US/1", "/orders/UK/1"),
        ("/orders/US/1", "/orders/us/1"),
        ("/orders/US/1", "/orders/US/1/"),
        ("/orders/US/1", "/orders/US/01"),
        ("expires=", "expires=0"),
        ("expires=", "expires=9"),
        ("sig=", "sig=A"),
        ("sig=", "SIG="),
        ("&sig=", "&sig=x&sig="),
        ("?expires", "?expires=1&expires"),
        ("&sig=", "&more=1&sig="),
    ],
)
def test_a_link_that_was_touched_opens_nothing(console: str, change: tuple[str, str]) -> None:
    answer = get(link(console, "1").replace(*change))
    assert answer.status_code == 403
    assert "not valid" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_an_address_without_a_signature_opens_nothing(console: str) -> None:
    assert get(f"{console}/orders/US/1").status_code == 403


def test_a_link_of_another_key_opens_nothing(console: str) -> None:
    assert get(link(console, "1", seal=Seal(("x" * 32,), SEAL.longest))).status_code == 403


def test_a_link_that_has_expired_says_so_in_a_sentence(console: str) -> None:
    answer = get(link(console, "1", hours=-1))
    assert answer.status_code == 410
    assert "This link has expired. Please ask for a new one." in answer.text
    assert "Shipped" not in answer.text


def test_an_order_that_nobody_knows_has_no_page(console: str) -> None:
    assert get(link(console, "nobody")).status_code == 404


def test_a_site_whose_agents_look_elsewhere_has_no_pages(console: str) -> None:
    assert get(link(console, "1", site="UK")).status_code == 404


def test_a_database_that_is_away_is_a_sentence(console: str) -> None:
    answer = get(link(console, "away"))
    assert answer.status_code == 503
    assert "try again" in answer.text


def post(console: str, path: str, body: Any = None, token: str = TOKEN) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(console + path, json=body, headers=headers, timeout=20)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_machine_with_the_token_is_given_a_link_that_works(console: str, number: str) -> None:
    answer = post(console, f"/api/orders/US/{quote(number, safe='')}/link", {"hours": 1})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert get(answer.json()["url"]).status_code == 200
    left = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=58) < left <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 201),
        ({}, 201),
        ({"hours": 24}, 201),
        ({"hours": 25}, 400),
        ({"hours": 0}, 400),
        ({"hours": -1}, 400),
        ({"hours": True}, 400),
        ({"hours": "8"}, 400),
        ({"hours": float("nan")}, 400),
        ([], 400),
        ({"hours": 1, "x": "y" * 2000}, 413),
    ],
)
def test_a_link_lives_as_long_as_is_allowed(console: str, body: Any, status: int) -> None:
    answer = requests.post(
        f"{console}/api/orders/US/1/link",
        data=None if body is None else json.dumps(body),
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=20,
    )
    assert answer.status_code == status


def test_links_are_made_for_nobody_without_the_token(console: str) -> None:
    assert post(console, "/api/orders/US/1/link", token="wrong").status_code == 401


def test_links_are_made_for_sites_whose_agents_look_here(console: str) -> None:
    assert post(console, "/api/orders/UK/1/link").status_code == 404


def test_without_a_key_no_links_are_made() -> None:
    page = Page({"US": NAMED}, trail, Seal((), SEAL.longest), (), lambda: datetime.now(UTC))
    for console in served(page):
        answer = post(console, "/api/orders/US/1/link")
        assert answer.status_code == 403
        assert "ORDERBRIDGE_CONSOLE_LINK_KEY" in answer.json()["error"]["detail"]
        assert get(link(console, "1")).status_code == 403


def test_pages_and_links_are_answered_as_described(console: str) -> None:
    contract = schemathesis.openapi.from_url(f"{console}/openapi.json")
    page = contract["/orders/{site}/{order_no}"]["GET"]
    for url in (
        link(console, "1"),
        link(console, "1", hours=-1),
        link(console, "nobody"),
        f"{console}/orders/US/1",
    ):
        page.validate_response(get(url))
    door = contract["/api/orders/{site}/{order_no}/link"]["POST"]
    for path in ("/api/orders/US/1/link", "/api/orders/UK/1/link"):
        door.validate_response(post(console, path))
