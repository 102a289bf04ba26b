from collections.abc import Iterator
from typing import Any

import pytest

from sync.sandbox.serve import Running
from tests.sandbox.orderflow_shop import ORDER, Shop


@pytest.fixture
def shop(sandbox: Running) -> Iterator[Shop]:
    shop = Shop(sandbox)
    yield shop
    shop.close()


def states(row: dict[str, Any]) -> list[str]:
    return [shipment["state"] for shipment in row["shipments"]]


def test_a_shipment_is_moved_step_by_step(shop: Shop) -> None:
    shop.order("A-1")
    for action, state in (("pick", "packable"), ("pack", "packed"), ("despatch", "despatched")):
        assert states(shop.lever(f"shipments/A-1-1/{action}")) == [state]
    assert shop.detail("A-1").get("state") == "despatched"


def test_a_step_that_was_taken_is_refused(shop: Shop) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    for action in ("pick", "pack", "despatch", "split", "cancel"):
        assert "despatched" in shop.lever(f"shipments/A-1-1/{action}", status=409)["error"]
        assert shop.lever(f"shipments/A-1/{action}", status=409)["error"]


def test_naming_lines_splits_the_others_off(shop: Shop) -> None:
    shop.order("A-1")
    row = shop.lever("shipments/A-1/despatch", {"lines": [{"sku": "RA-00001", "quantity": 1}]})
    assert states(row) == ["despatched", "ready"]
    assert row["state"] == "validated"
    assert states(shop.lever("shipments/A-1/despatch")) == ["despatched", "despatched"]


ONE = {"lines": [{"sku": "RA-00001", "quantity": 1}]}


def test_units_that_are_canceled_stay_behind_and_the_rest_of_the_shipment_leaves(shop: Shop) -> None:
    before = shop.stock("RA-00001")
    shop.order("A-1")
    shop.lever("shipments/A-1/pick")
    shop.lever("shipments/A-1/cancel", ONE)
    lines = shop.detail("A-1").findall(".//orderLine")
    assert [(line.get("quantity"), line.get("state")) for line in lines] == [
        ("1", "picked"),
        ("1", "cancelled"),
    ]
    assert shop.stock("RA-00001")["available"] == before["available"] - 1
    assert states(shop.lever("shipments/A-1/despatch")) == ["despatched"]
    after = shop.stock("RA-00001")
    assert (after["total"], after["available"]) == (before["total"] - 1, before["available"] - 1)
    assert shop.lever("shipments/A-1/return", {"lines": [{"sku": "RA-00001", "quantity": 2}]}, status=409)


def test_canceling_the_last_units_cancels_the_order(shop: Shop) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/cancel", ONE)
    assert shop.lever("shipments/A-1/cancel", ONE)["state"] == "cancelled"
    assert shop.lever("shipments/A-1/cancel", ONE, status=409)


def test_a_return_may_be_expected_then_received_or_refused(shop: Shop) -> None:
    shop.order("A-1")
    assert shop.lever("shipments/A-1/return", ONE | {"state": "expected"}, status=409)
    shop.lever("shipments/A-1/despatch")
    sent = shop.stock("RA-00001")["total"]
    assert shop.lever("shipments/A-1/return", ONE | {"state": "on its way"}, status=400)
    shop.lever("shipments/A-1/return", ONE | {"state": "expected", "authorisation": "RMA-1"})
    (expected,) = shop.look("returns")
    assert (expected["expected"], expected["authorisation"]) == (True, "RMA-1")
    shop.lever("shipments/A-1/return", ONE | {"state": "refused"})
    (refused,) = shop.look("returns")
    assert (refused["expected"], refused["authorised"], refused["completed"]) == (False, False, None)
    assert shop.stock("RA-00001")["total"] == sent
    shop.lever("shipments/A-1/return", ONE)
    assert [row["completed"] is not None for row in shop.look("returns")] == [False, True]
    assert shop.stock("RA-00001")["total"] == sent + 1


def test_the_warehouse_may_cancel_a_packed_order(shop: Shop) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/pack")
    assert shop.lever("shipments/A-1/cancel")["state"] == "cancelled"


def test_an_unknown_reference_or_action_is_a_404(shop: Shop) -> None:
    shop.order("A-1")
    assert "B-1" in shop.lever("shipments/B-1/pick", status=404)["error"]
    assert "despatch" in shop.lever("shipments/A-1/teleport", status=404)["error"]


def test_a_reference_that_two_channels_have_must_be_told_apart(shop: Shop, sandbox: Running) -> None:
    other = Shop(sandbox, "RefArchEU")
    shop.order("A-1")
    other.order("A-1")
    other.close()
    assert "channel" in shop.lever("shipments/A-1/pick", status=409)["error"]
    assert shop.lever("shipments/A-1/pick?channel=RefArchEU")["channel"] == "RefArchEU"
    assert shop.detail("A-1").find(".//shipment").get("state") == "ready"


@pytest.mark.parametrize(
    "body",
    [
        {"lines": [{"sku": "RA-00001", "quantity": "1"}]},
        {"lines": [{"sku": "RA-00001"}]},
        {"lines": 1},
        {"parcels": 0},
        {"parcels": 1.5},
        ["RA-00001"],
    ],
)
def test_a_call_that_cannot_be_understood_is_a_400_and_moves_nothing(shop: Shop, body: Any) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch", body, status=400)
    assert shop.detail("A-1").find(".//shipment").get("state") == "ready"


def test_more_units_than_the_shipment_has_are_refused(shop: Shop) -> None:
    shop.order("A-1")
    body = {"lines": [{"sku": "RA-00001", "quantity": 3}]}
    for action in ("pick", "split", "return"):
        assert "RA-00001" in shop.lever(f"shipments/A-1/{action}", body, status=409)["error"]


def test_stock_is_set_to_what_was_counted(shop: Shop) -> None:
    changes = [
        {"sku": "RA-00001", "site": "MAIN", "total": 50, "damaged": 3},
        {"sku": "RA-00002", "site": "NORTH", "delta": 7},
    ]
    before = shop.stock("RA-00002", "NORTH")["total"]
    assert shop.lever("stock", {"changes": changes}) == {"changed": 2}
    assert shop.stock("RA-00001")["available"] == 47
    assert shop.stock("RA-00002", "NORTH")["total"] == before + 7
    assert shop.look("stock?sku=RA-00001")["RA-00001"]["MAIN"]["damaged"] == 3


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"sku": "nothing", "total": 1}, 404),
        ({"sku": "RA-00001", "site": "MOON", "total": 1}, 404),
        ({"sku": "RA-00001"}, 400),
        ({"sku": "RA-00001", "total": -1}, 400),
        ({"sku": "RA-00001", "total": "1"}, 400),
        ({"sku": "RA-00001", "totl": 1}, 400),
        ({"total": 1}, 400),
    ],
)
def test_of_several_stock_changes_all_or_none_are_made(
    shop: Shop, change: dict[str, Any], status: int
) -> None:
    before = shop.stock("RA-00009")
    shop.lever("stock", {"changes": [{"sku": "RA-00009", "total": 1}, change]}, status=status)
    assert shop.stock("RA-00009") == before


def test_orders_are_shown_and_can_be_selected(shop: Shop) -> None:
    shop.order("A-1", ORDER + "exported=2024-03-05T09:12:00\n")
    shop.order("A-2")
    assert [row["reference"] for row in shop.look("orders?channel=RefArchUK")] == ["A-1", "A-2"]
    assert shop.look("orders?channel=RefArchEU") == []
    assert [row["exported"] for row in shop.look("orders?reference=A-1")] == ["2024-03-05T09:12:00"]


def test_a_reset_empties_the_warehouse_and_refills_its_shelves(shop: Shop) -> None:
    opening = shop.stock("RA-00001")["total"]
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    assert shop.session.post(f"{shop.url}/_sandbox/reset", timeout=30).status_code == 204
    assert shop.look("orders") == []
    assert shop.stock("RA-00001")["total"] == opening
    shop.order("A-1")
