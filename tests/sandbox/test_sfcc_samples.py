"""Sample orders add up to the cent, look like real ones and repeat."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sync.sandbox.catalog import catalog, opening_stock
from sync.sandbox.chance import Chance
from sync.sandbox.sfcc.samples import Shopper
from sync.sandbox.sfcc.spoil import WAYS, spoil
from sync.sandbox.sfcc.totals import wrong_total
from sync.sandbox.world import SITES

COUNT = 150


def _orders() -> Iterator[dict[str, Any]]:
    for index in range(COUNT):
        site = SITES[index % len(SITES)]
        shopper = Shopper(Chance(f"1:{index}"), site, catalog(), lambda _sku, _units: True)
        yield shopper.order(None, "refarch")


@pytest.fixture(scope="module")
def orders() -> list[dict[str, Any]]:
    return list(_orders())


def _lines(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for item in order["productItems"] for row in (item, *item.get("optionItems", []))]


def _sum(rows: list[dict[str, Any]], member: str) -> Decimal:
    return sum((row[member] for row in rows), Decimal(0))


def test_the_same_seed_gives_the_same_orders(orders: list[dict[str, Any]]) -> None:
    assert list(_orders()) == orders


def test_every_line_adds_up(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        gross = order["taxation"] == "gross"
        for line in (*_lines(order), *order["shippingItems"]):
            assert line["grossPrice"] == line["netPrice"] + line["tax"]
            own = line["grossPrice"] if gross else line["netPrice"]
            assert own == line["basePrice"] * line.get("quantity", 1)
            adjustments = line.get("priceAdjustments", [])
            assert line["priceAfterItemDiscount"] == own + _sum(adjustments, "basePrice")
            assert line["adjustedTax"] == line["tax"] + _sum(adjustments, "tax")


def test_every_order_adds_up(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        lines, discounts = _lines(order), order.get("orderPriceAdjustments", [])
        assert order["productSubTotal"] == _sum(lines, "priceAfterItemDiscount")
        assert order["productTotal"] == _sum(lines, "priceAfterOrderDiscount")
        assert order["productTotal"] == order["productSubTotal"] + _sum(discounts, "basePrice")
        assert order["shippingTotal"] == _sum(order["shippingItems"], "priceAfterItemDiscount")
        assert order["taxTotal"] == (
            _sum(lines, "adjustedTax") + _sum(discounts, "tax") + _sum(order["shippingItems"], "adjustedTax")
        )
        taxes = order["taxTotal"] if order["taxation"] == "net" else Decimal(0)
        assert order["orderTotal"] == order["productTotal"] + order["shippingTotal"] + taxes
        paid = [instrument["paymentTransaction"] for instrument in order["paymentInstruments"]]
        assert _sum(paid, "amount") == order["orderTotal"]
        assert wrong_total(order) is None


def test_shipments_add_up_to_the_order_before_its_discounts(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        assert _sum(order["shipments"], "productSubTotal") == order["productSubTotal"]
        assert _sum(order["shipments"], "productTotal") == order["productTotal"]
        assert _sum(order["shipments"], "shippingTotal") == order["shippingTotal"]
        used = {line["shipmentId"] for line in _lines(order)}
        assert used == {shipment["shipmentId"] for shipment in order["shipments"]}


def test_the_sample_shows_everything_an_order_can_have(orders: list[dict[str, Any]]) -> None:
    lines = [line for order in orders for line in order["productItems"]]
    assert any("bundledProductItems" in line for line in lines)
    assert any("optionItems" in line for line in lines)
    assert any("priceAdjustments" in line for line in lines)
    assert any("shippingItemId" in line for line in lines)
    assert any("couponItems" in order for order in orders)
    assert any("c_b2ccrm_contactId" in order for order in orders)
    assert any("giftMessage" in order["shipments"][0] for order in orders)
    assert {order["customerInfo"]["guest"] for order in orders} == {True, False}
    for member, share in (("shipments", 0.15), ("paymentInstruments", 0.2)):
        two = sum(len(order[member]) == 2 for order in orders) / COUNT
        assert share / 2 < two < share * 2


def test_every_way_to_spoil_an_order_changes_it() -> None:
    seen = set()
    for index, order in enumerate(_orders()):
        before = repr(order)
        seen.add(spoil(Chance(index), order))
        assert repr(order) != before
    assert seen == set(WAYS)


def test_the_catalogue_keeps_bundles_out_of_the_warehouse() -> None:
    bundle = catalog()["RA-BNDL-001"]
    assert len(catalog().physical) == 5_000
    assert opening_stock(bundle.sku, "MAIN") == 0
    assert all(part in catalog().stocked for part in bundle.parts)
    assert opening_stock("RA-OPT-ENGRAVE", "MAIN") > 0
    assert opening_stock("RA-00001", "MAIN") == opening_stock("RA-00001", "MAIN")


def test_a_count_of_orders_is_spread_over_the_sites(sfcc: Any) -> None:
    rows = sfcc.control("POST", "orders", {"count": 30, "seed": 2, "invalid": 0.5})["orders"]
    assert {row["site"] for row in rows} == {site.name for site in SITES}
    assert len({row["orderNo"] for row in rows}) == 30
    wrong = [row for row in rows if not row["valid"]]
    assert 0 < len(wrong) < 30
    assert all(row["reason"] in WAYS for row in wrong)


@pytest.mark.parametrize(
    "wanted", [{}, {"count": 0}, {"count": 1, "site": "Mars"}, {"count": 1, "size": 2}, []]
)
def test_a_wish_that_cannot_be_understood_is_refused(sfcc: Any, wanted: Any) -> None:
    answer = sfcc.session.post(f"{sfcc.url}/_sandbox/orders", json=wanted, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_order_beyond_the_stock_is_not_placed(sfcc: Any) -> None:
    sfcc.record("PUT", "/RA-00001", {"allocation": {"amount": 0}})
    row = sfcc.place(skus=["RA-00001"])[0]
    assert row["valid"] is False
    assert row["orderNo"] is None
    assert sfcc.control("GET", "orders")["orders"] == []
