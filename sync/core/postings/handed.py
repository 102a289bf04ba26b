"""What was handed over, and which of its lines the warehouse speaks of."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from sync.core.fulfillment import Item, Known, Shipment, Stage
from sync.core.goods import units

FINAL = frozenset({Stage.SHIPPED, Stage.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What was paid for one thing, after discounts; `tax` is contained in `gross`.

    `listed` is what it cost before any discount, in the order's taxation mode.
    """

    gross: Decimal
    tax: Decimal
    listed: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedLine:
    """A line as it was handed over; `gross` is for the whole line, after discounts.

    `tax` and `listed` as in `Charge`; None where the hand-over is older than the keeping of them.
    """

    item_id: str
    sku: str
    quantity: int
    gross: Decimal
    tax: Decimal | None = None
    listed: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A warehouse reference, the lines handed over under it, and what their shipping cost."""

    reference: str
    lines: tuple[HandedLine, ...]
    shipping: Charge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOrder:
    """Everything that was handed over of one storefront order.

    `rest` is what the shopper owes beside it: what is never shipped, and roundings. `taxation` is empty
    where the hand-over is older than the keeping of it: then only what lines cost is known.
    """

    site: str
    order_no: str
    currency: str
    parts: tuple[Handed, ...]
    taxation: str = ""
    rest: Charge | None = None

    @property
    def lines(self) -> tuple[HandedLine, ...]:
        """All lines, in the order in which units are assigned to them."""
        return tuple(line for part in self.parts for line in part.lines)

    @property
    def ordered(self) -> Counter[str]:
        """SKU → units handed over."""
        return units(Item(sku=line.sku, quantity=line.quantity) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of one line of the order: `first` of them had been taken before, `quantity` are taken now."""

    line: int
    first: int
    quantity: int


class Pool:
    """The units of an order's lines that were not spoken of yet; no unit is given twice.

    `backwards` begins with the last line: of the same goods on two lines those that are canceled are
    then others than those that were sent and come back.
    """

    def __init__(self, order: HandedOrder, *, backwards: bool = False) -> None:
        self.lines = order.lines
        self.taken = [0] * len(self.lines)
        owners = [part.reference for part in order.parts for _ in part.lines]
        self._places: dict[str, list[int]] = {part.reference: [] for part in order.parts} | {
            "": list(range(len(owners)))
        }
        for place, owner in enumerate(owners):
            self._places[owner].append(place)
        for places in self._places.values() if backwards else ():
            places.reverse()

    def take(self, items: Iterable[Item], reference: str = "") -> list[Piece]:
        """Take units from the lines of that SKU in their order, of the reference if it is one of the order's.

        Units for which no line is left are not taken.
        """
        return [piece for item in items for piece in self._take(item, reference)]

    def _take(self, item: Item, reference: str) -> Iterator[Piece]:
        wanted = item.quantity
        for exact in (True, False):
            for place in self._places.get(reference, self._places[""]):
                line = self.lines[place]
                # The named line first; where it has no unit left, another line of the same goods.
                fits = line.sku == item.sku and (not exact or item.item_id in {"", line.item_id})
                units_taken = min(line.quantity - self.taken[place], wanted) if fits else 0
                if units_taken:
                    yield Piece(place, self.taken[place], units_taken)
                    self.taken[place] += units_taken
                    wanted -= units_taken


def assign(order: HandedOrder, known: Known) -> dict[str, tuple[Item, ...]]:
    """Return shipment name → items with the storefront's line ids filled in.

    Where the warehouse did not return a line id, units are taken from the order's lines of that SKU
    in their order, shipment by shipment; what no line accounts for is left out, since it is not posted.
    """
    pool = Pool(order)
    return {
        name: named(pool, pool.take(shipment.items, shipment.reference))
        for name, shipment in sorted(known.shipments.items())
    }


def named(pool: Pool, pieces: Iterable[Piece]) -> tuple[Item, ...]:
    """Return the pieces as items with the line ids that they were taken from."""
    lines = [(pool.lines[piece.line], piece.quantity) for piece in pieces]
    return tuple(Item(sku=line.sku, quantity=quantity, item_id=line.item_id) for line, quantity in lines)


def filled(order: HandedOrder, known: Known) -> Known:
    """Return the state in which the goods of a finished reference are known though no source named them.

    Nothing more will be told of such a reference: a shipment that left, or was canceled, without a word
    of its lines held what no other one did.
    """
    shipments = dict(known.shipments)
    for part in order.parts:
        mine = [s for _, s in sorted(shipments.items()) if s.reference == part.reference]
        silent = [s for s in mine if s.stage in FINAL and not s.left and not s.given_up]
        if part.reference in known.complete and silent:
            lines = units(Item(sku=line.sku, quantity=line.quantity) for line in part.lines)
            for other in mine:
                lines -= units(other.left) + units(other.given_up)
            goods = tuple(Item(sku=sku, quantity=quantity) for sku, quantity in sorted(lines.items()))
            shipments[silent[0].name] = _holding(silent[0], goods)
    return replace(known, shipments=shipments)


def _holding(shipment: Shipment, goods: tuple[Item, ...]) -> Shipment:
    at = shipment.reached[shipment.stage]
    if shipment.stage is Stage.SHIPPED:
        return replace(shipment, items=goods, items_as_of=(Stage.SHIPPED.rank, at, 0))
    return replace(shipment, withdrawn=goods)
