"""A backfill is killed with -9 in the middle: it goes on where it was, and hands over nothing twice."""

from datetime import UTC, datetime

import pytest

from tests.stack import SITE, Live, eventually

pytestmark = pytest.mark.faults

ORDERS = 24


def known(live: Live, numbers: list[str]) -> list[str]:
    """Those of the orders that the ledger has heard of."""
    return [number for number in numbers if live.messages(number)]


def test_a_killed_backfill_goes_on_and_hands_over_nothing_twice(live: Live) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    numbers = live.place(ORDERS, hooks=False)
    window = ("backfill", SITE, "--from", since)

    running = live.begin("sync.cli", *window, "--rate", "3")
    eventually("a part of the window in the ledger", lambda: known(live, numbers))
    running.kill()
    running.communicate()
    heard = known(live, numbers)
    again = live.operate(*window)

    assert 0 < len(heard) < ORDERS
    assert again["new"] == ORDERS - len(heard)
    # What was read before the last step is not read again.
    assert again["read"] < ORDERS
    eventually("every order exported", lambda: live.exported(numbers))
    live.settle()
    for number in numbers:
        keys = live.effects("orderflow", f"order:{SITE}:{number}")
        assert set(map(tuple, keys.values())) == {("applied",)}
        assert len(live.messages(number)) == 1
    live.no_effect_twice()
    third = live.operate(*window)
    assert third["new"] == 0
