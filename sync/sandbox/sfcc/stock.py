"""Inventory lists: allocations, dated sales and units on order, from which every number is derived."""

import hashlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


class OutOfStockError(Exception):
    """A reservation beyond what is available."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"{sku} is not available in the quantity asked for")
        self.sku = sku


@dataclass(slots=True)
class Record:
    """What a merchant set for one SKU; `reset` is the moment the allocation was true."""

    allocation: Decimal
    reset: datetime
    created: datetime
    modified: datetime
    handling: str = "none"
    backorder: Decimal = ZERO
    in_stock_date: str | None = None
    perpetual: bool = False
    custom: dict[str, Any] = field(default_factory=dict)
    version: int = 1


@dataclass(slots=True)
class Sales:
    """What the storefront sold of one SKU: dated movements with their running sum, and what is on order."""

    on_order: Decimal = ZERO
    _times: list[datetime] = field(default_factory=list)
    _sums: list[Decimal] = field(default_factory=list)

    def move(self, at: datetime, units: Decimal) -> None:
        """Note a sale, or with negative units what came back; a clock that steps back does not reorder."""
        self._times.append(max(at, self._times[-1]) if self._times else at)
        self._sums.append(self.sold() + units)

    def sold(self, since: datetime | None = None) -> Decimal:
        """Units sold at or after `since`, or ever."""
        before = bisect_left(self._times, since) if since is not None else 0
        total = self._sums[-1] if self._sums else ZERO
        return total - self._sums[before - 1] if before else total


class InventoryList:
    """One list; with `on_order` a sale counts as on order until its order is exported."""

    def __init__(self, name: str, *, on_order: bool) -> None:
        self.name = name
        self.on_order = on_order
        self.records: dict[str, Record] = {}
        self._sales: dict[str, Sales] = {}

    def sales(self, sku: str) -> Sales:
        """The sales of a SKU, also of one without a record."""
        return self._sales.setdefault(sku, Sales())

    def turnover(self, sku: str) -> Decimal:
        """Units sold since the record's reset date."""
        record = self.records.get(sku)
        return self.sales(sku).sold(None if record is None else record.reset)

    def stock_level(self, sku: str) -> Decimal:
        """What is physically left for sale; 0 without a record."""
        record = self.records.get(sku)
        if record is None:
            return ZERO
        return max(ZERO, record.allocation - self.turnover(sku) - self.sales(sku).on_order)

    def ats(self, sku: str) -> Decimal:
        """Available to sell; 0 without a record."""
        record = self.records.get(sku)
        if record is None:
            return ZERO
        return max(ZERO, record.allocation + record.backorder - self.turnover(sku) - self.sales(sku).on_order)

    def sellable(self, sku: str, units: Decimal | int) -> bool:
        """Whether the storefront would sell that many; a SKU without a record is in stock by default."""
        record = self.records.get(sku)
        return record is None or record.perpetual or self.ats(sku) >= units

    def allocate(self, sku: str, amount: Decimal, at: datetime, now: datetime) -> Record:
        """Set the allocation as true at `at`: sales dated before no longer count, what is on order stays."""
        record = self.records.get(sku)
        if record is None:
            record = self.records[sku] = Record(amount, at, now, now)
        record.allocation, record.reset = amount, at
        return record

    def touch(self, sku: str, now: datetime) -> None:
        """Note that a record was written."""
        self.records[sku].modified = now
        self.records[sku].version += 1

    def state(self, sku: str) -> str:
        """The record's resource state, which changes with every write."""
        text = f"{self.name}/{sku}/{self.records[sku].version}/{self.records[sku].created}"
        return hashlib.sha256(text.encode()).hexdigest()

    def reserve(self, demand: Mapping[str, Decimal], now: datetime, *, exported: bool) -> None:
        """Take the units of an order off sale."""
        for sku, units in demand.items():
            if self.on_order and not exported:
                self.sales(sku).on_order += units
            else:
                self.sales(sku).move(now, units)

    def export(self, demand: Mapping[str, Decimal], now: datetime) -> None:
        """Turn an order's units from on order into turnover."""
        if not self.on_order:
            return
        for sku, units in demand.items():
            self.sales(sku).on_order -= units
            self.sales(sku).move(now, units)

    def release(
        self, demand: Mapping[str, Decimal], now: datetime, *, reserved: datetime, exported: datetime | None
    ) -> None:
        """Give back the units of a failed or canceled order that the last reset has not settled already."""
        for sku, units in demand.items():
            record = self.records.get(sku)
            # ASSUMPTION: without on-order inventory, a reset after the sale leaves nothing to release.
            counted = record is None or (exported or reserved) >= record.reset
            if self.on_order and exported is None:
                self.sales(sku).on_order -= units
            elif counted:
                self.sales(sku).move(now, -units)
