"""The warehouse that works by itself: every order goes its way, the same way for the same seed."""

import asyncio
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
        self._working = 0
        self._short: set[int] = set()
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
        return {
            "enabled": self._enabled.is_set(),
            "speed": self.speed,
            "open": self._working + self._arrived.qsize() - len(self._short),
            "waiting_for_stock": len(self._short),
            "finished": self._finished,
        }

    def clear(self) -> None:
        """Forget what has arrived and been counted; orders being worked on end at their next step."""
        while not self._arrived.empty():
            self._arrived.get_nowait()
        self._finished = 0

    async def run(self) -> None:
        """Work until canceled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._enabled.wait()
                order = await self._arrived.get()
                self._working += 1
                group.create_task(self._work(order))

    async def _work(self, order: Order) -> None:
        try:
            await self._process(order, plan_for(self._seed, order.originating_reference))
        except Refused:
            # Somebody else has moved or canceled it meanwhile: nothing is left to do for the plan.
            return
        finally:
            self._short.discard(order.id)
            self._working -= 1
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
        await self._pause(order, later)
        try:
            for pause, milestone in zip(plan.pauses[1:], STEPS, strict=True):
                await self._pause(order, pause)
                await self._advance(order, shipment, milestone)
            movements.despatch(self._house, order, shipment, parcels=plan.parcels)
        except Refused:
            return

    async def _advance(self, order: Order, shipment: Shipment, milestone: ShipmentState) -> None:
        while True:
            try:
                movements.advance(self._house, order, shipment, milestone)
            except Refused:
                if shipment.state is not ShipmentState.OUT_OF_STOCK:
                    raise
            else:
                self._short.discard(order.id)
                return
            self._short.add(order.id)
            await self._pause(order, RETRY_SECONDS)

    async def _pause(self, order: Order, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
        await self._enabled.wait()
        if self._house.orders.get((order.channel, order.reference)) is not order:
            raise Refused(f"order '{order.reference}' is no longer here")


def _coming_back(order: Order, extent: str) -> list[ReturnLine]:
    lines = returns.everything(order)
    for line in lines:
        line.reason, line.condition = "Too small", "Unopened"
    if extent == "part":
        lines = lines[:1]
        lines[0].quantity = 1
    return lines
