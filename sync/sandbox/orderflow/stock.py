"""Stock of one organisation per SKU and warehouse, and the arithmetic that keeps it true."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sync.sandbox.orderflow.ids import Ids

LEVELS = ("total", "frozen", "inspection", "damaged", "quarantined", "on_order")
"""The quantities that a stock take can set."""


@dataclass(slots=True)
class StockRecord:
    """The inventory record of one SKU in one warehouse; every change gives it a new id."""

    sku: str
    warehouse: str
    inventory_id: int
    total: int = 0
    frozen: int = 0
    inspection: int = 0
    damaged: int = 0
    quarantined: int = 0
    on_order: int = 0
    allocated: int = 0
    required: int = 0
    last_stock_change_id: int = 0
    last_line_requirement_change_id: int = 0
    exported: dict[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        """Units on hand in places from which they may be sold."""
        return self.total - self.frozen - self.inspection - self.damaged - self.quarantined

    @property
    def available(self) -> int:
        """Units that may be sold: usable less all open demand, hence negative when goods are owed."""
        return self.usable - self.required

    @property
    def free(self) -> int:
        """Units that the allocation may still reserve."""
        return self.usable - self.allocated


class Stock:
    """All inventory records of an organisation; each change is reported to `changed` once."""

    def __init__(self, ids: Ids, changed: Callable[[StockRecord], None] = lambda _: None) -> None:
        self._ids = ids
        self._changed = changed
        self._records: dict[str, dict[str, StockRecord]] = {}

    def __iter__(self) -> Iterator[StockRecord]:
        return (record for sites in self._records.values() for record in sites.values())

    def clear(self) -> None:
        """Forget every product."""
        self._records.clear()

    def knows(self, sku: str) -> bool:
        """Tell whether the product exists."""
        return sku in self._records

    def open(self, sku: str, warehouses: Mapping[str, int]) -> None:
        """Make the product known with these totals, without reporting a change."""
        sites = self._records.setdefault(sku, {})
        for warehouse, total in warehouses.items():
            sites.setdefault(warehouse, StockRecord(sku, warehouse, self._ids.next(), total=total))

    def of(self, sku: str) -> list[StockRecord]:
        """Return the records of a SKU, one per warehouse; none for an unknown product."""
        return list(self._records.get(sku, {}).values())

    def record(self, sku: str, warehouse: str) -> StockRecord:
        """Return one record. Raises KeyError for an unknown SKU or warehouse."""
        return self._records[sku][warehouse]

    def listed(self, skus: Iterable[str] | None, warehouse: str | None) -> list[StockRecord]:
        """Return the records of these SKUs (default all) in one warehouse (default all)."""
        chosen = self if skus is None else (record for sku in skus for record in self.of(sku))
        return [record for record in chosen if warehouse in (None, record.warehouse)]

    def demand(self, sku: str, warehouse: str, quantity: int) -> None:
        """Add (or, if negative, drop) demand of open orders."""
        record = self.record(sku, warehouse)
        record.required += quantity
        record.last_line_requirement_change_id = self._ids.next()
        self._renew(record)

    def contain(self, sku: str, warehouse: str, channel: str, exported: str) -> None:
        """Remember the newest export stamp of a channel among the orders that the record contains."""
        stamps = self.record(sku, warehouse).exported
        stamps[channel] = max(stamps.get(channel, ""), exported)

    def allocate(self, sku: str, warehouse: str, quantity: int) -> None:
        """Reserve (or, if negative, free) units for the lines of a shipment."""
        record = self.record(sku, warehouse)
        record.allocated += quantity
        self._renew(record)

    def ship(self, sku: str, warehouse: str, quantity: int) -> None:
        """Take reserved units out of the house together with the demand for them."""
        record = self.record(sku, warehouse)
        record.total -= quantity
        record.allocated -= quantity
        record.required -= quantity
        record.last_stock_change_id = self._ids.next()
        record.last_line_requirement_change_id = self._ids.next()
        self._renew(record)

    def receive(self, sku: str, warehouse: str, quantity: int) -> None:
        """Put units on the shelf."""
        record = self.record(sku, warehouse)
        self.count(sku, warehouse, {"total": record.total + quantity})

    def count(self, sku: str, warehouse: str, levels: Mapping[str, int]) -> None:
        """Set quantities to what a stock take found, each absolute and one of LEVELS."""
        record = self.record(sku, warehouse)
        for level, quantity in levels.items():
            setattr(record, level, quantity)
        record.last_stock_change_id = self._ids.next()
        self._renew(record)

    def _renew(self, record: StockRecord) -> None:
        record.inventory_id = self._ids.next()
        self._changed(record)
