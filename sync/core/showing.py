"""What the storefront shows of the warehouse's fields, held against what it was told."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.core.fulfillment import Known
from sync.core.postings import Kind, Posting, attributes_posting, status_posting
from sync.core.sites import Site
from sync.core.wording import same

# Member of a shipment in an attribute → field of the ownership table; a return is one field.
MEMBERS: Mapping[str, str] = {
    "stage": "shipment.stage",
    "at": "shipment.times",
    "carrier": "shipment.carrier",
    "items": "shipment.items",
    "canceled": "shipment.canceled",
    "moreParcels": "shipment.parcels",
}
# The same state in both spellings of the storefront.
_SPELLINGS = {"open": "new"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the storefront was told last: kind → status, attribute → text; `ever`: or under way."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    ever: frozenset[str] = frozenset()

    @classmethod
    def of(cls, postings: Iterable[tuple[Mapping[str, Any], bool]]) -> "Told":
        """Return it of the planned postings, oldest first, and whether each of them is made."""
        statuses: dict[str, str] = {}
        attributes: dict[str, str] = {}
        ever: set[str] = set()
        for posting, made in postings:
            kind, value = posting["kind"], posting["value"]
            ever.add(kind)
            statuses.pop(kind, None)
            if kind == Kind.ATTRIBUTES:
                # Null clears one.
                told = {**attributes, **value} if made else {}
                attributes = {name: text for name, text in told.items() if text is not None}
            elif made and "status" in value:
                statuses[kind] = value["status"]
        return cls(statuses=statuses, attributes=attributes, ever=frozenset(ever))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the storefront shows: kind → status, attribute → text, the tracking numbers of its shipments."""

    statuses: Mapping[Kind, str]
    attributes: Mapping[str, str]
    tracking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A field that somebody changed who does not own it, and what puts it back where anything does."""

    field: str
    storefront: str
    warehouse: str
    posting: Posting | None


def edits(site: Site, told: Told, shown: Shown, known: Known, placed_status: str) -> Iterator[Edit]:
    """Yield every field of the warehouse that the storefront shows otherwise than it was told.

    `placed_status` is the order's status at its hand-over: what was completed then was so by right.
    """
    for kind, wanted in _statuses(site, told, shown, placed_status).items():
        now = shown.statuses[kind]
        if _SPELLINGS.get(now, now) != wanted:
            yield Edit("shipment.stage", f"{kind} {now}", f"{kind} {wanted}", status_posting(kind, wanted))
    again = attributes_posting(told.attributes)
    for name, text in sorted(told.attributes.items()):
        if name != site.reason_attribute:
            for owned, theirs, ours in _attribute(text, shown.attributes.get(name, "")):
                yield Edit(owned, f"{name}: {theirs}", f"{name}: {ours}", again)
    yield from _tracking(shown, known)


def _statuses(site: Site, told: Told, shown: Shown, placed_status: str) -> dict[Kind, str]:
    """What was told, and of what was never told what a shipment that nobody has seen must look like."""
    kinds = (Kind.SHIPPING_STATUS, Kind.EXTERNAL_STATUS, Kind.ORDER_STATUS)
    wanted = {kind: told.statuses[kind] for kind in kinds if kind in told.statuses}
    if site.postings.shipping_status and Kind.SHIPPING_STATUS not in told.ever:
        wanted[Kind.SHIPPING_STATUS] = "not_shipped"
    begun = _SPELLINGS.get(placed_status, placed_status) == "new"
    completed = shown.statuses[Kind.ORDER_STATUS] == "completed"
    if site.postings.order_status and begun and completed and Kind.ORDER_STATUS not in told.ever:
        wanted[Kind.ORDER_STATUS] = "new"
    return wanted


def _attribute(told: str, shown: str) -> Iterator[tuple[str, str, str]]:
    """Yield field, the storefront's value and the warehouse's."""
    if told == shown:
        return
    ours = _rows(told)
    if not ours:
        yield from [] if same(told, shown) else [("order.reference", shown or "nothing", told)]
        return
    theirs = _rows(shown)
    found: dict[str, tuple[list[str], list[str]]] = {}
    for row in sorted(ours.keys() | theirs.keys()):
        mine, seen = _members(ours.get(row, {})), _members(theirs.get(row, {}))
        for member in sorted(mine.keys() | seen.keys()):
            if mine.get(member) != seen.get(member):
                both = found.setdefault(member, ([], []))
                both[0].append(f"{row} {_text(seen.get(member))}")
                both[1].append(f"{row} {_text(mine.get(member))}")
    for owned, (storefront, warehouse) in found.items():
        yield owned, "; ".join(storefront), "; ".join(warehouse)


def _rows(text: str) -> dict[str, dict[str, object]]:
    """Return name → shipment or return; what is no such list has none."""
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    rows = [row for row in read if isinstance(row, dict)] if isinstance(read, list) else []
    return {str(row.get("shipment") or f"return {row.get('return')}"): row for row in rows}


def _members(row: Mapping[str, object]) -> dict[str, object]:
    """Return field → value of a shipment or return, parcels and their pages apart."""
    if "return" in row:
        return {"return.items": dict(row)}
    found: dict[str, object] = {}
    for name, value in row.items():
        if name == "parcels" and isinstance(value, list):
            parcels = [one for one in value if isinstance(one, dict)]
            found["shipment.parcels"] = [one.get("number") for one in parcels]
            found["shipment.tracking"] = [one.get("url") for one in parcels]
        elif name != "shipment":
            found[MEMBERS.get(name, "shipment.items")] = value
    return found


def _text(value: object) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _tracking(shown: Shown, known: Known) -> Iterator[Edit]:
    """The storefront's own field cannot be written by its API; a merchant's own code may fill it rightly."""
    numbers = [number for _, shipment in sorted(known.shipments.items()) for number in shipment.parcels]
    ours = {_squashed(number) for number in numbers}
    for told in dict.fromkeys(shown.tracking):
        parts = {_squashed(part) for part in told.replace(";", ",").split(",")}
        if _squashed(told) not in ours and not parts - {""} <= ours:
            yield Edit("shipment.tracking", f"trackingNumber: {told}", ", ".join(numbers) or "none", None)


def _squashed(text: str) -> str:
    return "".join(text.split()).casefold()
