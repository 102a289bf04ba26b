import base64
from collections.abc import Iterator

import pytest
import requests
from lxml import etree

from sync.sandbox.serve import Running
from tests.sandbox.orderflow_shop import CHANNEL, Shop

PROBE = "remotewarehouse/inventory.xml"
QUERY = {"externalReferences": "made-up"}
PAIR = {"user": "sandbox", "password": base64.b64encode(b"sandbox").decode()}


@pytest.fixture
def shop(sandbox: Running) -> Iterator[Shop]:
    shop = Shop(sandbox)
    yield shop
    shop.close()


def get(
    shop: Shop, auth: tuple[str, str] | None = None, headers: dict[str, str] | None = None
) -> requests.Response:
    sent = {"channel": CHANNEL, **(headers or {})}
    return requests.get(f"{shop.url}/web/{PROBE}", params=QUERY, headers=sent, auth=auth, timeout=30)


@pytest.mark.parametrize("auth", [None, ("sandbox", "wrong"), ("wrong", "sandbox"), ("sandbox", "")])
def test_wrong_or_no_credentials_are_challenged(shop: Shop, auth: tuple[str, str] | None) -> None:
    answer = get(shop, auth=auth)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_basic_or_the_pair_of_headers_opens_the_door(shop: Shop) -> None:
    assert get(shop, auth=("sandbox", "sandbox")).status_code == 200
    assert get(shop, headers=PAIR).status_code == 200
    assert get(shop, auth=("sandbox", "sandbox"), headers=PAIR).status_code == 200


def test_two_kinds_of_credentials_that_disagree_are_refused(shop: Shop) -> None:
    assert get(shop, auth=("sandbox", "sandbox"), headers={**PAIR, "user": "other"}).status_code == 401
    assert get(shop, auth=("sandbox", "wrong"), headers=PAIR).status_code == 401


def test_a_scope_the_user_has_no_right_to_is_a_412(shop: Shop) -> None:
    shop.switch(forbidden_scope=CHANNEL)
    assert get(shop, auth=("sandbox", "sandbox")).status_code == 412


def test_the_header_wins_over_the_query_unless_switched(shop: Shop) -> None:
    detail = "remoteorder/order/detail.xml"
    shop.order("A-1")
    query = {"externalReference": "A-1", "channel": "RefArchEU"}
    assert shop.ask(detail, **query).tag == "order"
    shop.switch(scope_from="query")
    assert shop.ask(detail, **query).tag == "error"
    assert shop.ask(detail, **{**query, "channel": CHANNEL}).tag == "order"


@pytest.mark.parametrize("channel", ["", "nowhere"])
def test_a_missing_or_unknown_channel_is_an_error_document(shop: Shop, channel: str) -> None:
    shop.session.headers["channel"] = channel
    answer = shop.ask("remoteorder/shipment/pending.xml")
    assert answer.findtext("exception") == "rtd.exceptions.MissingDataException"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_status_of_an_error_document_is_a_switch(shop: Shop, status: int) -> None:
    shop.switch(error_status=status)
    url = f"{shop.url}/web/remoteorder/order/detail.xml?externalReference=nobody"
    answer = shop.session.get(url, timeout=30)
    assert answer.status_code == status
    assert etree.fromstring(answer.content).tag == "error"


@pytest.mark.parametrize("path", ["remoteorder/nosuch.xml", "remoteorder/payment/response.xml", ""])
def test_an_unknown_path_is_answered_with_the_page_of_the_container(shop: Shop, path: str) -> None:
    answer = shop.session.get(f"{shop.url}/web/{path}", timeout=30)
    page = etree.fromstring(answer.content)
    assert answer.status_code == 404
    assert "ERROR" in (page.findtext("body/h2") or "")
    assert f"/web/{path}" in (page.findtext("body/p") or "")


def test_a_page_shows_hostile_paths_as_text(shop: Shop) -> None:
    answer = shop.session.get(f"{shop.url}/web/%3Cscript%3E%01", timeout=30)
    assert b"<script>" not in answer.content
    assert etree.fromstring(answer.content).tag == "html"


def test_the_wrong_method_is_answered_with_a_page(shop: Shop) -> None:
    assert shop.session.get(f"{shop.url}/web/remoteorder/order/cancel.xml", timeout=30).status_code == 405


def test_in_maintenance_every_call_is_a_503_page(shop: Shop) -> None:
    shop.switch(maintenance=True)
    answer = get(shop, auth=("sandbox", "sandbox"))
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")


def test_the_paths_work_with_and_without_the_base_path(shop: Shop) -> None:
    answer = shop.session.get(f"{shop.url}/{PROBE}", params=QUERY, timeout=30)
    assert etree.fromstring(answer.content).tag == "inventory"
    assert answer.headers["content-type"] == "text/xml;charset=UTF-8"


def test_refused_calls_are_in_the_journal_as_refused(shop: Shop) -> None:
    shop.ask("remoteorder/order/detail.xml", externalReference="nobody")
    get(shop)
    calls = [entry for entry in shop.journal() if entry["path"].startswith("/web/")]
    assert [entry["effect"] for entry in calls] == ["refused", "refused"]


def test_a_character_that_xml_cannot_hold_comes_back_replaced(shop: Shop) -> None:
    answer = shop.ask("remoteorder/order/detail.xml", externalReference="a\x01b")
    assert "a\ufffdb" in (answer.findtext("message") or "")
