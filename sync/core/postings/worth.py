"""What units of the order's lines are worth: exact to the minor unit, in any order of giving back."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sync.core.money import minor_units
from sync.core.postings.handed import HandedLine, Piece


class Worth:
    """The price of every single unit of every line, in minor units.

    The first n of a line's q units are worth its gross * n / q, rounded half up: one unit is never more
    than one minor unit off its share, and all of them together are worth exactly what was paid. Returns
    take a line's units from its first on and cancellations from its last on, so that neither must know
    of the other to give every unit back once; where they meet, the money is given back already.
    """

    def __init__(self, lines: Sequence[HandedLine], digits: int) -> None:
        self._lines = lines
        self._digits = digits

    def returned(self, pieces: Iterable[Piece], canceled: Sequence[int]) -> int:
        """Return the worth of units that came back, without those whose money a cancellation gave back."""
        worth = 0
        for piece in pieces:
            ends = self._lines[piece.line].quantity - canceled[piece.line]
            first, last = piece.first, piece.first + piece.quantity
            worth += self._first(piece.line, min(last, ends)) - self._first(piece.line, min(first, ends))
        return worth

    def canceled(self, pieces: Iterable[Piece], returned: Sequence[int]) -> int:
        """Return the worth of canceled units, without those whose money a return gave back."""
        worth = 0
        for piece in pieces:
            ends = self._lines[piece.line].quantity
            first, last = ends - piece.first - piece.quantity, ends - piece.first
            begins = returned[piece.line]
            worth += self._first(piece.line, max(last, begins)) - self._first(piece.line, max(first, begins))
        return worth

    def _first(self, place: int, number: int) -> int:
        line = self._lines[place]
        return minor_units(line.gross * Decimal(number) / line.quantity, self._digits) if number else 0
