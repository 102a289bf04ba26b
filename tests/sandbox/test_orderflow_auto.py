import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sync.sandbox.orderflow.auto import Plan, plan_for
from sync.sandbox.serve import Running
from tests.sandbox.orderflow_shop import ORDER, Shop, item

FAST = 1000
ORDERS = 60


@pytest.fixture
def shop(sandbox: Running) -> Iterator[Shop]:
    shop = Shop(sandbox)
    yield shop
    work(shop, enabled=False)
    shop.close()


def work(shop: Shop, *, enabled: bool) -> None:
    answer = requests.put(f"{shop.url}/_sandbox/auto", json={"enabled": enabled, "speed": FAST}, timeout=30)
    assert answer.status_code == 200, answer.text


def until_idle(shop: Shop) -> dict[str, Any]:
    for _ in range(2000):
        counts: dict[str, Any] = shop.look("auto")
        if counts["open"] == 0:
            return counts
        threading.Event().wait(0.02)
    pytest.fail(f"still working: {counts}")


def outcome(row: dict[str, Any]) -> tuple[Any, ...]:
    shipments = [
        (shipment["state"], len(shipment["tracking"]), [line["quantity"] for line in shipment["lines"]])
        for shipment in row["shipments"]
    ]
    return row["reference"], row["state"], shipments, [line["returned"] for line in row["lines"]]


def day(shop: Shop) -> list[tuple[Any, ...]]:
    shop.insert(*[item(f"A-{number}") for number in range(ORDERS)])
    work(shop, enabled=True)
    until_idle(shop)
    return [outcome(row) for row in shop.look("orders")]


def test_a_plan_depends_on_seed_and_order_number_only() -> None:
    assert plan_for(1, "A-1") == plan_for(1, "A-1")
    assert plan_for(1, "A-1") != plan_for(2, "A-1")
    assert plan_for(1, "A-1") != plan_for(1, "A-2")


def test_plans_hold_every_kind_of_trouble_in_its_share() -> None:
    plans = [plan_for(1, f"order-{number}") for number in range(4000)]
    share: dict[str, float] = {
        "cancels": sum(plan.cancels for plan in plans) / len(plans),
        "splits": sum(plan.splits for plan in plans) / len(plans),
        "parcels": sum(plan.parcels == 2 for plan in plans) / len(plans),
        "returns": sum(bool(plan.returns) for plan in plans) / len(plans),
    }
    assert share == pytest.approx(
        {"cancels": 0.05, "splits": 0.1, "parcels": 0.05, "returns": 0.05}, abs=0.02
    )


def test_the_warehouse_works_on_every_order_by_its_plan(shop: Shop) -> None:
    rows = day(shop)
    assert len(rows) == ORDERS
    for reference, state, shipments, returned in rows:
        plan: Plan = plan_for(1, reference)
        assert state == ("cancelled" if plan.cancels else "despatched")
        if not plan.cancels:
            assert len(shipments) == (2 if plan.splits else 1)
            assert {parcels for _, parcels, _ in shipments} == {plan.parcels}
            assert sum(returned) == {"": 0, "part": 1, "all": 2}[plan.returns]
    assert Counter(state for _, state, _, _ in rows)["despatched"] > ORDERS / 2


def test_the_same_orders_end_the_same_way_again(shop: Shop) -> None:
    first = day(shop)
    work(shop, enabled=False)
    assert requests.post(f"{shop.url}/_sandbox/reset", timeout=30).status_code == 204
    assert day(shop) == first


def test_an_order_without_stock_waits_and_goes_on_when_stock_arrives(shop: Shop) -> None:
    reference = next(
        name
        for name in map(str, range(100))
        if plan_for(1, name).returns == "" and not plan_for(1, name).cancels
    )
    shop.lever("stock", {"sku": "RA-00001", "site": "MAIN", "total": 0})
    shop.order(reference, ORDER + "shipment.site=MAIN\n")
    work(shop, enabled=True)
    assert until_idle(shop)["waiting_for_stock"] == 1
    shop.lever("stock", {"sku": "RA-00001", "site": "MAIN", "total": 10})
    for _ in range(1000):
        if shop.look("auto")["finished"] == 1:
            break
        threading.Event().wait(0.02)
    assert shop.detail(reference).get("state") == "despatched"


def test_nothing_moves_while_it_is_switched_off(shop: Shop) -> None:
    shop.order("A-1")
    counts = shop.look("auto")
    assert (counts["enabled"], counts["open"], counts["finished"]) == (False, 1, 0)
    assert shop.detail("A-1").find(".//shipment").get("state") == "ready"


@pytest.mark.parametrize("body", [{"speed": 0}, {"speed": "fast"}, {"enabled": "yes"}, []])
def test_settings_that_make_no_sense_are_refused(shop: Shop, body: Any) -> None:
    assert requests.put(f"{shop.url}/_sandbox/auto", json=body, timeout=30).status_code == 400
