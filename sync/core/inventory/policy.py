"""The rules by which a site turns counts into an offer: all data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal, TypeVar

Handling = Literal["none", "preorder", "backorder"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Percent:
    """So many hundredths of what there is: rounded against the shopper, whether withheld or given."""

    value: Decimal

    def up(self, units: int) -> int:
        """Return the share of some units, rounded up: what is withheld."""
        return int((self.value * units / 100).to_integral_value(ROUND_CEILING))

    def down(self, units: int) -> int:
        """Return the share of some units, rounded down: what is given."""
        return int((self.value * units / 100).to_integral_value(ROUND_FLOOR))

    def __str__(self) -> str:
        """Return it as the sites file has it."""
        return f"{self.value.normalize():f}%"


Safety = int | Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRule:
    """What differs for a SKU, a class of SKUs or a warehouse; None leaves it to a wider rule.

    A rule that names a warehouse has a safety stock only: it is kept back from that warehouse's count.
    """

    sku: str = ""
    sku_class: str = ""
    warehouse: str = ""
    safety: Safety | None = None
    ceiling: int | None = None
    perpetual: bool | None = None
    handling: Handling | None = None
    future_units: int | None = None
    in_stock_date: datetime | None = None

    @property
    def scope(self) -> str:
        """What it is for, as a person would say it."""
        parts = (("SKU", self.sku), ("class", self.sku_class), ("warehouse", self.warehouse))
        return ", ".join(f"{kind} {name}" for kind, name in parts if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the storefront is to offer a SKU beside its allocation; None leaves its record as it is.

    `future_units` may be ordered before they are there, in the way that `handling` says.
    """

    perpetual: bool | None = None
    handling: Handling | None = None
    future_units: int | None = None
    in_stock_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How a list divides stock with other lists that sell from the same warehouses.

    In a pool each list offers everything. A quota gives a list its percent of what may be sold. By priority
    the `seniors`, the policies of the lists before it, take what they offer first.
    """

    kind: Literal["pool", "quota", "priority"] = "pool"
    quota: Percent = Percent(Decimal(100))
    priority: int = 0
    seniors: tuple["StockPolicy", ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """How the site's available to promise is computed; quantities are units.

    A basket's reservation holds for `reservations` seconds, 0 for a site without any; `basket_attribute` is
    the custom attribute of an order that names its basket.
    `classes` maps a class to the SKUs in it, `renamed` a name that counts come under to the warehouse's own.
    """

    inventory_list: str
    warehouses: tuple[str, ...]
    on_order_inventory: bool = True
    safety_stock: Safety = 0
    ceiling: int | None = None
    as_of_margin: float = 5.0
    rules: tuple[StockRule, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    uncounted: Literal["wait", "zero"] = "wait"
    disappeared: Literal["keep", "zero"] = "keep"
    disappeared_after: int = 3
    unknown_skus: Literal["create", "refuse"] = "create"
    share: Share = Share()
    reservations: float = 0.0
    basket_attribute: str = ""

    def warehouse(self, name: str) -> str:
        """Return the warehouse's present name."""
        return self.renamed.get(name, name)

    def classes_of(self, sku: str) -> list[str]:
        """Return the classes that a SKU is in; an entry that ends in * means every SKU that begins so."""
        return [name for name, entries in self.classes.items() if any(_fits(sku, one) for one in entries)]

    def rules_for(self, sku: str, warehouse: str = "") -> list[StockRule]:
        """Return the rules in force for a SKU as a whole, or in one warehouse, the most specific first.

        A SKU's own rule goes before its class's, that before one for all SKUs; of two equals the later one.
        """
        classes = {"", *self.classes_of(sku)}
        found = [
            rule
            for rule in reversed(self.rules)
            if rule.warehouse == warehouse and rule.sku in {"", sku} and rule.sku_class in classes
        ]
        return sorted(found, key=lambda rule: (not rule.sku, not rule.sku_class))

    def safety_of(self, sku: str, warehouse: str = "") -> tuple[Safety, str]:
        """Return the safety stock, and what says so: the site where no rule does."""
        for rule in self.rules_for(sku, warehouse):
            if rule.safety is not None:
                return rule.safety, rule.scope
        return (0, "") if warehouse else (self.safety_stock, "site")

    def ceiling_of(self, sku: str) -> int | None:
        """Return the most that may be shown."""
        return _first((rule.ceiling for rule in self.rules_for(sku)), self.ceiling)

    def manner_of(self, sku: str) -> Manner:
        """Return how the SKU is to be offered."""
        rules = self.rules_for(sku)
        return Manner(
            perpetual=_first((rule.perpetual for rule in rules), None),
            handling=_first((rule.handling for rule in rules), None),
            future_units=_first((rule.future_units for rule in rules), None),
            in_stock_date=_first((rule.in_stock_date for rule in rules), None),
        )


def withheld(safety: Safety, units: int) -> int:
    """Return how many of some units a safety stock keeps back: never more than there are."""
    if units <= 0:
        return 0
    return min(units, safety if isinstance(safety, int) else safety.up(units))


def _fits(sku: str, entry: str) -> bool:
    return sku.startswith(entry[:-1]) if entry.endswith("*") else sku == entry


def _first(values: Iterable[T | None], otherwise: T | None) -> T | None:
    return next((value for value in values if value is not None), otherwise)
