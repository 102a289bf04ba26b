"""The judge: what could truly be sold, which neither storefront nor warehouse knows alone."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sync.sandbox.orderflow.model import Order
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.sfcc.stock import InventoryList


@dataclass(slots=True)
class Judge:
    """Follows every unit; `curve` is (time, oversold units so far), `lags` how long the shop showed too much.

    Truth of a SKU: what the warehouse has for sale less what the storefront has sold and the warehouse has
    not heard of. Oversold are units by which any sale, of whichever channel, pushes the truth below zero.
    """

    house: Warehouse
    stock: InventoryList
    clock: Callable[[], datetime]
    wanted: int = 0
    sold: int = 0
    oversold: int = 0
    lost: int = 0
    taken: int = 0
    curve: list[tuple[datetime, int]] = field(default_factory=list)
    lags: list[timedelta] = field(default_factory=list)
    _unheard: Counter[str] = field(default_factory=Counter)
    _since: dict[str, datetime] = field(default_factory=dict)

    def truth(self, sku: str) -> int:
        """Return what could be sold; negative when units are owed."""
        return sum(record.available for record in self.house.stock.of(sku)) - self._unheard[sku]

    def heard(self, order: Order) -> None:
        """Note that the warehouse has an order of the storefront."""
        for line in order.lines:
            self._unheard[line.sku] -= line.quantity

    def basket(self, units: Mapping[str, int], *, bought: bool) -> None:
        """Judge a sale that has just been made or refused by the storefront."""
        amount = sum(units.values())
        self.wanted += amount
        if bought:
            self.sold += amount
            for sku, quantity in units.items():
                self._unheard[sku] += quantity
                self._owed(sku, quantity)
        elif all(self.truth(sku) >= quantity for sku, quantity in units.items()):
            self.lost += amount

    def moved(self, sku: str, units: int) -> None:
        """Judge a movement of the warehouse that has just happened."""
        self.taken += max(0, -units)
        self._owed(sku, -units)

    def look(self) -> None:
        """Compare what is shown with the truth for everything that was wrong when last looked at."""
        for sku, since in list(self._since.items()):
            if not self._wrong(sku):
                self.lags.append(self.clock() - since)
                del self._since[sku]

    def watch(self, sku: str) -> None:
        """Note since when a SKU is shown wrongly, if it is."""
        if self._wrong(sku):
            self._since.setdefault(sku, self.clock())

    def still_wrong(self) -> list[str]:
        """Return the SKUs whose number differs from the truth."""
        self.look()
        return sorted(self._since)

    def _owed(self, sku: str, quantity: int) -> None:
        after = self.truth(sku)
        over = max(0, -after) - max(0, -(after + quantity))
        if over > 0:
            self.oversold += over
            self.curve.append((self.clock(), self.oversold))
        self.watch(sku)

    def _wrong(self, sku: str) -> bool:
        return self.stock.ats(sku) != Decimal(max(0, self.truth(sku)))
