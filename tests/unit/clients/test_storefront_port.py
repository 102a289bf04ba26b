"""What the storefront port promises, over either interface of the shop."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sync.core.errors import Alarm, OutcomeUnknown, Rejected, Retryable
from sync.core.orders import check
from sync.core.postings import Kind, Posting
from tests.unit.clients.conftest import Remote, Transport

EXPORTED = Posting(Kind.EXPORT_STATUS, "export_status:exported", {"status": "exported"})
CANCELED = Posting(Kind.ORDER_STATUS, "order_status:cancelled", {"status": "cancelled"})
LONG_AGO = datetime.now(UTC) - timedelta(days=30)


def placed(shop: Remote, count: int = 1) -> list[str]:
    body = {"count": count, "seed": 1, "site": "RefArchUK", "hooks": False}
    return [order["orderNo"] for order in shop.control("POST", "orders", body)["orders"]]


def test_an_order_is_read_whole(transport: Transport, shop: Remote) -> None:
    for number in placed(shop, 20):
        order = transport.storefront.order(transport.site, number)
        check(order, transport.site)
        assert (order.order_no, order.status, order.export_status) == (number, "new", "ready")


def test_an_unknown_order_may_come_yet(transport: Transport) -> None:
    with pytest.raises(Retryable) as caught:
        transport.storefront.order(transport.site, "UK 404#?")
    assert caught.value.code == "order.not_readable"


def test_ready_orders_are_walked_past_the_page_each_once(transport: Transport, shop: Remote) -> None:
    numbers = placed(shop, 450)
    seen = list(transport.storefront.ready_orders(transport.site, LONG_AGO))
    assert sorted(number for number, _ in seen) == sorted(numbers)
    assert [at for _, at in seen] == sorted(at for _, at in seen)


def test_exported_orders_are_not_ready(transport: Transport, shop: Remote) -> None:
    first, second = placed(shop, 2)
    transport.storefront.post(transport.site, first, EXPORTED)
    found = transport.storefront.ready_orders(transport.site, LONG_AGO)
    assert [number for number, _ in found] == [second]


def test_orders_changed_before_the_cursor_are_left_out(transport: Transport, shop: Remote) -> None:
    placed(shop, 2)
    (_, last) = max(transport.storefront.ready_orders(transport.site, LONG_AGO), key=lambda one: one[1])
    [later] = placed(shop)
    since = last + timedelta(milliseconds=1)
    assert [number for number, _ in transport.storefront.ready_orders(transport.site, since)] == [later]


def test_canceled_orders_are_listed_for_themselves(transport: Transport, shop: Remote) -> None:
    first, _ = placed(shop, 2)
    transport.storefront.post(transport.site, first, CANCELED)
    found = transport.storefront.canceled_orders(transport.site, LONG_AGO)
    assert [number for number, _ in found] == [first]


def test_a_window_of_placed_orders_ends_before_its_end(transport: Transport, shop: Remote) -> None:
    placed(shop, 3)
    storefront, site = transport.storefront, transport.site
    whole = list(storefront.placed_orders(site, LONG_AGO, None, ["new"]))
    last = max(row.created for row in whole)
    before = list(storefront.placed_orders(site, LONG_AGO, last, ["new"]))
    assert before == [row for row in whole if row.created < last]
    assert list(storefront.placed_orders(site, LONG_AGO, None, ["completed"])) == []


def test_postings_show_in_the_statuses(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    for kind, status in (
        (Kind.EXPORT_STATUS, "exported"),
        (Kind.SHIPPING_STATUS, "shipped"),
        (Kind.EXTERNAL_STATUS, "picked"),
        (Kind.ORDER_STATUS, "completed"),
    ):
        transport.storefront.post(transport.site, number, Posting(kind, "k", {"status": status}))
    seen = transport.storefront.observe(transport.site, number)
    assert (seen.export_status, seen.shipping_status) == ("exported", "shipped")
    assert (seen.external_status, seen.status) == ("picked", "completed")


def test_attributes_are_set_and_cleared(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    for value in ({"c_ofOrderRef": number, "c_gone": "1"}, {"c_gone": None}):
        transport.storefront.post(transport.site, number, Posting(Kind.ATTRIBUTES, "k", value))
    [order] = shop.control("GET", "orders")["orders"]
    assert (order["c_ofOrderRef"], order.get("c_gone")) == (number, None)


def test_a_status_that_moves_stock_is_not_set_twice(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    for _ in range(2):
        transport.storefront.post(transport.site, number, CANCELED)
    assert transport.storefront.observe(transport.site, number).status == "cancelled"
    assert shop.calls("PUT", f"/{number}/status") == 1


def test_a_change_of_status_that_the_order_forbids_is_a_conflict(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    with pytest.raises(Rejected) as caught:
        transport.storefront.post(
            transport.site, number, Posting(Kind.ORDER_STATUS, "k", {"status": "failed"})
        )
    assert (caught.value.code, caught.value.remote_status) == ("storefront.conflict", 409)


def test_a_refused_content_names_its_reason(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    with pytest.raises(Rejected) as caught:
        transport.storefront.post(
            transport.site, number, Posting(Kind.SHIPPING_STATUS, "k", {"status": "flown"})
        )
    assert (caught.value.code, caught.value.remote_status) == ("storefront.refused", 400)


def test_a_lost_answer_leaves_the_outcome_unknown(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    shop.fault(kind="cut_after", method="PUT", times=1)
    with pytest.raises(OutcomeUnknown):
        transport.storefront.post(transport.site, number, EXPORTED)
    assert transport.storefront.observe(transport.site, number).export_status == "exported"
    transport.storefront.post(transport.site, number, EXPORTED)
    assert shop.calls("PUT", transport.path("export_status")) == 2


def test_load_shedding_is_waited_out(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    shop.fault(kind="status", path="/orders/", status=503, headers={"Retry-After": "3"})
    with pytest.raises(Retryable) as caught:
        transport.storefront.order(transport.site, number)
    assert (caught.value.code, caught.value.retry_after) == ("remote.throttled", 3)


@pytest.mark.parametrize("kind", ["truncate", "html"])
def test_an_answer_that_is_no_json_is_malformed(transport: Transport, shop: Remote, kind: str) -> None:
    [number] = placed(shop)
    transport.storefront.order(transport.site, number)
    shop.fault(kind=kind, path="/orders/", status=200)
    with pytest.raises(Retryable) as caught:
        transport.storefront.order(transport.site, number)
    assert caught.value.code in {"remote.malformed", "remote.unavailable"}


def test_an_expired_token_is_replaced_once(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    transport.storefront.order(transport.site, number)
    shop.fault(kind="expire_token", path="/orders/", times=1)
    assert transport.storefront.order(transport.site, number).order_no == number
    assert shop.calls("POST", "/access_token") == 2


def test_threads_share_one_login(transport: Transport, shop: Remote) -> None:
    [number] = placed(shop)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: transport.storefront.observe(transport.site, number), range(16)))
    assert shop.calls("POST", "/access_token") == 1


def test_a_token_that_is_refused_again_is_an_alarm(transport: Transport, shop: Remote) -> None:
    shop.fault(kind="status", path="/orders/", status=401)
    with pytest.raises(Alarm):
        transport.storefront.order(transport.site, "UK1")


def test_a_page_too_large_for_the_api_is_asked_for_in_smaller_ones(
    transport: Transport, shop: Remote
) -> None:
    numbers = placed(shop, 50)
    # SCAPI tells the size in the address, OCAPI in the body: the first question fails in both.
    shop.fault(kind="status", path="order_search|limit=200", status=500, times=1)
    rows = transport.storefront.ready_orders(transport.site, LONG_AGO)
    assert sorted(number for number, _ in rows) == sorted(numbers)
