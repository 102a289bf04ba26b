from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bench.oversell.agenda import Agenda
from bench.oversell.judge import Judge
from bench.oversell.market import Rules, day
from sync.sandbox.catalog import WAREHOUSES, catalog
from sync.sandbox.orderflow.ids import Ids
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.sfcc.stock import InventoryList

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SKU = "RA-00001"


def judge(total: int, shown: int) -> Judge:
    house = Warehouse("refarch", ["UK"], ["MAIN"], Ids(1))
    house.stock.open(SKU, {"MAIN": total})
    stock = InventoryList("refarch", on_order=True)
    stock.allocate(SKU, Decimal(shown), START, START)
    return Judge(house, stock, lambda: START)


def test_actions_happen_in_the_order_of_their_times() -> None:
    agenda, seen = Agenda(START), list[str]()
    agenda.after(timedelta(seconds=2), lambda: seen.append("second"))
    agenda.after(
        timedelta(seconds=1), lambda: agenda.after(timedelta(seconds=1), lambda: seen.append("third"))
    )
    agenda.every(timedelta(seconds=1), START + timedelta(seconds=2), lambda: seen.append("tick"))
    agenda.run(lambda: None)
    assert seen == ["tick", "tick", "second", "third", "tick"]
    assert agenda.now() == START + timedelta(seconds=2)


def test_the_same_rules_make_the_same_day_and_another_seed_another_one() -> None:
    rules = Rules(skus=5, baskets=4, takes=4, deliveries=4)
    assert day(rules, WAREHOUSES, catalog()) == day(rules, WAREHOUSES, catalog())
    assert day(rules, WAREHOUSES, catalog()) != day(Rules(skus=5, seed=8), WAREHOUSES, catalog())


def test_a_sale_beyond_what_is_there_is_oversold_by_the_difference() -> None:
    one = judge(total=3, shown=5)
    one.basket({SKU: 5}, bought=True)
    assert (one.oversold, one.sold, one.truth(SKU)) == (2, 5, -2)


def test_units_owed_already_are_not_counted_again() -> None:
    one = judge(total=1, shown=9)
    one.basket({SKU: 3}, bought=True)
    one.basket({SKU: 1}, bought=True)
    assert one.oversold == 3


def test_a_refusal_is_a_lost_sale_only_if_everything_was_there() -> None:
    one = judge(total=3, shown=0)
    one.basket({SKU: 4}, bought=False)
    assert one.lost == 0
    one.basket({SKU: 3}, bought=False)
    assert one.lost == 3


def test_what_another_channel_takes_of_promised_goods_is_oversold() -> None:
    one = judge(total=2, shown=2)
    one.basket({SKU: 2}, bought=True)
    one.house.stock.count(SKU, "MAIN", {"total": 1})
    one.moved(SKU, -1)
    assert (one.oversold, one.taken) == (1, 1)


def test_a_wrong_number_is_measured_until_it_is_right() -> None:
    one, moments = judge(total=2, shown=5), iter([START, START + timedelta(seconds=7)])
    one.clock = lambda: next(moments)
    one.watch(SKU)
    one.stock.allocate(SKU, Decimal(2), START, START)
    one.look()
    assert one.lags == [timedelta(seconds=7)]
    assert one.still_wrong() == []
