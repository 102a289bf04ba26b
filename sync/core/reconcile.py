"""Do ledger, storefront and warehouse agree about an order? A pure comparison of three views."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.core.fulfillment import Fact, Known, Stage, advance
from sync.core.postings import HandedOrder, Kind, on_acceptance, wanted
from sync.core.sites import Site


class Mark(StrEnum):
    """What can be counted of an order in each of the systems."""

    PLACED = "placed"
    PUSHED = "pushed"
    SHIPPED = "shipped"
    CANCELED = "canceled"
    RETURNED = "returned"


class System(StrEnum):
    """Whose view it is."""

    LEDGER = "ledger"
    STOREFRONT = "storefront"
    WAREHOUSE = "warehouse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the ledger keeps of an order of the window; `pending` and `dead` count its messages."""

    order_no: str
    placed_at: datetime
    references: Sequence[str]
    accepted: bool
    pending: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Two systems disagree; `in_flight` when the ledger has work to do that may still settle it."""

    site: str
    order_no: str
    subject: str
    views: Mapping[System, str]
    in_flight: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One order: what each system says of it, and where they disagree."""

    order_no: str
    marks: Mapping[System, frozenset[Mark]]
    mismatches: Sequence[Mismatch] = field(default_factory=tuple)


def marks_of(known: Known, ordered: int) -> frozenset[Mark]:
    """Return the marks of a fulfillment state; canceled means that nothing of the order will come."""
    shipped, canceled = units(known, Stage.SHIPPED), units(known, Stage.CANCELED)
    found = {
        Mark.SHIPPED: shipped > 0,
        Mark.CANCELED: not shipped and 0 < ordered <= canceled,
        Mark.RETURNED: bool(known.returns),
    }
    return frozenset(mark for mark, there in found.items() if there)


def units(known: Known, stage: Stage) -> int:
    """Return the number of units in shipments of exactly this stage."""
    return sum(item.quantity for s in known.shipments.values() if s.stage is stage for item in s.items)


def storefront_marks(statuses: Mapping[Kind, str]) -> frozenset[Mark]:
    """Return the marks that a storefront order's statuses show."""
    found = {
        Mark.PLACED: True,
        Mark.PUSHED: statuses[Kind.EXPORT_STATUS] == "exported",
        Mark.SHIPPED: statuses[Kind.SHIPPING_STATUS] in {"shipped", "part_shipped"},
        Mark.CANCELED: statuses[Kind.ORDER_STATUS] == "cancelled",
        Mark.RETURNED: statuses[Kind.EXTERNAL_STATUS] in {"returned", "part_returned"},
    }
    return frozenset(mark for mark, there in found.items() if there)


def storefront_differences(
    site: Site, order: HandedOrder, known: Known, statuses: Mapping[Kind, str]
) -> Iterator[tuple[str, dict[System, str]]]:
    """Yield (subject, views) for every status that is not the one the ledger's state calls for."""
    references = [part.reference for part in order.parts]
    postings = [*on_acceptance(references, site), *wanted(site, order, known)]
    expected = {p.kind: str(p.value["status"]) for p in postings if "status" in p.value}
    for kind, value in expected.items():
        if kind in statuses and statuses[kind] != value:
            views = {System.LEDGER: value, System.STOREFRONT: statuses[kind] or "-"}
            yield kind.replace("_", " "), views


def warehouse_differences(ledger: Known, warehouse: Known) -> Iterator[tuple[str, dict[System, str]]]:
    """Yield (subject, views) where the warehouse's shipments and returns are not those of the ledger.

    A return the warehouse does not name proves nothing: not every instance lists them.
    """
    for stage in (Stage.SHIPPED, Stage.CANCELED):
        ours, theirs = units(ledger, stage), units(warehouse, stage)
        if ours != theirs:
            yield f"units {stage}", {System.LEDGER: str(ours), System.WAREHOUSE: str(theirs)}
    for fact in warehouse.returns.values():
        # One source numbers a return and another does not: only `advance` can tell whether it is new.
        if advance(ledger, Fact(reference="", at=fact.at, returns=(fact,))).returned:
            yield "returned", {System.LEDGER: "-", System.WAREHOUSE: fact.return_id}


def tally(compared: Iterable[Compared]) -> dict[Mark, dict[System, int]]:
    """Return mark → system → number of orders."""
    counts = {mark: dict.fromkeys(System, 0) for mark in Mark}
    for one in compared:
        for system, marks in one.marks.items():
            for mark in marks:
                counts[mark][system] += 1
    return counts
