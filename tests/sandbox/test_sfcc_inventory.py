"""Inventory lists: what moves the numbers, and the calls on records."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sync.sandbox.sfcc.assumptions import switches
from sync.sandbox.sfcc.book import Order, OrderBook
from sync.sandbox.sfcc.stock import InventoryList, OutOfStockError
from sync.sandbox.world import World

SKU = "RA-00001"


class Shop:
    """One list, one SKU and a clock that says what it is told."""

    def __init__(self, *, on_order: bool, allocation: int = 50) -> None:
        self.clock = self.at("10:00")
        self.stock = InventoryList("refarch", on_order=on_order)
        self.book = OrderBook(World(now=lambda: self.clock), {"refarch": self.stock}, "refarch", switches())
        self.push(allocation)

    @staticmethod
    def at(time: str) -> datetime:
        return datetime.fromisoformat(f"2026-08-20T{time}:00").replace(tzinfo=UTC)

    def push(self, amount: int, *, dated: str | None = None) -> None:
        self.stock.allocate(SKU, Decimal(amount), self.at(dated) if dated else self.clock, self.clock)

    def order(self, units: int) -> Order:
        line = {"productId": SKU, "quantity": units}
        return self.book.add({"siteId": "RefArchUK", "productItems": [line]})

    def numbers(self) -> tuple[int, int, int]:
        """Turnover, on order, available to sell."""
        on_order = self.stock.sales(SKU).on_order
        return int(self.stock.turnover(SKU)), int(on_order), int(self.stock.ats(SKU))


def _sold(*, on_order: bool) -> tuple[Shop, Order]:
    shop = Shop(on_order=on_order)
    shop.clock = shop.at("10:05")
    order = shop.order(4)
    shop.clock = shop.at("10:10")
    return shop, order


def test_a_sale_is_turnover_without_on_order_inventory() -> None:
    shop, _ = _sold(on_order=False)
    assert shop.numbers() == (4, 0, 46)


def test_a_push_without_date_forgets_sales_the_warehouse_has_not_seen() -> None:
    shop, _ = _sold(on_order=False)
    shop.push(50)
    assert shop.numbers() == (0, 0, 50)


def test_a_push_dated_before_the_sale_keeps_it() -> None:
    shop, _ = _sold(on_order=False)
    shop.push(50, dated="10:04")
    assert shop.numbers() == (4, 0, 46)


def test_on_order_units_survive_a_push_without_date() -> None:
    shop, _ = _sold(on_order=True)
    shop.push(50)
    assert shop.numbers() == (0, 4, 46)


def test_export_turns_on_order_units_into_turnover_once() -> None:
    shop, order = _sold(on_order=True)
    shop.push(50)
    shop.book.change_export(order, "exported")
    shop.book.change_export(order, "ready")
    shop.book.change_export(order, "exported")
    assert shop.numbers() == (4, 0, 46)


def test_a_push_after_the_export_settles_turnover() -> None:
    shop, order = _sold(on_order=True)
    shop.book.change_export(order, "exported")
    shop.clock = shop.at("10:20")
    shop.push(46)
    assert shop.numbers() == (0, 0, 46)


def test_a_push_dated_before_the_export_subtracts_twice() -> None:
    shop, order = _sold(on_order=True)
    shop.book.change_export(order, "exported")
    shop.clock = shop.at("10:20")
    shop.push(46, dated="10:06")
    assert shop.numbers() == (4, 0, 42)


def test_a_cancellation_after_a_reset_gives_nothing_back() -> None:
    shop, order = _sold(on_order=False)
    shop.book.change_export(order, "exported")
    shop.clock = shop.at("10:20")
    shop.push(46)
    shop.book.change_status(order, "cancelled")
    assert shop.numbers() == (0, 0, 46)


@pytest.mark.parametrize("on_order", [False, True])
@pytest.mark.parametrize("exported", [False, True])
def test_a_cancellation_without_a_reset_gives_everything_back(on_order: bool, exported: bool) -> None:  # noqa: FBT001
    shop, order = _sold(on_order=on_order)
    if exported:
        shop.book.change_export(order, "exported")
    shop.book.change_status(order, "cancelled")
    assert shop.numbers() == (0, 0, 50)
    shop.book.change_status(order, "new")
    assert shop.numbers()[2] == 46


@pytest.mark.parametrize("on_order", [False, True])
def test_the_last_units_are_sold_once(on_order: bool) -> None:  # noqa: FBT001
    shop = Shop(on_order=on_order, allocation=3)
    shop.order(2)
    with pytest.raises(OutOfStockError):
        shop.order(2)
    assert shop.numbers()[2] == 1
    assert len(list(shop.book.all())) == 1


def test_the_derived_allocation_shows_what_is_wanted() -> None:
    """The worked vector: an order each in and not in the count, exported and not."""
    shop = Shop(on_order=True, allocation=100)
    in_and_exported, exported = shop.order(2), shop.order(3)
    shop.order(1)
    shop.order(4)
    for order in (in_and_exported, exported):
        shop.book.change_export(order, "exported")
    shop.clock = shop.at("10:30")
    shop.push(10 - 3 + 4)
    assert shop.numbers() == (0, 5, 6)


def test_bundles_take_their_parts_and_options_their_own_stock() -> None:
    shop = Shop(on_order=True)
    bundle = {
        "productId": "RA-BNDL-001",
        "quantity": 2,
        "bundledProductItems": [{"productId": SKU, "quantity": 2}, {"productId": "RA-00002", "quantity": 2}],
    }
    wrapped = {
        "productId": SKU,
        "quantity": 1,
        "optionItems": [{"productId": "RA-OPT-GIFTWRAP", "quantity": 1}],
    }
    order = shop.book.add({"siteId": "RefArchUK", "productItems": [bundle, wrapped]})
    assert shop.book.demand(order.document) == {"refarch": {SKU: 3, "RA-00002": 2, "RA-OPT-GIFTWRAP": 1}}


def test_a_missing_record_is_put_then_patched_then_deleted(sfcc: Any) -> None:
    missing = sfcc.record("PATCH", f"/{SKU}", {"allocation": {"amount": 5}})
    assert missing.status_code == 404
    assert missing.json()["fault"]["type"] == "ProductInventoryRecordNotFoundException"
    assert sfcc.record("PUT", f"/{SKU}", {"allocation": {"amount": 5}}).json()["ats"] == 5
    patched = sfcc.record(
        "PATCH",
        f"/{SKU}",
        {
            "allocation": {"amount": 7, "reset_date": "2026-08-20T06:00:00.000Z"},
            "perpetual_flag": True,
            "c_a": 1,
        },
    ).json()
    assert patched["allocation"]["amount"] == 7
    assert patched["allocation"]["reset_date"] == "2026-08-20T06:00:00.000Z"
    assert patched["perpetual_flag"] is True
    assert sfcc.record("GET", f"/{SKU}").json() == patched
    assert sfcc.record("DELETE", f"/{SKU}").status_code == 204
    assert sfcc.record("GET", f"/{SKU}").status_code == 404


def test_a_reset_date_can_be_ignored(sfcc: Any) -> None:
    sfcc.control("PUT", "switches", {"reset_date": "ignored"})
    body = {"allocation": {"amount": 7, "reset_date": "2020-01-01T00:00:00.000Z"}}
    assert not sfcc.record("PUT", f"/{SKU}", body).json()["allocation"]["reset_date"].startswith("2020")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"allocation": {"amount": -1}}, "PropertyConstraintViolationException"),
        ({"allocation": {"amount": "7"}}, "PropertyConstraintViolationException"),
        ({"allocation": {"amount": 1, "reset_date": "soon"}}, "PropertyConstraintViolationException"),
        ({"pre_order_back_order_handling": "later"}, "PropertyConstraintViolationException"),
        ({"color": "red"}, "UnknownPropertyException"),
        ([], "BodyDecodingException"),
    ],
)
def test_a_wrong_record_changes_nothing(sfcc: Any, body: Any, kind: str) -> None:
    before = sfcc.record("PUT", f"/{SKU}", {"allocation": {"amount": 5}}).json()
    for method in ("PATCH", "PUT"):
        answer = sfcc.record(method, f"/{SKU}", body)
        assert (answer.status_code, answer.json()["fault"]["type"]) == (400, kind)
    assert sfcc.record("GET", f"/{SKU}").json() == before


def test_a_stale_resource_state_is_a_conflict(sfcc: Any) -> None:
    state = sfcc.record("PUT", f"/{SKU}", {"allocation": {"amount": 5}}).json()["_resource_state"]
    guarded = {"_resource_state": state, "allocation": {"amount": 6}}
    assert sfcc.record("PATCH", f"/{SKU}", guarded).status_code == 200
    answer = sfcc.record("PATCH", f"/{SKU}", guarded)
    assert (answer.status_code, answer.json()["fault"]["type"]) == (409, "ResourceStateConflictException")


def test_records_are_listed_in_pages(sfcc: Any) -> None:
    for number in range(3):
        sfcc.record("PUT", f"/RA-0000{number}", {"allocation": {"amount": number}})
    page = sfcc.record("GET", start=1, count=1, select="(**)").json()
    assert (page["count"], page["start"], page["total"]) == (1, 1, 3)
    assert [record["product_id"] for record in page["data"]] == ["RA-00001"]
    assert page["next"]["start"] == 2
    assert "next" not in sfcc.record("GET").json()


def test_fault_arguments_are_typed_or_plain(sfcc: Any) -> None:
    assert sfcc.record("GET", "/none").json()["fault"]["arguments"]["productId"]["value"] == "none"
    sfcc.control("PUT", "switches", {"fault_arguments": "plain"})
    assert sfcc.record("GET", "/none").json()["fault"]["arguments"] == {"productId": "none"}


def test_records_need_a_token(sfcc: Any) -> None:
    sfcc.session.headers["authorization"] = "Bearer none"
    answer = sfcc.record("GET")
    assert (answer.status_code, answer.json()["fault"]["type"]) == (401, "InvalidAccessTokenException")


def test_an_order_over_the_api_moves_the_record(sfcc: Any) -> None:
    sfcc.record("PUT", f"/{SKU}", {"allocation": {"amount": 50}})
    row = sfcc.place(skus=[SKU])[0]
    order = sfcc.call("GET", f"/{row['orderNo']}").json()
    units = sum(line["quantity"] for line in order["productItems"])
    shown = sfcc.control("GET", "inventory")[SKU]
    assert datetime.fromisoformat(shown.pop("at")) <= datetime.now(UTC)
    assert shown == {
        "allocation": 50,
        "turnover": 0,
        "onOrder": units,
        "ats": 50 - units,
    }
    sfcc.call("PUT", f"/{row['orderNo']}/export-status", {"status": "exported"})
    record = sfcc.record("GET", f"/{SKU}").json()
    assert (record["inventory_turnover"], record["quantity_on_order"]) == (units, 0)


def test_undoing_a_cancellation_without_stock_is_refused(sfcc: Any) -> None:
    sfcc.record("PUT", f"/{SKU}", {"allocation": {"amount": 50}})
    number = sfcc.place(skus=[SKU])[0]["orderNo"]
    sfcc.call("PUT", f"/{number}/status", {"status": "cancelled"})
    sfcc.record("PATCH", f"/{SKU}", {"allocation": {"amount": 0}})
    answer = sfcc.call("PUT", f"/{number}/status", {"status": "new"})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("undo-cancel-order")


def test_curing_a_line_moves_what_the_order_holds(sfcc: Any) -> None:
    for sku in (SKU, "RA-00002"):
        sfcc.record("PUT", f"/{sku}", {"allocation": {"amount": 50}})
    line = {"productId": SKU, "quantity": 4, "shipmentId": "me"}
    order = {"siteId": "RefArchUK", "productItems": [line]}
    number = sfcc.control("POST", "orders", order)["orders"][0]["orderNo"]
    sfcc.control(
        "POST", f"orders/{number}/cure", {"productItems": [{"productId": "RA-00002", "quantity": 5}]}
    )
    sfcc.call("PUT", f"/{number}/export-status", {"status": "exported"})
    shown = sfcc.control("GET", "inventory")
    numbers = {sku: {name: row[name] for name in row if name != "at"} for sku, row in shown.items()}
    assert numbers[SKU] == {"allocation": 50, "turnover": 0, "onOrder": 0, "ats": 50}
    assert numbers["RA-00002"] == {"allocation": 50, "turnover": 5, "onOrder": 0, "ats": 45}
