"""What units of the order's lines are worth: exact to the minor unit, in any order of giving back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from sync.core.money import ZERO
from sync.core.postings.handed import Charge, Handed, HandedLine, HandedOrder, Piece
from sync.core.sites import ShippingRefund

NONE, HALF, WHOLE = Fraction(0), Fraction(1, 2), Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Money in minor units; `discount` is what was taken off, so negative, `shipping` is before discounts.

    Discount and shipping are in the order's taxation mode, as its lines' prices are.
    """

    total: int = 0
    tax: int = 0
    discount: int = 0
    shipping: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(
            total=self.total + other.total,
            tax=self.tax + other.tax,
            discount=self.discount + other.discount,
            shipping=self.shipping + other.shipping,
        )

    def __sub__(self, other: "Share") -> "Share":
        return Share(
            total=self.total - other.total,
            tax=self.tax - other.tax,
            discount=self.discount - other.discount,
            shipping=self.shipping - other.shipping,
        )

    def given_back(self, taxation: str) -> list[dict[str, object]]:
        """Return the totals of an adjustment that gives it back; of an unknown taxation only the total.

        Subtotal, discount and shipping add up to the total; on a net order they do so with the tax.
        """
        parts = {"total": self.total}
        if taxation:
            prices = self.total - (self.tax if taxation == "net" else 0)
            subtotal = prices - self.discount - self.shipping
            told = {"subtotal": subtotal, "discount": self.discount}
            told |= {"fulfillment": self.shipping, "tax": self.tax}
            parts = {name: one for name, one in told.items() if one} | parts
        return [{"type": name, "amount": -amount} for name, amount in parts.items()]


NOTHING = Share()


class Worth:
    """The price of every single unit of every line.

    The first n of a line's q units are worth its gross * n / q, rounded half up: one unit is never more
    than one minor unit off its share, and all of them together are worth exactly what was paid. Returns
    take a line's units from its first on and cancellations from its last on, so that neither must know
    of the other to give every unit back once; where they meet, the money is given back already. Where
    shipping is given back in proportion, every unit carries its part of it in the same way.
    """

    def __init__(self, order: HandedOrder, digits: int, shipping: ShippingRefund) -> None:
        self._digits = digits
        self._taxation = order.taxation
        self._lines = order.lines
        shared = shipping is ShippingRefund.PROPORTIONAL
        self._places = [place for part in order.parts for place in _places(part, shared=shared)]

    def returned(self, pieces: Iterable[Piece], canceled: Sequence[int]) -> Share:
        """Return the worth of units that came back, without those whose money a cancellation gave back."""
        worth = NOTHING
        for piece in pieces:
            ends = self._lines[piece.line].quantity - canceled[piece.line]
            first, last = piece.first, piece.first + piece.quantity
            worth += self._first(piece.line, min(last, ends)) - self._first(piece.line, min(first, ends))
        return worth

    def canceled(self, pieces: Iterable[Piece], returned: Sequence[int]) -> Share:
        """Return the worth of canceled units, without those whose money a return gave back."""
        worth = NOTHING
        for piece in pieces:
            ends = self._lines[piece.line].quantity
            first, last = ends - piece.first - piece.quantity, ends - piece.first
            begins = returned[piece.line]
            worth += self._first(piece.line, max(last, begins)) - self._first(piece.line, max(first, begins))
        return worth

    def of(self, charge: Charge, part: Fraction = WHOLE, *, shipping: bool = True) -> Share:
        """Return the first `part` (from 0 to 1) of what was paid for something: for shipping, unless told."""
        total, tax, listed = (self._units(one, part) for one in (charge.gross, charge.tax, charge.listed))
        if not self._taxation:
            return Share(total=total)
        net = self._taxation == "net"
        price = total - tax if net else total
        # The discount takes the roundings: where there is none, the list price is the price itself.
        discounted = charge.listed != (charge.gross - charge.tax if net else charge.gross)
        discount = price - listed if discounted else 0
        return Share(total=total, tax=tax, discount=discount, shipping=price - discount if shipping else 0)

    def _first(self, place: int, number: int) -> Share:
        line, at = self._lines[place], self._places[place]
        part = Fraction(number, line.quantity)
        worth = self.of(_charge(line), part, shipping=False)
        if at.shipping is None:
            return worth
        return worth + self.of(at.shipping, at.begins + at.width * part) - self.of(at.shipping, at.begins)

    def _units(self, amount: Decimal, part: Fraction) -> int:
        """Minor units, rounded half up; exact, since a sum of rounded decimals would not be."""
        return floor(Fraction(amount.scaleb(self._digits)) * part + HALF)


@dataclass(frozen=True, slots=True)
class _Place:
    """Which stretch of its reference's shipping a line carries, from 0 to 1."""

    shipping: Charge | None = None
    begins: Fraction = NONE
    width: Fraction = NONE


def _places(part: Handed, *, shared: bool) -> Iterator[_Place]:
    """By what the lines cost; where nothing cost anything, by their units."""
    weights = [Fraction(max(line.gross, ZERO)) for line in part.lines]
    if not any(weights):
        weights = [Fraction(line.quantity) for line in part.lines]
    begins, whole = NONE, sum(weights, NONE)
    for weight in weights:
        yield _Place(part.shipping, begins / whole, weight / whole) if shared else _Place()
        begins += weight


def _charge(line: HandedLine) -> Charge:
    listed = line.gross if line.listed is None else line.listed
    return Charge(gross=line.gross, tax=line.tax or ZERO, listed=listed)
