from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.sandbox.orderflow import movements
from sync.sandbox.orderflow.ids import Ids
from sync.sandbox.orderflow.model import Order, OrderLine, Shipment
from sync.sandbox.orderflow.returns import everything, receive
from sync.sandbox.orderflow.states import LineState, OrderState, ShipmentState
from sync.sandbox.orderflow.stock import StockRecord
from sync.sandbox.orderflow.warehouse import Refused, Warehouse

NOW = datetime(2024, 3, 6, 14, 2, 10, tzinfo=UTC)


def warehouse(**totals: int) -> Warehouse:
    house = Warehouse("refarch", ["web"], ["MAIN", "NORTH"], Ids(1), lambda: NOW)
    for sku, total in (totals or {"RED": 10, "BLUE": 10}).items():
        house.stock.open(sku, {"MAIN": total, "NORTH": 0})
    return house


def booked(house: Warehouse, *lines: tuple[str, int]) -> tuple[Order, Shipment]:
    order_lines = [OrderLine(sku, quantity, number) for number, (sku, quantity) in enumerate(lines, start=1)]
    shipment = Shipment(house.ids.next(), "A-1", 1, "MAIN", NOW, order_lines)
    order = Order(house.ids.next(), "web", "A", "A", NOW, [shipment])
    house.book(order)
    return order, shipment


def numbers(house: Warehouse, sku: str = "RED") -> tuple[int, int, int, int]:
    record = house.stock.record(sku, "MAIN")
    return record.total, record.required, record.allocated, record.available


def test_an_order_raises_demand_and_lowers_what_is_available() -> None:
    house = warehouse()
    booked(house, ("RED", 3))
    assert numbers(house) == (10, 3, 0, 7)


def test_allocation_reserves_units_and_leaves_available_alone() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    movements.advance(house, order, shipment, ShipmentState.PICKABLE)
    assert numbers(house) == (10, 3, 3, 7)


def test_a_despatch_takes_units_and_their_demand_together() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    movements.despatch(house, order, shipment, parcels=2)
    assert numbers(house) == (7, 0, 0, 7)
    assert (order.state, shipment.completed, len(shipment.tracking)) == (OrderState.DESPATCHED, NOW, 2)


def test_a_cancel_gives_demand_and_reserved_units_back() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    movements.advance(house, order, shipment, ShipmentState.PACKED)
    movements.cancel_order(house, order)
    assert numbers(house) == (10, 0, 0, 10)
    assert order.state is OrderState.CANCELLED


def test_a_return_raises_stock_and_leaves_the_order_as_it_is() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    movements.despatch(house, order, shipment)
    receive(house, order, everything(order))
    assert numbers(house) == (10, 0, 0, 10)
    assert order.state is OrderState.DESPATCHED


def test_more_than_has_left_cannot_come_back() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    movements.despatch(house, order, shipment)
    receive(house, order, everything(order))
    with pytest.raises(Refused):
        receive(house, order, everything(order))


def test_demand_beyond_stock_makes_available_negative_and_the_shipment_wait() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 12), ("BLUE", 1))
    with pytest.raises(Refused, match="RED"):
        movements.advance(house, order, shipment, ShipmentState.PACKABLE)
    assert numbers(house) == (10, 12, 0, -2)
    assert numbers(house, "BLUE") == (10, 1, 0, 9)
    assert shipment.state is ShipmentState.OUT_OF_STOCK
    house.stock.count("RED", "MAIN", {"total": 12})
    movements.advance(house, order, shipment, ShipmentState.PACKABLE)
    assert shipment.lines[0].state is LineState.PICKED


def test_damaged_units_are_on_hand_but_not_available() -> None:
    house = warehouse()
    house.stock.count("RED", "MAIN", {"damaged": 2, "frozen": 1})
    assert numbers(house) == (10, 0, 0, 7)


def test_a_split_moves_units_to_a_new_shipment_that_starts_again() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3), ("BLUE", 1))
    movements.advance(house, order, shipment, ShipmentState.PACKED)
    new = movements.split(house, order, shipment, {"RED": 1, "BLUE": 1})
    assert [(line.sku, line.quantity) for line in shipment.lines] == [("RED", 2)]
    assert [(line.sku, line.quantity, line.state) for line in new.lines] == [
        ("RED", 1, LineState.CREATED),
        ("BLUE", 1, LineState.CREATED),
    ]
    assert (new.reference, new.sequence, new.state) == ("A-2", 2, ShipmentState.READY)
    assert numbers(house) == (10, 3, 2, 7)


def test_an_order_is_despatched_only_when_its_last_shipment_has_left() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    new = movements.split(house, order, shipment, {"RED": 1})
    movements.despatch(house, order, shipment)
    states = [order.state]
    movements.despatch(house, order, new)
    assert [*states, order.state] == [OrderState.VALIDATED, OrderState.DESPATCHED]


def test_giving_up_the_rest_of_a_partly_despatched_order_ends_it_as_despatched() -> None:
    house = warehouse()
    told: list[str] = []
    house.on_event.append(lambda event: told.append(event.kind))
    order, shipment = booked(house, ("RED", 3))
    new = movements.split(house, order, shipment, {"RED": 1})
    movements.despatch(house, order, shipment)
    movements.cancel_shipment(house, order, new)
    assert order.state is OrderState.DESPATCHED
    assert told[-1] == "shipment_cancelled"


@pytest.mark.parametrize("quantities", [{"RED": 3}, {"RED": 4}, {"PINK": 1}, {}])
def test_a_split_must_move_some_units_it_has_and_leave_some(quantities: dict[str, int]) -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    with pytest.raises(Refused):
        movements.split(house, order, shipment, quantities)
    assert len(order.shipments) == 1


def test_a_shipment_does_not_go_backwards() -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", 3))
    movements.despatch(house, order, shipment)
    for milestone in (ShipmentState.PACKABLE, ShipmentState.PACKED):
        with pytest.raises(Refused):
            movements.advance(house, order, shipment, milestone)
    with pytest.raises(Refused):
        movements.despatch(house, order, shipment)


def test_every_change_makes_a_newer_record_and_is_told_once() -> None:
    house = warehouse()
    seen: list[int] = []
    remember: Callable[[StockRecord], None] = lambda record: seen.append(record.inventory_id)  # noqa: E731
    house.on_stock.append(remember)
    order, shipment = booked(house, ("RED", 3))
    movements.despatch(house, order, shipment)
    assert len(seen) == 3
    assert seen == sorted(set(seen))


def test_lines_go_to_the_one_warehouse_that_has_all_of_them() -> None:
    house = warehouse(RED=10, BLUE=10)
    house.stock.count("RED", "NORTH", {"total": 50})
    house.stock.count("BLUE", "NORTH", {"total": 50})
    lines = [OrderLine("RED", 1), OrderLine("BLUE", 1)]
    assert house.place(lines, "", split=True) == [("NORTH", lines)]


def test_lines_that_no_warehouse_has_together_are_split_if_allowed() -> None:
    house = warehouse(RED=10, BLUE=0)
    house.stock.count("BLUE", "NORTH", {"total": 5})
    red, blue = OrderLine("RED", 1), OrderLine("BLUE", 1)
    assert house.place([red, blue], "", split=True) == [("MAIN", [red]), ("NORTH", [blue])]
    assert len(house.place([red, blue], "", split=False)) == 1


STEPS = st.lists(
    st.sampled_from(["pick", "pack", "despatch", "split", "cancel", "return", "count"]), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, quantity=st.integers(1, 12))
def test_the_books_balance_whatever_people_do(steps: list[str], quantity: int) -> None:
    house = warehouse()
    order, shipment = booked(house, ("RED", quantity), ("BLUE", 2))
    doings: dict[str, Callable[[], object]] = {
        "pick": lambda: movements.advance(house, order, shipment, ShipmentState.PACKABLE),
        "pack": lambda: movements.advance(house, order, shipment, ShipmentState.PACKED),
        "despatch": lambda: movements.despatch(house, order, order.shipments[-1]),
        "split": lambda: movements.split(house, order, shipment, {"BLUE": 1}),
        "cancel": lambda: movements.cancel_shipment(house, order, order.shipments[-1]),
        "return": lambda: receive(house, order, everything(order)[:1]),
        "count": lambda: house.stock.count("RED", "MAIN", {"total": 30}),
    }
    for step in steps:
        try:
            doings[step]()
        except Refused:
            continue
    for sku in ("RED", "BLUE"):
        owed = sum(
            line.quantity for open_one in order.open_shipments for line in open_one.lines if line.sku == sku
        )
        record = house.stock.record(sku, "MAIN")
        assert record.required == owed
        assert 0 <= record.allocated <= owed
        assert record.total >= record.allocated
