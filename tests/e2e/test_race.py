"""Shoppers buy while stock is published: never more than there is, and in the end all of it."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.stack import PLENTY, Live, eventually

# Products that no other test buys or counts.
RACED = PLENTY[40:43]
OPENING, DELIVERY, DELIVERIES = 40, 15, 3
SHOPPERS = 4
# Deliveries come when so few of all are left, so that shoppers buy while they are published.
LOW = 60
SEED = 5
# Counts are old when they come: what is bought, handed over and exported meanwhile is not in them.
SLOW = {"kind": "delay_after", "method": "GET", "path": ".*inventory.xml.*", "seconds": 2.0}
STALE = {"rules": [SLOW], "seed": SEED, "pushes": {"delay": 3.0}}


@contextmanager
def dated(live: Live, position: str) -> Iterator[None]:
    """Have the storefront honor or ignore the moment that is written with a number."""
    live.shop("PUT", "switches", {"reset_date": position})
    try:
        yield
    finally:
        live.shop("PUT", "switches", {"reset_date": "honored"})


def shown(live: Live) -> dict[str, int]:
    """What the storefront has of the raced products for the next shopper."""
    records = live.shop("GET", "inventory")
    return {sku: int(records[sku]["ats"]) for sku in RACED if sku in records}


def left(live: Live) -> dict[str, int]:
    """What the warehouse has not promised to anybody; below zero it owes."""
    counts = live.house("GET", "stock")
    return {sku: sum(int(one["available"]) for one in counts[sku].values()) for sku in RACED}


def deliver(live: Live, units: dict[str, int]) -> None:
    """Put so many more units of each product on the warehouse's shelves."""
    changes = [{"sku": sku, "site": "MAIN", "delta": number} for sku, number in units.items()]
    live.house("POST", "stock", {"changes": changes})


def shopper(live: Live, seed: int, over: threading.Event) -> list[str]:
    """Buy what is shown until the day is over; return the orders that the storefront took."""
    chance, bought = random.Random(seed), list[str]()  # noqa: S311  a shopper's whim
    while not over.wait(chance.random() / 20):
        offered = sorted(sku for sku, units in shown(live).items() if units)
        if offered:
            numbers = live.place(seed=chance.randrange(10**6), skus=[chance.choice(offered)])
            bought += [number for number in numbers if number]
    return bought


def publisher(live: Live, over: threading.Event) -> int:
    """Have every count asked for again and again, so that there is always a publication under way."""
    rounds = 0
    while not over.wait(0.5):
        live.ring("tasks.inventory.sync", slot=f"race-{uuid.uuid4()}", skus=RACED)
        rounds += 1
    return rounds


def sold(live: Live, orders: list[str]) -> Counter[str]:
    """How many units the orders have of each product, as the bridge has read them."""
    query = "SELECT sku, sum(quantity) AS n FROM handover_line WHERE order_no = ANY(:orders) GROUP BY sku"
    rows = live.rows(query, orders=orders)
    return Counter({row["sku"]: int(row["n"]) for row in rows if row["sku"] in RACED})


def day(live: Live) -> list[str]:
    """Trade until all that was there and came is sold; return the orders."""
    over = threading.Event()
    with ThreadPoolExecutor(SHOPPERS + 1) as pool:
        shoppers = [pool.submit(shopper, live, SEED + number, over) for number in range(SHOPPERS)]
        publishing = pool.submit(publisher, live, over)
        try:
            for _ in range(DELIVERIES):
                eventually("goods are low", lambda: sum(shown(live).values()) <= LOW)
                deliver(live, dict.fromkeys(RACED, DELIVERY))
            # Not one unit is kept back for good, also not by a caution that nothing ends.
            eventually("all is sold", lambda: all(units <= 0 for units in left(live).values()))
        finally:
            over.set()
    assert publishing.result()
    return [number for one in shoppers for number in one.result()]


@pytest.mark.parametrize("position", ["honored", "ignored"])
def test_shoppers_during_publications_buy_all_that_is_there_and_not_one_unit_more(
    live: Live, position: str
) -> None:
    with dated(live, position):
        deliver(live, {sku: OPENING - units for sku, units in left(live).items()})
        eventually("the opening stock is shown", lambda: shown(live) == dict.fromkeys(RACED, OPENING))
        live.settle()
        since = live.now_in("sfcc")
        live.house("PUT", "faults", STALE)

        orders = day(live)
        live.settle()

        assert sold(live, orders) == dict.fromkeys(RACED, OPENING + DELIVERIES * DELIVERY)
        assert left(live) == dict.fromkeys(RACED, 0)
        writes = [e for e in live.journal("sfcc", since) if "/product_inventory_records/" in e["path"]]
        assert len(writes) > DELIVERIES * len(RACED)
