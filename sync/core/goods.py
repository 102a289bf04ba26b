"""Units of goods, as the warehouse tells of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Content = list[tuple[str, int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Units of a SKU; `item_id` is the storefront's line id when the warehouse returned it."""

    sku: str
    quantity: int
    item_id: str = ""


def content(items: Iterable[Item]) -> Content:
    """Return the items as values to compare; the order they were told in says nothing."""
    return sorted((item.sku, item.quantity, item.item_id) for item in items)


def units(items: Iterable[Item]) -> Counter[str]:
    """Return SKU → units."""
    found: Counter[str] = Counter()
    for item in items:
        found[item.sku] += item.quantity
    return found


def most(one: Iterable[Item], other: Iterable[Item]) -> tuple[Item, ...]:
    """Return for every SKU the items of whichever side tells more units, of equals the one with line ids.

    Joining with it never takes anything back and does not depend on the order of joining.
    """
    return tuple(
        Item(sku=sku, quantity=quantity, item_id=item_id)
        for side in _by_sku(one, other)
        for sku, quantity, item_id in side
    )


def _by_sku(one: Iterable[Item], other: Iterable[Item]) -> Iterator[Content]:
    left, right = content(one), content(other)
    for sku in sorted({row[0] for row in (*left, *right)}):
        yield max(([row for row in side if row[0] == sku] for side in (left, right)), key=_telling)


def _telling(rows: Content) -> tuple[int, int, Content]:
    return sum(row[1] for row in rows), sum(row[1] for row in rows if row[2]), rows


def beyond(items: Iterable[Item], told: Counter[str]) -> tuple[Item, ...]:
    """Return what the items hold beyond the units told already, SKU by SKU."""
    left, fresh = Counter(told), list[Item]()
    for item in items:
        known = min(left[item.sku], item.quantity)
        left[item.sku] -= known
        if item.quantity > known:
            fresh.append(Item(sku=item.sku, quantity=item.quantity - known, item_id=item.item_id))
    return tuple(fresh)
