"""The rules by which a site turns counts into an offer: all data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """How the site's available to promise is computed; quantities are units."""

    inventory_list: str
    warehouses: tuple[str, ...]
    on_order_inventory: bool = True
    safety_stock: int = 0
    ceiling: int | None = None
    as_of_margin: float = 5.0
