"""Baskets: units that a shopper holds for a while before there is an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What one basket holds on a list, units by SKU, until a moment; nothing any more without units."""

    site: str
    basket: str
    inventory_list: str
    units: Mapping[str, int]
    until: datetime
