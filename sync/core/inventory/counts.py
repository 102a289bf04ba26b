"""Counts: what a warehouse says it has of a SKU, and which of two is newer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.core.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A warehouse's own available number of a SKU; may be negative.

    `sequence` orders counts of one (organisation, SKU, warehouse), 0 stands for none. `as_of` is a moment not
    later than the one the number was computed at. `last_exported` is the newest order stamp it contains.
    `missing_since` is set while a whole answer of the warehouse does not tell of it any more.
    `missed` is how many full pulls in a row have not told of it.
    """

    organisation: str
    sku: str
    warehouse: str
    available: int
    sequence: int
    as_of: datetime
    last_exported: datetime | None = None
    missing_since: datetime | None = None
    missed: int = 0


class Unreadable(Rejected):
    """Some products of a stock document cannot be read; `counts` are the good ones not yet given.

    `skus` are the ones with a bad product, None when there were too many to name.
    """

    def __init__(
        self, fields: Mapping[str, str], bad: int, counts: Sequence[Count], skus: Collection[str] | None
    ) -> None:
        """Tell of `bad` products, by the paths in `fields`, which may be fewer."""
        first = next((f"{path}: {reason}" for path, reason in fields.items()), "")
        super().__init__("stock.invalid", f"{bad} products cannot be read, the first: {first}", fields=fields)
        self.bad = bad
        self.counts = counts
        self.skus = skus

    @classmethod
    def of(cls, errors: Sequence["Unreadable"]) -> "Unreadable":
        """Return the errors of several documents as one."""
        fields = {path: reason for error in errors for path, reason in error.fields.items()}
        skus = [error.skus for error in errors]
        named = None if None in skus else {sku for some in skus for sku in some or ()}
        return cls(fields, sum(error.bad for error in errors), [], named)


def newest_of(counts: Iterable[Count]) -> list[Count]:
    """Return the newest of repeated counts, sorted; of one organisation, SKU and warehouse."""
    newest: dict[tuple[str, str, str], Count] = {}
    for count in counts:
        key = (count.organisation, count.sku, count.warehouse)
        other = newest.get(key)
        if other is None or (count.sequence, count.as_of) > (other.sequence, other.as_of):
            newest[key] = count
    return sorted(newest.values(), key=lambda c: (c.organisation, c.sku, c.warehouse))
