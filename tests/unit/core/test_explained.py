from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync.core.inventory import (
    Count,
    Demand,
    Matter,
    Position,
    Published,
    Refusal,
    StockPolicy,
    explanation,
)

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = StockPolicy(inventory_list="list", warehouses=("MAIN",))
GIVEN = Published(allocation=10, started_at=T0, finished_at=T0)
COUNT = Count(organisation="o", sku="A", warehouse="MAIN", available=10, sequence=1, as_of=T0)
NOTHING = Position(sku="A", counts=(), demand=(), not_taken=(), published=None, refusal=None)
ROUTINE = replace(NOTHING, counts=(COUNT,), published=GIVEN)


def sold(number: str, units: int, *, accepted: int | None = None, exported: int | None = None) -> Demand:
    def at(seconds: int | None) -> datetime | None:
        return None if seconds is None else T0 + timedelta(seconds=seconds)

    return Demand(
        order_no=number, sku="A", quantity=units, stamp=T0, accepted_at=at(accepted), exported_at=at(exported)
    )


def test_what_the_storefront_still_subtracts_is_told_order_by_order() -> None:
    position = replace(
        ROUTINE,
        not_taken=[sold("1", 1)],
        demand=[
            sold("2", 2, accepted=-60),
            sold("3", 3, accepted=-60, exported=5),
            sold("4", 4, accepted=-60, exported=-5),
            replace(sold("5", 5, accepted=-60), own=False),
        ],
    )
    told = explanation(POLICY, position, T0)
    assert told.still == [
        ("order 1, not handed over yet", -1),
        ("order 2, not known to be exported", -2),
        ("order 3, exported since the last write", -3),
    ]
    assert told.shown == 4


@pytest.mark.parametrize(
    ("position", "writes", "why"),
    [
        (ROUTINE, False, "nothing differs"),
        (replace(ROUTINE, published=None), True, "never written"),
        (replace(ROUTINE, published=replace(GIVEN, allocation=7)), True, "7 was written, 10 is right now"),
        (
            replace(ROUTINE, demand=[sold("8", 1, accepted=-60, exported=5)]),
            True,
            "export of order 8 was learned of",
        ),
        (replace(NOTHING, published=GIVEN), False, "not counted yet in MAIN"),
    ],
)
def test_why_the_next_publication_writes_it_or_not(position: Position, *, writes: bool, why: str) -> None:
    told = explanation(POLICY, position, T0)
    assert told.writes is writes
    assert why in told.why


def test_a_refused_sku_rests_until_it_is_due_again() -> None:
    refusal = Refusal(
        inventory_list="list",
        sku="A",
        code="storefront.refused",
        detail="no such product",
        remote_status=400,
        times=2,
        since=T0,
        next_at=T0 + timedelta(minutes=5),
    )
    position = replace(ROUTINE, published=None, refusal=refusal)
    resting = explanation(POLICY, position, T0)
    assert not resting.writes
    assert "no such product" in resting.why
    assert "2026-03-01 12:05:00" in resting.why
    assert explanation(POLICY, position, T0 + timedelta(minutes=5)).writes


def test_what_is_out_of_the_ordinary_is_found() -> None:
    policy = replace(POLICY, warehouses=("MAIN", "NORTH"), renamed={"HAUPT": "MAIN"})
    counts = [
        replace(COUNT, warehouse="HAUPT", available=-4, missed=2),
        replace(COUNT, warehouse="MOON"),
    ]
    told = explanation(policy, replace(ROUTINE, counts=counts), T0)
    assert {one.matter: one.detail for one in told.findings} == {
        Matter.NEGATIVE: "-4 by the sum, offered as 0",
        Matter.UNCOUNTED: "in NORTH: nothing is published",
        Matter.DISAPPEARED: "MAIN: 2 full pulls in a row did not tell of it (keep)",
        Matter.RENAMED: "HAUPT is taken as MAIN",
        Matter.STRANGE: "MOON is no site's warehouse: its count is ignored",
    }
    assert explanation(POLICY, ROUTINE, T0).findings == []


def test_a_sku_of_which_nothing_is_known_is_unknown() -> None:
    assert not NOTHING.known
    assert replace(NOTHING, not_taken=[sold("1", 1)]).known
