from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sync.clients.sfcc import SfccClient
from sync.core.errors import Alarm, OutcomeUnknown, Rejected, Retryable
from sync.core.orders import check
from sync.core.postings import Kind, Posting
from sync.core.sites import Site
from tests.unit.clients.conftest import Remote

EXPORTED = Posting(Kind.EXPORT_STATUS, "export_status:exported", {"status": "exported"})
CANCELED = Posting(Kind.ORDER_STATUS, "order_status:cancelled", {"status": "cancelled"})


def placed(shop: Remote, count: int = 1) -> list[str]:
    body = {"count": count, "seed": 1, "site": "RefArchUK", "hooks": False}
    return [order["orderNo"] for order in shop.control("POST", "orders", body)["orders"]]


def test_an_order_is_read_whole(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    order = storefront.order(uk, number)
    check(order, uk)
    assert (order.order_no, order.status, order.export_status) == (number, "new", "ready")


def test_an_unknown_order_may_come_yet(storefront: SfccClient, uk: Site) -> None:
    with pytest.raises(Retryable) as caught:
        storefront.order(uk, "UK 404#?")
    assert caught.value.code == "order.not_readable"


def test_ready_orders_are_walked_past_the_page_each_once(
    storefront: SfccClient, shop: Remote, uk: Site
) -> None:
    numbers = placed(shop, 450)
    seen = list(storefront.ready_orders(uk, datetime.now(UTC) - timedelta(days=30)))
    assert sorted(number for number, _ in seen) == sorted(numbers)
    assert [at for _, at in seen] == sorted(at for _, at in seen)


def test_exported_orders_are_not_ready(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    first, second = placed(shop, 2)
    storefront.post(uk, first, EXPORTED)
    found = storefront.ready_orders(uk, datetime.now(UTC) - timedelta(days=30))
    assert [number for number, _ in found] == [second]


def test_postings_show_in_the_statuses(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    for kind, status in (
        (Kind.EXPORT_STATUS, "exported"),
        (Kind.SHIPPING_STATUS, "shipped"),
        (Kind.EXTERNAL_STATUS, "picked"),
        (Kind.ORDER_STATUS, "completed"),
    ):
        storefront.post(uk, number, Posting(kind, "k", {"status": status}))
    seen = storefront.observe(uk, number)
    assert (seen.export_status, seen.shipping_status) == ("exported", "shipped")
    assert (seen.external_status, seen.status) == ("picked", "completed")


def test_a_status_that_moves_stock_is_not_set_twice(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    storefront.post(uk, number, CANCELED)
    storefront.post(uk, number, CANCELED)
    assert storefront.observe(uk, number).status == "cancelled"
    assert shop.calls("PUT", f"/{number}/status") == 1


def test_a_refused_change_of_status_is_a_conflict(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    shop.fault(
        kind="status", method="PUT", path="/status", status=409, body='{"type": "x/undo-cancel-order"}'
    )
    with pytest.raises(Rejected, match="undo-cancel-order") as caught:
        storefront.post(uk, number, CANCELED)
    assert caught.value.code == "storefront.conflict"


def test_a_refused_content_is_named_by_its_slug(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    with pytest.raises(Rejected) as caught:
        storefront.post(uk, number, Posting(Kind.SHIPPING_STATUS, "k", {"status": "flown"}))
    assert (caught.value.code, caught.value.remote_status) == ("storefront.refused", 400)


def test_a_lost_answer_leaves_the_outcome_unknown(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    shop.fault(kind="cut_after", method="PUT", times=1)
    with pytest.raises(OutcomeUnknown):
        storefront.post(uk, number, EXPORTED)
    assert storefront.observe(uk, number).export_status == "exported"


def test_load_shedding_is_waited_out(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    shop.fault(kind="status", path="/orders/", status=503, headers={"Retry-After": "3"})
    with pytest.raises(Retryable) as caught:
        storefront.order(uk, number)
    assert (caught.value.code, caught.value.retry_after) == ("remote.throttled", 3)


@pytest.mark.parametrize("kind", ["truncate", "html"])
def test_an_answer_that_is_no_json_is_malformed(
    storefront: SfccClient, shop: Remote, uk: Site, kind: str
) -> None:
    [number] = placed(shop)
    storefront.order(uk, number)
    shop.fault(kind=kind, path="/orders/", status=200)
    with pytest.raises(Retryable) as caught:
        storefront.order(uk, number)
    assert caught.value.code in {"remote.malformed", "remote.unavailable"}


def test_an_expired_token_is_replaced_once(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    storefront.order(uk, number)
    shop.fault(kind="expire_token", path="/orders/", times=1)
    assert storefront.order(uk, number).order_no == number
    assert shop.calls("POST", "/access_token") == 2


def test_threads_share_one_login(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    [number] = placed(shop)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: storefront.observe(uk, number), range(16)))
    assert shop.calls("POST", "/access_token") == 1


def test_a_token_that_is_refused_again_is_an_alarm(storefront: SfccClient, shop: Remote, uk: Site) -> None:
    shop.fault(kind="status", path="/orders/", status=401)
    with pytest.raises(Alarm):
        storefront.order(uk, "UK1")


def test_wrong_credentials_are_an_alarm(shop: Remote, uk: Site) -> None:
    client = SfccClient(
        url=shop.url,
        inventory_url=shop.url,
        token_url=shop.url,
        organization="f_ecom_zzte_053",
        client_id="sandbox",
        client_secret="wrong",
    )
    with pytest.raises(Alarm) as caught:
        client.order(uk, "UK1")
    client.close()
    assert caught.value.code == "credentials.refused"
    assert "wrong" not in repr(client)


def test_another_organization_is_refused_not_awaited(shop: Remote, uk: Site) -> None:
    client = SfccClient(
        url=shop.url,
        inventory_url=shop.url,
        token_url=shop.url,
        organization="f_ecom_zzte_001",
        client_id="sandbox",
        client_secret="sandbox",
    )
    with pytest.raises((Rejected, Alarm)):
        client.order(uk, "UK1")
    client.close()


def test_an_allocation_is_written_and_its_record_made_when_missing(
    storefront: SfccClient, shop: Remote, uk: Site
) -> None:
    for amount in (7, 3):
        storefront.set_allocation("refarch", "NEW #1", amount, site=uk)
    assert shop.calls("PATCH", "1") == 2
    assert shop.calls("PUT", "1") == 1


def test_a_simultaneous_write_of_stock_may_be_repeated(
    storefront: SfccClient, shop: Remote, uk: Site
) -> None:
    shop.fault(kind="status", method="PATCH", status=409, body='{"fault": {"type": "ConflictException"}}')
    with pytest.raises(Retryable, match="ConflictException"):
        storefront.set_allocation("refarch", "RA-00001", 7, site=uk)


def test_an_unknown_inventory_list_is_refused(storefront: SfccClient, uk: Site) -> None:
    with pytest.raises(Rejected) as caught:
        storefront.set_allocation("nowhere", "RA-00001", 7, site=uk)
    assert caught.value.code == "storefront.refused"


def test_a_page_too_large_for_the_api_is_asked_for_in_smaller_ones(
    storefront: SfccClient, shop: Remote, uk: Site
) -> None:
    numbers = placed(shop, 50)
    shop.fault(kind="status", method="GET", path="limit=200", status=500)
    seen = [number for number, _ in storefront.ready_orders(uk, datetime.now(UTC) - timedelta(days=30))]
    assert sorted(seen) == sorted(numbers)
