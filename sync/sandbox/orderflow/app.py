"""The Orderflow remote: the warehouse with its doors put together."""

import asyncio
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount

from sync.sandbox.catalog import opening_stock
from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, SandboxOptions
from sync.sandbox.orderflow.auto import AutoWarehouse
from sync.sandbox.orderflow.control import Control
from sync.sandbox.orderflow.gate import Gate, page
from sync.sandbox.orderflow.ids import Ids
from sync.sandbox.orderflow.importer import Importer
from sync.sandbox.orderflow.order_routes import OrderRoutes
from sync.sandbox.orderflow.problems import Page
from sync.sandbox.orderflow.pushes import Pushes
from sync.sandbox.orderflow.stock_routes import StockRoutes
from sync.sandbox.orderflow.switches import orderflow_switches
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.remote import remote_app
from sync.sandbox.world import World

USER, PASSWORD = "sandbox", "sandbox"
BASE = "/web"
# A full batch of long orders.
MAX_BODY = 20 * 1024 * 1024


class Workers:
    """What the warehouse does by itself: it delivers its messages and, if told so, works on its orders."""

    def __init__(self, *workers: Background) -> None:
        self._workers = workers

    async def run(self) -> None:
        """Work until canceled."""
        async with asyncio.TaskGroup() as group:
            for worker in self._workers:
                group.create_task(worker.run())


def build(
    options: SandboxOptions, journal: Journal, faults: Faults, world: World
) -> tuple[Starlette, Background]:
    """Return the application, with the opening stock on its shelves, and what it does by itself."""
    switches = orderflow_switches()
    house = _warehouse(world)
    pushes = Pushes(house, switches, faults, options)
    auto = AutoWarehouse(house, seed=options.seed, enabled=options.auto, speed=options.auto_speed)
    gate = Gate(house, switches, USER, PASSWORD)
    parts = (house, Importer(house, switches), gate, switches, journal)
    operations: list[BaseRoute] = [*OrderRoutes(*parts).routes(), *StockRoutes(*parts).routes()]

    def reset() -> None:
        auto.clear()
        pushes.clear()
        house.clear()
        _fill(house, world)

    app = remote_app(
        "orderflow",
        [Mount(BASE, routes=operations), *operations],
        journal=journal,
        faults=faults,
        control=Control(house, pushes, auto).routes(),
        switches=switches,
        reset=reset,
        exception_handlers={HTTPException: page, Page: page},
        max_body=MAX_BODY,
    )
    app.state.house = house
    app.state.switches = switches
    return app, Workers(pushes, auto)


def _warehouse(world: World) -> Warehouse:
    house = Warehouse(
        world.organisation,
        (site.channel for site in world.sites.values()),
        world.warehouses,
        Ids.since_now(),
        lambda: world.now().replace(microsecond=0),
    )
    _fill(house, world)
    return house


def _fill(house: Warehouse, world: World) -> None:
    for sku, totals in _opening(tuple(world.catalog.skus()), world.warehouses):
        house.stock.open(sku, totals)


@cache
def _opening(skus: tuple[str, ...], sites: tuple[str, ...]) -> list[tuple[str, dict[str, int]]]:
    return [(sku, {site: opening_stock(sku, site) for site in sites}) for sku in skus]
