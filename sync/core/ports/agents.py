"""What the flow that tells agents remembers, and reads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from sync.core.agent_policy import Written
from sync.core.timeline import Trail

# An order: its site and number.
OrderName = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is remembered of an order: its records in the CRM by key, what was paid, earlier dead letters."""

    written: Mapping[str, Written] = field(default_factory=dict)
    total: Decimal | None = None
    letters: tuple[int, ...] = ()


class Stories(Protocol):
    """Where orders' stories are, and what of them agents have been shown."""

    def trail(self, site: str, order_no: str) -> Trail:
        """Return everything the ledger has of an order."""
        ...

    def shown(self, orders: Collection[OrderName]) -> Mapping[OrderName, Shown]:
        """Return what is remembered of each of the orders."""
        ...
