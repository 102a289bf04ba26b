"""Orders of two references of which only one arrived, with the answer lost: no part of them is forgotten."""

from typing import Any

import pytest

from sync.core.orders import warehouse_orders
from sync.core.postings import order_status
from tests.integration.flows.conftest import PLENTY

SITE = "RefArchUK"
TWO = 2
UNKNOWN = "NO-SUCH-PRODUCT"


@pytest.fixture
def number(house: Any) -> str:
    """An order whose first reference is in the warehouse, without anybody having been told so."""
    (number,) = house.place(seed=TWO)
    rename_second(house, number, UNKNOWN)
    house.yard("PUT", "faults", {"rules": [{"kind": "cut_after", "path": "importitems", "times": 1}]})
    house.hear(number)
    bridge = house.bridge
    for group in bridge.orders.deliver(bridge.ledger.claim(["order.placed"], limit=1, lease=60)):
        bridge.ledger.settle(list(group))
    house.yard("DELETE", "faults")
    assert (len(house.alive(number)), house.stored(f"{number}-S2")) == (1, [])
    return str(number)


def rename_second(house: Any, number: str, sku: str) -> None:
    """Change the product of the second shipment's lines."""
    order = house.bridge.storefront.order(house.bridge.settings.sites[SITE], number)
    first = order.shipments[0].shipment_id
    change = [{} if line.shipment_id == first else {"productId": sku} for line in order.lines]
    house.edit(number, productItems=change)


def cancel(house: Any, number: str) -> None:
    house.shop("POST", f"orders/{number}/cancel")
    house.news(number, "order.cancelled")


def external(house: Any, number: str) -> tuple[str, str]:
    row = house.order(number)
    return row["status"], row["externalOrderStatus"]


def test_the_part_that_arrived_of_a_canceled_order_is_canceled(house: Any, number: str) -> None:
    cancel(house, number)
    house.work()

    assert house.alive(number) == house.alive(f"{number}-S2") == []
    assert external(house, number) == ("cancelled", "cancelled")
    assert (house.conflicts(number), house.dead()) == ([], [])
    house.nothing_twice()


def test_the_part_that_arrived_is_canceled_also_without_a_word_of_the_cancellation(
    house: Any, number: str
) -> None:
    house.shop("POST", f"orders/{number}/cancel")
    house.work()
    assert house.alive(number) == []


def test_the_part_that_arrived_of_a_given_up_order_is_canceled(house: Any, number: str) -> None:
    with house.bridge.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE message SET state = 'dead', error_code = 'attempts.exhausted'")
    cancel(house, number)
    house.work()
    assert house.alive(number) == []
    assert external(house, number) == ("cancelled", "cancelled")


def test_a_part_that_is_packed_already_is_a_conflict_and_the_storefront_takes_its_word_back(
    house: Any, number: str
) -> None:
    house.move(number, "pick", "pack")
    cancel(house, number)
    house.work()

    assert len(house.alive(number)) == 1
    assert "order.cancellation" in [field for field, _ in house.conflicts(number)]
    assert house.order(number)["status"] == "new"


def test_a_cancellation_that_is_asked_for_waits_for_the_warehouse_to_cancel_the_part(
    house: Any, number: str
) -> None:
    house.news(number, "order.cancel_requested")
    house.hand_over()
    house.amend()
    assert (house.alive(number), house.order(number)["status"]) == ([], "new")

    house.work()
    assert external(house, number) == ("cancelled", "cancelled")


def test_when_the_part_cannot_be_canceled_the_rest_goes_on(house: Any, number: str) -> None:
    house.move(number, "pick", "pack")
    house.news(number, "order.cancel_requested")
    rename_second(house, number, PLENTY[0])
    house.work()

    assert (len(house.alive(number)), len(house.alive(f"{number}-S2"))) == (1, 1)
    assert house.order(number)["status"] == "new"
    assert [field for field, _ in house.conflicts(number)] == ["order.cancellation"]


def test_a_part_that_came_late_is_canceled_as_the_first_was(house: Any, number: str) -> None:
    cancel(house, number)
    house.hand_over()
    # The second one was still on its way when the first was found.
    late_import(house, number)
    house.work()
    assert len(house.stored(f"{number}-S2")) == 1
    assert house.alive(number) == house.alive(f"{number}-S2") == []


def late_import(house: Any, number: str) -> None:
    site = house.bridge.settings.sites[SITE]
    order = house.bridge.storefront.order(site, number)
    _, second = warehouse_orders(order, site, house.bridge.letters.stamps(SITE, number))
    house.yard("PUT", "switches", {"unknown_sku": "accept"})
    house.bridge.warehouse.import_orders(site, SITE, [second])
    house.yard("PUT", "switches", {"unknown_sku": "fail"})


def uncancel(house: Any, number: str) -> None:
    """Somebody in the storefront takes the cancellation back."""
    house.bridge.storefront.post(house.bridge.settings.sites[SITE], number, order_status("new"))
    house.news(number, event="back")


def test_a_cancellation_that_is_taken_back_after_the_part_was_canceled_is_a_conflict_and_put_back(
    house: Any, number: str
) -> None:
    cancel(house, number)
    house.work()
    assert house.alive(number) == []

    uncancel(house, number)
    house.work()

    assert house.alive(number) == house.alive(f"{number}-S2") == []
    told = {one.field: (one.storefront, one.warehouse) for one in house.disputed(number)}
    assert told["shipment.stage"] == ("order_status new", "order_status cancelled")
    # Of the other part it is said that the warehouse never had it.
    assert f"{number}-S2" in told["order.lines"][0]
    assert f"{number}-S2" not in told["order.lines"][1]
    assert house.order(number)["status"] == "cancelled"
    assert house.dead() == []


def test_a_cancellation_that_is_taken_back_before_anybody_looked_costs_nothing(
    house: Any, number: str
) -> None:
    house.shop("POST", f"orders/{number}/cancel")
    rename_second(house, number, PLENTY[0])
    uncancel(house, number)
    house.work()

    assert (len(house.alive(number)), len(house.alive(f"{number}-S2"))) == (1, 1)
    assert (house.conflicts(number), house.order(number)["status"]) == ([], "new")
    house.nothing_twice()
