"""Stock counts, pushed and pulled."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO
from zoneinfo import ZoneInfo

from schemas.base import reject
from schemas.orderflow.xml import Element, UnusableError, attribute, moment, parse_text, stream, tag_of
from sync.core.inventory import Count

LARGEST = 2**63 - 1
# The sum over any number of warehouses must still be one that a database and the storefront can hold.
MOST_AVAILABLE = 10**15
# The stamp is our own, in UTC, echoed back.
_STAMP_ZONE = ZoneInfo("UTC")


def counts(text: str, organisation: str, as_of: datetime) -> list[Count]:
    """Return the counts of a stock message; raises `Rejected` event.invalid with every bad member's path."""
    try:
        root = parse_text(text)
    except UnusableError as error:
        reject("event.invalid", {"body": str(error)})
    if tag_of(root) != "inventory":
        reject("event.invalid", {"body": f"expected inventory, found '{tag_of(root)}'"})
    problems: dict[str, str] = {}
    found = [
        count
        for index, product in enumerate(root.iterfind("product"))
        if (count := _count(product, organisation, as_of, f"product.{index}", problems))
    ]
    if problems:
        reject("event.invalid", problems)
    return found


def streamed_counts(source: IO[bytes], organisation: str, as_of: datetime) -> Iterator[Count]:
    """Yield the counts of a pulled document of any size; raises as `counts`, and the document's own error."""
    for index, product in enumerate(stream(source, "product")):
        problems: dict[str, str] = {}
        count = _count(product, organisation, as_of, f"product.{index}", problems)
        if problems:
            reject("event.invalid", problems)
        if count:
            yield count


def _count(
    product: Element, organisation: str, as_of: datetime, path: str, problems: dict[str, str]
) -> Count | None:
    sku = attribute(product, "externalReference")
    if not sku:
        # Inventory of something that is no product of ours.
        return None
    sequence = attribute(product, "sequenceId") or attribute(product, "inventoryId")
    numbers = {"available": attribute(product, "available"), "sequenceId": sequence}
    bad = {
        f"{path}.{name}": "must be a whole number" for name, text in numbers.items() if _number(text) is None
    }
    if abs(_number(numbers["available"]) or 0) > MOST_AVAILABLE:
        bad[f"{path}.available"] = f"must be at most {MOST_AVAILABLE}"
    try:
        exported = moment(attribute(product, "lastOrderExported"), _STAMP_ZONE)
    except ValueError:
        exported, bad[f"{path}.lastOrderExported"] = None, "is not a time"
    problems.update(bad)
    if bad:
        return None
    return Count(
        organisation=attribute(product, "organisation") or organisation,
        sku=sku,
        warehouse=attribute(product, "site"),
        available=_number(numbers["available"]) or 0,
        sequence=_number(sequence) or 0,
        as_of=as_of.astimezone(UTC),
        last_exported=exported,
    )


def _number(text: str) -> int | None:
    """A 64-bit integer, with a useless `.0` or without."""
    digits = text.removesuffix(".0")
    bare = digits.removeprefix("-")
    if not (bare.isascii() and bare.isdigit()) or len(bare) > len(str(LARGEST)) or int(bare) > LARGEST:
        return None
    return int(digits)
