"""The steps of an amendment on the sandbox: each may be the last of its process, or come too late."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.core.errors import Retryable
from sync.core.inventory import Count, contained
from sync.core.orders import WarehouseOrder, warehouse_orders
from tests.integration.flows.test_amendment import (
    ELSEWHERE,
    FURTHER,
    SITE,
    addresses,
    amended,
    settled,
)

Crash = Callable[[Any, pytest.MonkeyPatch], None]


def lost(*_: Any, **__: Any) -> Any:
    raise Retryable("bridge.fault", "the process died here")


def before_it_is_noted_as_free(house: Any, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(house.bridge.orders_store, "free", lost)


def before_the_import(house: Any, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(house.bridge.warehouse, "import_orders", lost)


def before_the_import_is_recorded(house: Any, patch: pytest.MonkeyPatch) -> None:
    real = house.bridge.warehouse.import_orders

    def imported(*arguments: Any) -> Any:
        real(*arguments)
        lost()

    patch.setattr(house.bridge.warehouse, "import_orders", imported)


CRASHES = pytest.mark.parametrize(
    "crash", [before_it_is_noted_as_free, before_the_import, before_the_import_is_recorded]
)


def interrupted(house: Any, number: str, crash: Crash) -> None:
    """Begin an amendment that ends where the crash says; then nothing is in the way any more."""
    house.edit(number, **ELSEWHERE)
    house.news(number)
    (message,) = house.bridge.ledger.claim(["order.changed"], limit=1, lease=0)
    with pytest.MonkeyPatch.context() as patch:
        crash(house, patch)
        with pytest.raises(Retryable):
            house.bridge.amendments.deliver(message)


@CRASHES
def test_an_interrupted_amendment_ends_in_exactly_one_order(house: Any, crash: Crash) -> None:
    number = house.handed_over()

    interrupted(house, number, crash)
    house.work()

    assert addresses(house, number) == ["1 Other Street"]
    assert len(house.stored(number)) == 2
    settled(house, number)


@CRASHES
def test_an_order_changed_again_after_the_interruption_goes_where_it_was_changed_to_last(
    house: Any, crash: Crash
) -> None:
    number = house.handed_over()

    interrupted(house, number, crash)
    house.edit(number, **FURTHER)
    house.work()

    assert addresses(house, number) == ["2 Third Road"]
    settled(house, number)


@CRASHES
def test_an_order_canceled_after_the_interruption_is_nowhere(house: Any, crash: Crash) -> None:
    number = house.handed_over()

    interrupted(house, number, crash)
    house.shop("POST", f"orders/{number}/cancel")
    house.work()
    house.news(number, "order.cancelled")
    house.work()

    assert house.alive(number) == []
    assert house.order(number)["status"] == "cancelled"
    assert house.conflicts(number) == []


@CRASHES
def test_what_the_warehouse_says_of_the_former_order_meanwhile_is_not_said_of_the_new_one(
    house: Any, crash: Crash
) -> None:
    number = house.handed_over()

    interrupted(house, number, crash)
    for reference in (number, house.stored(number)[0]["reference"]):
        event = f'<event><detail><order externalReference="{reference}" state="cancelled"/></detail></event>'
        house.said(event, reference)
    house.join()
    house.tell()
    house.work()

    assert house.order(number)["status"] == "new"
    assert house.dead() == []
    settled(house, number)


def parts_of(house: Any, number: str) -> list[WarehouseOrder]:
    site = house.bridge.settings.sites[SITE]
    order = house.bridge.storefront.order(site, number)
    return warehouse_orders(order, site, house.bridge.orders_store.reserve(order, site))


def test_a_late_copy_of_the_first_import_does_not_resurrect_the_old_order(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = house.handed_over()
    site = house.bridge.settings.sites[SITE]
    former = parts_of(house, number)
    free = house.bridge.orders_store.free

    def overtaken(*arguments: Any, **named: Any) -> datetime:
        stamp: datetime = free(*arguments, **named)
        house.bridge.warehouse.import_orders(site, SITE, former)
        return stamp

    monkeypatch.setattr(house.bridge.orders_store, "free", overtaken)
    amended(house, number, **ELSEWHERE)

    assert addresses(house, number) == ["1 Other Street"]
    settled(house, number)


def test_a_second_attempt_that_has_begun_stops_the_first(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number = house.handed_over()
    site = house.bridge.settings.sites[SITE]
    cancel = house.bridge.warehouse.cancel

    def slow(*arguments: Any, **named: Any) -> Any:
        result = cancel(*arguments, **named)
        house.bridge.orders_store.amending(site, number, datetime.now(UTC))
        return result

    house.edit(number, **ELSEWHERE)
    house.news(number)
    (message,) = house.bridge.ledger.claim(["order.changed"], limit=1, lease=0)
    monkeypatch.setattr(house.bridge.warehouse, "cancel", slow)
    with pytest.raises(Retryable, match="another attempt"):
        house.bridge.amendments.deliver(message)
    monkeypatch.undo()
    house.work()

    assert addresses(house, number) == ["1 Other Street"]
    settled(house, number)


def test_a_refusal_of_the_second_import_is_a_dead_letter_that_can_go_after_the_cure(house: Any) -> None:
    number = house.handed_over()
    refusal = (
        f'<importResult><importFailures><import externalReference="{number}">'
        "<failureMessage>No such place</failureMessage></import></importFailures></importResult>"
    )
    rule = {"kind": "status", "path": "importitems", "status": 200, "body": refusal}
    house.yard("PUT", "faults", {"rules": [rule]})
    amended(house, number, **ELSEWHERE)
    assert house.dead() == [(number, "warehouse.refused")]
    assert house.alive(number) == []

    house.yard("DELETE", "faults")
    house.bridge.letters.requeue(
        [row["id"] for row in house.rows("SELECT id FROM message WHERE state='dead'")]
    )
    house.work()

    settled(house, number)


def test_a_dead_amendment_never_brings_back_an_order_that_was_canceled_since(house: Any) -> None:
    number = house.handed_over()
    interrupted(house, number, before_the_import)
    with house.bridge.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE message SET state = 'dead' WHERE state = 'working'")
    house.news(number, "order.cancel_requested")
    house.amend()
    assert house.order(number)["status"] == "new"

    house.bridge.letters.requeue(
        [row["id"] for row in house.rows("SELECT id FROM message WHERE state='dead'")]
    )
    house.amend()

    assert house.alive(number) == []


def test_goods_of_the_former_order_that_left_all_the_same_are_a_conflict(house: Any) -> None:
    number = house.handed_over()
    amended(house, number, **ELSEWHERE)
    former = house.stored(number)[0]["reference"]
    despatch = (
        f"<shipment><reference>{number}-1</reference><orderReference>{former}</orderReference>"
        f"<originatingOrderReference>{number}</originatingOrderReference><state>despatched</state></shipment>"
    )

    house.said(despatch, number)
    house.work()

    ((field, detail),) = house.conflicts(number)
    assert field == "shipment.stage"
    assert f"{number}-1 left under the former order" in detail
    assert house.order(number)["status"] == "new"


def test_an_amended_order_is_demand_again_until_a_count_contains_it(house: Any) -> None:
    number = house.handed_over()
    site = house.bridge.settings.sites[SITE]

    def unseen() -> bool:
        now = datetime.now(UTC)
        skus = {line["sku"] for line in house.stored(number)[0]["lines"]}
        found = house.bridge.stock_store.positions(site.stock.inventory_list, site.organisation, skus)
        count = Count(
            organisation=site.organisation, sku="x", warehouse="MAIN", available=1, sequence=1, as_of=now
        )
        return not any(contained(one, [count], site.stock) for _, _, demand, _ in found for one in demand)

    (before,) = house.rows("SELECT stamp FROM handover")
    with house.bridge.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE handover SET accepted_at = accepted_at - interval '1 hour'")
    assert not unseen()
    interrupted(house, number, before_the_import)
    assert unseen()
    house.work()
    assert unseen()
    (after,) = house.rows("SELECT stamp FROM handover")
    assert after["stamp"] > before["stamp"]
    assert house.alive(number)[0]["exported"] == after["stamp"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
