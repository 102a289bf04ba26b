import pytest

from sync.clients.sfcc import SfccClient
from sync.core.errors import Alarm, Rejected
from sync.core.postings import Kind, Posting
from sync.core.sites import Site
from tests.unit.clients.conftest import Remote

EXPORTED = Posting(Kind.EXPORT_STATUS, "export_status:exported", {"status": "exported"})
CANCELED = Posting(Kind.ORDER_STATUS, "order_status:cancelled", {"status": "cancelled"})


def placed(shop: Remote, count: int = 1) -> list[str]:
    body = {"count": count, "seed": 1, "site": "RefArchUK", "hooks": False}
    return [order["orderNo"] for order in shop.control("POST", "orders", body)["orders"]]


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


def test_wrong_credentials_are_an_alarm(shop: Remote, uk: Site) -> None:
    client = SfccClient(
        url=shop.url,
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
        token_url=shop.url,
        organization="f_ecom_zzte_001",
        client_id="sandbox",
        client_secret="sandbox",
    )
    with pytest.raises((Rejected, Alarm)):
        client.order(uk, "UK1")
    client.close()
