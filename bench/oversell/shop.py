"""The two remotes on simulated time, served over real sockets, with the day's products on their shelves."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from queue import Queue
from typing import Any

import requests

from bench.oversell.market import Basket, Day, Movement
from sync.cli.stack import Ports
from sync.sandbox.chance import Chance
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.serve import Built, Running, SandboxOptions, build, run
from sync.sandbox.sfcc.answers import dumps
from sync.sandbox.sfcc.book import OrderBook
from sync.sandbox.sfcc.samples import Shopper
from sync.sandbox.sfcc.stock import InventoryList
from sync.sandbox.switches import Switches
from sync.sandbox.world import World

STARTED_SECONDS = 60


@dataclass(frozen=True)
class Shop:
    """Both remotes, their inside, and where they listen."""

    world: World
    built: Built
    ports: Ports

    @property
    def house(self) -> Warehouse:
        """The warehouse."""
        house: Warehouse = self.built.apps["orderflow"].state.house
        return house

    @property
    def book(self) -> OrderBook:
        """The storefront's orders."""
        book: OrderBook = self.built.apps["sfcc"].state.book
        return book

    @property
    def stock(self) -> InventoryList:
        """What the storefront shows."""
        return self.book.stock[self.book.default_list]

    @property
    def switches(self) -> Switches:
        """How the warehouse writes its messages."""
        switches: Switches = self.built.apps["orderflow"].state.switches
        return switches

    def fill(self, day: Day) -> None:
        """Put the day's products on the shelves and nothing else; what sells beside them never runs out."""
        self.house.clear()
        totals: dict[str, dict[str, int]] = {
            option.sku: dict.fromkeys(self.house.sites, 1_000_000) for option in self.world.catalog.options
        }
        for movement in day.opening:
            totals.setdefault(movement.sku, {})[movement.warehouse] = movement.units
        for sku, counts in totals.items():
            self.house.stock.open(sku, counts)

    def document(self, basket: Basket, popular: Sequence[str]) -> dict[str, Any]:
        """Return what the shopper wants, whether it is there or not."""
        chance = Chance(basket.seed)
        site = chance.choice(list(self.world.sites.values()))
        shopper = Shopper(chance, site, self.world.catalog, lambda _sku, _units: True)
        return shopper.order(list(popular), self.stock.name)

    def units(self, document: dict[str, Any]) -> Mapping[str, int]:
        """Return SKU → units that the storefront takes off sale for an order."""
        demand = self.book.demand(document).get(self.stock.name, {})
        return {sku: int(units) for sku, units in demand.items()}

    def place(self, document: dict[str, Any]) -> str | None:
        """Buy; return the order number, None when the storefront has not enough."""
        answer = requests.post(
            f"{self.ports.sfcc_url}/_sandbox/orders", data=dumps(document).encode(), timeout=60
        )
        answer.raise_for_status()
        number: str | None = answer.json()["orders"][0]["orderNo"]
        return number

    def move(self, movement: Movement) -> int:
        """Let another channel take what is for sale, or a delivery come in; return the units moved."""
        record = self.house.stock.record(movement.sku, movement.warehouse)
        # What one warehouse owes, another has promised: it is not for sale in any channel.
        free = min(record.available, sum(one.available for one in self.house.stock.of(movement.sku)))
        units = max(movement.units, -max(0, free))
        if units:
            self.house.stock.count(movement.sku, movement.warehouse, {"total": record.total + units})
        return units

    def calls(self) -> Counter[str]:
        """Return what was asked of the remotes about stock; a batch is one call and writes many SKUs."""
        storefront = self.built.apps["sfcc"].state.journal.entries()
        warehouse = self.built.apps["orderflow"].state.journal.entries()
        batches = [entry for entry in storefront if entry.route.endswith("/dw/batch")]
        records = [entry for entry in storefront if "/product_inventory_records/" in entry.path]
        reads = [entry for entry in warehouse if entry.effect == "read" and "inventory" in entry.path]
        return Counter(
            {"SFCC calls": len(batches), "SKUs written": len(records), "Orderflow reads": len(reads)}
        )


@contextmanager
def opened(day: Day, clock: Callable[[], datetime]) -> Iterator[Shop]:
    """Serve both remotes on simulated time until the block ends."""
    world = World(now=clock)
    options = SandboxOptions(sfcc_port=0, orderflow_port=0, crm_port=0)
    built, box = build(options, world), Queue[Running]()
    thread = threading.Thread(target=run, args=(options, box.put, built), daemon=True)
    thread.start()
    running = box.get(timeout=STARTED_SECONDS)
    urls = (running.sfcc_url, running.orderflow_url, running.crm_url)
    shop = Shop(world, built, Ports(1, *(int(url.rpartition(":")[2]) for url in urls)))
    shop.fill(day)
    try:
        yield shop
    finally:
        running.stop()
        thread.join(STARTED_SECONDS)
