"""Stock counts, pushed and pulled."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from schemas.base import reject
from schemas.orderflow.xml import Element, UnusableError, attribute, moment, parse_text, stream, tag_of
from sync.core.inventory import Count, Unreadable

LARGEST = 2**63 - 1
# The sum over any number of warehouses must still be one that a database and the storefront can hold.
MOST_AVAILABLE = 10**15
# The storefront's limit for a product's id; far longer ones have no place in a database index either.
LONGEST = 256
# Clients fold these away in an address, and would write to what stands above the record.
DOTS = {".", ".."}
# A document that is bad throughout must not fill the memory with reasons, nor with the SKUs that are bad.
MOST_NAMED = 100
MOST_SKUS = 10_000
# The stamp is our own, in UTC, echoed back.
_STAMP_ZONE = ZoneInfo("UTC")


def counts(text: str, organisation: str, as_of: datetime) -> list[Count]:
    """Return the counts of a stock message; raises `Rejected` event.invalid for what is no such message.

    Raises `Unreadable` with every bad product's path, and with the counts of the good ones.
    """
    try:
        root = parse_text(text)
    except UnusableError as error:
        reject("event.invalid", {"body": str(error)})
    if tag_of(root) != "inventory":
        reject("event.invalid", {"body": f"expected inventory, found '{tag_of(root)}'"})
    reading = _Reading(organisation, as_of, numbered=True)
    found = list(reading.counts(root.iterfind("product")))
    reading.raise_problems(found)
    return found


def streamed_counts(source: IO[bytes], organisation: str, as_of: datetime) -> Iterator[Count]:
    """Yield the counts of a pulled document of any size, then raise what is wrong with it, if anything.

    They carry no echoed stamp: `as_of` is exact, the numbers were computed after we asked, so the time alone
    says what they contain. A warehouse that serves none of the newest orders would echo an old stamp.

    Raises `Unreadable` for bad products, `UnusableError` where the document breaks off, or the error that
    the document is; what was yielded before holds.
    """
    reading = _Reading(organisation, as_of, numbered=False)
    yield from reading.counts(stream(source, "product"))
    reading.raise_problems([])


@dataclass(slots=True)
class _Reading:
    """A document being read: what is bad is noted, the first hundred with path and reason.

    Products of another organisation are told of too, but nothing about ours depends on them. `numbered` says
    that every product must have a sequence: in a push, where nothing else tells what is newer.
    """

    organisation: str
    as_of: datetime
    numbered: bool
    bad: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    skus: set[str] = field(default_factory=set)

    def counts(self, products: Iterable[Element]) -> Iterator[Count]:
        for index, product in enumerate(products):
            sku = attribute(product, "externalReference")
            if not sku:
                # Inventory of something that is no product of ours.
                continue
            values, bad = _values(product, sku, self.organisation, numbered=self.numbered)
            if not bad:
                if not self.numbered:
                    values["last_exported"] = None
                yield Count(
                    organisation=self.organisation, sku=sku, as_of=self.as_of.astimezone(UTC), **values
                )
                continue
            self.bad += 1
            if self.bad <= MOST_NAMED:
                self.problems |= {f"product.{index}.{name}": reason for name, reason in bad.items()}
            if "organisation" not in bad and len(self.skus) <= MOST_SKUS:
                self.skus.add(sku[: LONGEST + 1])

    def raise_problems(self, good: Sequence[Count]) -> None:
        if self.bad:
            named = self.skus if len(self.skus) <= MOST_SKUS else None
            raise Unreadable(self.problems, self.bad, good, named)


def _values(
    product: Element, sku: str, organisation: str, *, numbered: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what a product tells, and what is bad about it by attribute."""
    warehouse, own = attribute(product, "site"), attribute(product, "organisation")
    sequence = attribute(product, "sequenceId") or attribute(product, "inventoryId")
    numbers = {"available": attribute(product, "available")}
    if sequence or numbered:
        numbers["sequenceId"] = sequence
    bad = {name: "must be a whole number" for name, text in numbers.items() if _number(text) is None}
    if abs(_number(numbers["available"]) or 0) > MOST_AVAILABLE:
        bad["available"] = f"must be at most {MOST_AVAILABLE}"
    for name, text in {"externalReference": sku, "site": warehouse}.items():
        if len(text) > LONGEST:
            bad[name] = f"must have at most {LONGEST} characters"
    if sku in DOTS:
        bad["externalReference"] = "cannot be part of an address"
    if own and own != organisation:
        # Its own organisation's counts are numbered, worked and published apart from ours.
        bad["organisation"] = f"belongs to {own[:LONGEST]}, not to {organisation}"
    exported = None
    try:
        exported = moment(attribute(product, "lastOrderExported"), _STAMP_ZONE)
    except ValueError:
        bad["lastOrderExported"] = "is not a time"
    return {
        "warehouse": warehouse,
        "available": _number(numbers["available"]) or 0,
        "sequence": _number(sequence) or 0,
        "last_exported": exported,
    }, bad


def _number(text: str) -> int | None:
    """A 64-bit integer, with a useless `.0` or without."""
    digits = text.removesuffix(".0")
    bare = digits.removeprefix("-")
    if not (bare.isascii() and bare.isdigit()) or len(bare) > len(str(LARGEST)) or int(bare) > LARGEST:
        return None
    return int(digits)
