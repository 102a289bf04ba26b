"""The laboratory's day in small: what it proves of the bridge must hold for any seed."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.oversell.market import Rules, day
from bench.oversell.trade import BRIDGE, COMMON, Result, trade
from sync.embedded import Servers
from sync.sandbox.catalog import WAREHOUSES, catalog

RULES = Rules(seed=1, hours=0.5, skus=12, opening=12, baskets=30, takes=60, deliveries=6)


@pytest.fixture(scope="module")
def results(servers: Servers) -> list[Result]:
    start, length = datetime.now(UTC).replace(microsecond=0), timedelta(hours=RULES.hours)
    trading = day(RULES, WAREHOUSES, catalog())
    return [trade(way, trading, length, servers, start, lambda: None) for way in (COMMON, BRIDGE)]


def test_every_way_meets_the_same_demand(results: list[Result]) -> None:
    assert len({result.judge.wanted for result in results}) == 1
    assert all(result.judge.sold for result in results)


def test_the_bridge_oversells_less_than_the_common_practice(results: list[Result]) -> None:
    common, bridge = results
    assert common.judge.oversold > bridge.judge.oversold


def test_when_all_is_quiet_the_storefront_shows_the_truth(results: list[Result]) -> None:
    assert [result.wrong for result in results] == [[], []]
