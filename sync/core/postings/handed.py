"""What was handed over, and which of its lines the warehouse speaks of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from sync.core.fulfillment import Item, Known


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedLine:
    """A line as it was handed over; `gross` is for the whole line."""

    item_id: str
    sku: str
    quantity: int
    gross: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A warehouse reference and the lines handed over under it."""

    reference: str
    lines: tuple[HandedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOrder:
    """Everything that was handed over of one storefront order."""

    site: str
    order_no: str
    currency: str
    parts: tuple[Handed, ...]


def assign(order: HandedOrder, known: Known) -> dict[str, tuple[Item, ...]]:
    """Return shipment name (or "return ID") → items with the storefront's line ids filled in.

    Where the warehouse did not return a line id, units are taken from the order's lines of that SKU
    in their order, shipment by shipment; what no line accounts for keeps an empty id and is not posted.
    """
    lines = [line for part in order.parts for line in part.lines]
    by_part = {part.reference: part.lines for part in order.parts}
    assigned: dict[str, tuple[Item, ...]] = {}
    pools = {reference: _Pool(part) for reference, part in by_part.items()}
    for name, shipment in sorted(known.shipments.items()):
        pool = pools.get(shipment.reference) or _Pool(lines)
        assigned[name] = tuple(pool.take(shipment.items))
    returned = _Pool(lines)
    for return_id, fact in sorted(known.returns.items()):
        assigned[f"return {return_id}"] = tuple(returned.take(fact.items))
    return assigned


class _Pool:
    """The units of an order's lines not yet assigned."""

    def __init__(self, lines: Iterable[HandedLine]) -> None:
        self.lines = list(lines)
        self.left = [line.quantity for line in self.lines]

    def take(self, items: Iterable[Item]) -> list[Item]:
        return [taken for item in items for taken in self._take(item)]

    def _take(self, item: Item) -> Iterator[Item]:
        wanted = item.quantity
        for index, line in enumerate(self.lines):
            fits = line.sku == item.sku and item.item_id in {"", line.item_id}
            units = min(self.left[index], wanted) if fits else 0
            if units:
                self.left[index] -= units
                wanted -= units
                yield Item(sku=item.sku, quantity=units, item_id=line.item_id)
