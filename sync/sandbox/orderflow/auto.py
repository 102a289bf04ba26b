"""The warehouse that works by itself: every order goes its way, the same way for the same seed."""

import asyncio
import contextlib
import random
from dataclasses import dataclass

from sync.sandbox.orderflow import movements, returns
from sync.sandbox.orderflow.model import Order, ReturnLine, Shipment
from sync.sandbox.orderflow.states import OrderState, ShipmentState
from sync.sandbox.orderflow.warehouse import Refused, Warehouse

CANCELED, SPLIT, TWO_PARCELS, RETURNED = 0.05, 0.10, 0.05, 0.05
RETRY_SECONDS = 5.0
STEPS = (ShipmentState.RELEASED, ShipmentState.PACKABLE, ShipmentState.PACKED)


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of an order; the pauses are seconds before each step at natural pace."""

    cancels: bool
    splits: bool
    parcels: int
    returns: str
    pauses: tuple[float, ...]
    later: float


def plan_for(seed: int, reference: str) -> Plan:
    """Return the plan of an order number, always the same for a seed."""
    chance = random.Random(f"{seed}:{reference}")  # noqa: S311 - repeatable, not secret
    draw = chance.random
    return Plan(
        cancels=draw() < CANCELED,
        splits=draw() < SPLIT,
        parcels=2 if draw() < TWO_PARCELS else 1,
        returns=chance.choice(("all", "part")) if draw() < RETURNED else "",
        pauses=tuple(chance.uniform(1, 4) for _ in range(len(STEPS) + 1)),
        later=chance.uniform(3, 10),
    )


class AutoWarehouse:
    """Works on every order that comes in while it is enabled, all of them in parallel."""

    def __init__(self, house: Warehouse, *, seed: int, enabled: bool, speed: float) -> None:
        self._house = house
        self._seed = seed
        self._enabled = asyncio.Event()
        self._arrived: asyncio.Queue[Order] = asyncio.Queue()
        self._working: dict[asyncio.Task[None], Order] = {}
        self._finished = 0
        self.speed = speed
        self.enable(on=enabled)
        house.on_order.append(self._arrived.put_nowait)

    def enable(self, *, on: bool) -> None:
        """Start working, or stop before the next step of every order."""
        if on:
            self._enabled.set()
        else:
            self._enabled.clear()

    def describe(self) -> dict[str, object]:
        """Return how many orders are open (being worked on), waiting for stock, and finished."""
        short = sum(map(_waits_for_stock, self._working.values()))
        return {
            "enabled": self._enabled.is_set(),
            "speed": self.speed,
            "open": len(self._working) + self._arrived.qsize() - short,
            "waiting_for_stock": short,
            "finished": self._finished,
        }

    def clear(self) -> None:
        """Drop all work and forget what has been counted."""
        while not self._arrived.empty():
            self._arrived.get_nowait()
        for work in self._working:
            work.cancel()
        self._finished = 0

    async def run(self) -> None:
        """Work until canceled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._enabled.wait()
                order = await self._arrived.get()
                work = group.create_task(self._work(order))
                self._working[work] = order
                work.add_done_callback(self._working.pop)

    async def _work(self, order: Order) -> None:
        # When somebody else has moved or canceled it meanwhile, nothing of the plan is left to do.
        with contextlib.suppress(Refused):
            await self._process(order, plan_for(self._seed, order.originating_reference))
        self._finished += 1

    async def _process(self, order: Order, plan: Plan) -> None:
        await self._pause(order, plan.pauses[0])
        if plan.cancels:
            movements.cancel_order(self._house, order)
            return
        if plan.splits:
            self._split(order)
        async with asyncio.TaskGroup() as group:
            for position, shipment in enumerate(list(order.shipments)):
                group.create_task(self._ship(order, shipment, plan, plan.later * position))
        if plan.returns and order.state is OrderState.DESPATCHED:
            await self._pause(order, plan.later)
            returns.receive(self._house, order, _coming_back(order, plan.returns))

    def _split(self, order: Order) -> None:
        first = order.shipments[0]
        if sum(line.quantity for line in first.lines) == 1:
            return
        last = first.lines[-1]
        whole = last.quantity if len({line.sku for line in first.lines}) > 1 else 1
        movements.split(self._house, order, first, {last.sku: whole})

    async def _ship(self, order: Order, shipment: Shipment, plan: Plan, later: float) -> None:
        with contextlib.suppress(Refused):
            await self._pause(order, later)
            for pause, milestone in zip(plan.pauses[1:], STEPS, strict=True):
                await self._pause(order, pause)
                while not self._taken(order, shipment, milestone):
                    await self._pause(order, RETRY_SECONDS)
            movements.despatch(self._house, order, shipment, parcels=plan.parcels)

    def _taken(self, order: Order, shipment: Shipment, milestone: ShipmentState) -> bool:
        """Take the step, or return False when stock is missing."""
        try:
            movements.advance(self._house, order, shipment, milestone)
        except Refused:
            if shipment.state is ShipmentState.OUT_OF_STOCK:
                return False
            raise
        return True

    async def _pause(self, order: Order, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
        await self._enabled.wait()
        if self._house.orders.get((order.channel, order.reference)) is not order:
            raise Refused(f"order '{order.reference}' is no longer here")


def _waits_for_stock(order: Order) -> bool:
    waiting = order.open_shipments
    return bool(waiting) and all(shipment.state is ShipmentState.OUT_OF_STOCK for shipment in waiting)


def _coming_back(order: Order, extent: str) -> list[ReturnLine]:
    lines = returns.everything(order)
    for line in lines:
        line.reason, line.condition = "Too small", "Unopened"
    if extent == "part":
        lines = lines[:1]
        lines[0].quantity = 1
    return lines
