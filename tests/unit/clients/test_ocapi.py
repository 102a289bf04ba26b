"""What OCAPI alone has: faults, resource states, permissions, versions, and no events."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sync.clients.ocapi import OcapiClient
from sync.core.errors import Alarm, Rejected, Retryable
from sync.core.postings import Kind, Posting
from sync.core.sites import Site
from tests.unit.clients.conftest import Remote

CANCELED = Posting(Kind.ORDER_STATUS, "order_status:cancelled", {"status": "cancelled"})
STALE = '{"_v": "25.6", "fault": {"type": "ResourceStateConflictException", "message": "changed"}}'
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def placed(shop: Remote) -> str:
    body = {"count": 1, "seed": 1, "site": "RefArchUK", "hooks": False}
    return str(shop.control("POST", "orders", body)["orders"][0]["orderNo"])


def bodies(shop: Remote, ending: str) -> list[dict[str, Any]]:
    """What was sent to addresses that end like that."""
    lines = requests.get(f"{shop.url}/_sandbox/journal", timeout=10).text.splitlines()
    return [json.loads(entry["body"]) for entry in map(json.loads, lines) if entry["path"].endswith(ending)]


@pytest.mark.parametrize("kind", [Kind.FULFILLMENT, Kind.ADJUSTMENT])
def test_an_event_is_refused_by_name_and_never_dropped(
    older: OcapiClient, shop: Remote, old_uk: Site, kind: Kind
) -> None:
    number = placed(shop)
    with pytest.raises(Rejected, match="event:1") as caught:
        older.post(old_uk, number, Posting(kind, "event:1", {"id": "1"}))
    assert caught.value.code == "storefront.unsupported"


def test_a_status_that_moves_stock_is_set_upon_the_state_that_was_seen(
    older: OcapiClient, shop: Remote, old_uk: Site
) -> None:
    number = placed(shop)
    older.post(old_uk, number, CANCELED)
    [body] = bodies(shop, f"/{number}/status")
    assert body["status"] == "cancelled"
    assert body["_resource_state"]


def test_an_order_that_is_changed_at_the_same_time_is_looked_at_again_later(
    older: OcapiClient, shop: Remote, old_uk: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = placed(shop)
    read, reads = older._document, list[str]()

    def changed_after(site: Site, order_no: str) -> dict[str, Any]:
        document = read(site, order_no)
        if not reads:
            reads.append(order_no)
            older.post(site, order_no, Posting(Kind.ATTRIBUTES, "k", {"c_note": "meanwhile"}))
        return document

    monkeypatch.setattr(older, "_document", changed_after)
    with pytest.raises(Retryable, match="ResourceStateConflictException"):
        older.post(old_uk, number, CANCELED)
    assert older.observe(old_uk, number).status == "new"
    older.post(old_uk, number, CANCELED)
    assert older.observe(old_uk, number).status == "cancelled"


def test_where_the_shops_state_is_not_the_one_compared_the_write_goes_without(
    older: OcapiClient, shop: Remote, old_uk: Site
) -> None:
    number = placed(shop)
    shop.fault(kind="status", method="PUT", path="/status", status=409, body=STALE, times=1)
    older.post(old_uk, number, CANCELED)
    assert older.observe(old_uk, number).status == "cancelled"
    assert [("_resource_state" in body) for body in bodies(shop, f"/{number}/status")] == [True, False]


@pytest.mark.parametrize("path", ["/order_search", "/orders/"])
def test_a_missing_permission_is_named_with_its_cure(
    older: OcapiClient, shop: Remote, old_uk: Site, path: str
) -> None:
    fault = '{"_v": "25.6", "fault": {"type": "ClientAccessForbiddenException", "message": "no"}}'
    shop.fault(kind="status", path=path, status=403, body=fault)
    with pytest.raises(Alarm, match="ClientAccessForbiddenException") as caught:
        older.observe(old_uk, "UK1") if path == "/orders/" else list(older.ready_orders(old_uk, NOW))
    assert caught.value.code == "credentials.refused"
    assert "ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID" in caught.value.detail
    assert "Open Commerce API Settings" in caught.value.detail


def test_a_refused_login_names_the_client_and_its_setting(shop: Remote, old_uk: Site) -> None:
    client = OcapiClient(url=shop.url, token_url=shop.url, client_id="old-shop", client_secret="wrong")
    with pytest.raises(Alarm, match=r"invalid_client, as API client 'old-shop' .*OCAPI_CLIENT_ID") as caught:
        client.observe(old_uk, "UK1")
    client.close()
    assert caught.value.code == "credentials.refused"
    assert "wrong" not in repr(client) + str(caught.value)


def test_a_site_that_the_instance_does_not_have_is_refused_not_awaited(
    older: OcapiClient, old_uk: Site
) -> None:
    with pytest.raises(Rejected, match="SiteNotFoundException"):
        older.order(replace(old_uk, name="Mars"), "UK1")


def test_the_site_chooses_the_version(older: OcapiClient, shop: Remote, old_uk: Site) -> None:
    number = placed(shop)
    older.observe(replace(old_uk, ocapi_version="24.5"), number)
    assert shop.calls("GET", f"/s/RefArchUK/dw/shop/v24_5/orders/{number}") == 1


@pytest.mark.parametrize("answer", ['{"hits": 5}', '{"hits": [{"data": 7}]}', "[]"])
def test_a_search_that_answers_nonsense_is_malformed(
    older: OcapiClient, shop: Remote, old_uk: Site, answer: str
) -> None:
    shop.fault(kind="status", path="order_search", status=200, body=answer)
    with pytest.raises(Retryable) as caught:
        list(older.ready_orders(old_uk, NOW))
    assert caught.value.code == "remote.malformed"


def test_an_answer_without_hits_is_an_empty_list(older: OcapiClient, shop: Remote, old_uk: Site) -> None:
    shop.fault(kind="status", path="order_search", status=200, body='{"count": 0, "total": 0}')
    assert list(older.ready_orders(old_uk, NOW)) == []
