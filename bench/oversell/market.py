"""The market: a seeded day of baskets, sales of other channels and deliveries to the warehouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sync.sandbox.catalog import Catalog

ZIPF = 0.9
"""How much a SKU's popularity falls with its rank; 0 would make all equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How big the day is; the same rules make the same day."""

    seed: int = 7
    hours: float = 8.0
    skus: int = 3000
    opening: int = 12
    baskets: int = 1500
    takes: int = 2500
    deliveries: int = 300


@dataclass(frozen=True, slots=True)
class Basket:
    """A shopper who comes `after` the opening and wants everything or nothing; `seed` fills the basket."""

    after: timedelta
    seed: str


@dataclass(frozen=True, slots=True)
class Movement:
    """Units that another channel wants (negative), or that a delivery brings."""

    after: timedelta
    sku: str
    warehouse: str
    units: int


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that comes from outside; `popular` names each SKU as often as shoppers ask for it."""

    opening: Sequence[Movement]
    baskets: Sequence[Basket]
    movements: Sequence[Movement]
    popular: Sequence[str]


def day(rules: Rules, warehouses: Sequence[str], catalog: Catalog) -> Day:
    """Return the day; scarce on purpose, since a shop that never sells out cannot oversell."""
    chance = Random(rules.seed)  # noqa: S311 - a simulation, no secret
    skus = [product.sku for product in catalog.physical[: rules.skus]]
    weights = [1 / rank**ZIPF for rank in range(1, len(skus) + 1)]
    popular = chance.choices(skus, weights, k=20 * len(skus))

    def moment() -> timedelta:
        return timedelta(hours=rules.hours * chance.random())

    def movement(units: int) -> Movement:
        return Movement(moment(), chance.choice(popular), chance.choice(warehouses), units)

    opening = [
        Movement(timedelta(0), sku, warehouse, chance.randint(0, rules.opening))
        for sku in skus
        for warehouse in warehouses
    ]
    takes = [movement(-chance.choice((1, 1, 1, 2, 3))) for _ in range(rules.takes)]
    deliveries = [movement(chance.randint(4, 20)) for _ in range(rules.deliveries)]
    baskets = [Basket(moment(), f"{rules.seed}:{number}") for number in range(rules.baskets)]
    return Day(opening, baskets, [*takes, *deliveries], popular)
