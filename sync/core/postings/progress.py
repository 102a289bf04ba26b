"""How far an order has come as a whole; no word of the warehouse ever sets it back."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sync.core import returns
from sync.core.fulfillment import Known, Shipment, Stage
from sync.core.goods import units
from sync.core.postings.handed import HandedOrder, filled


@dataclass(frozen=True, slots=True)
class Progress:
    """The statuses that a state calls for, empty where it calls for none; `whole`: nothing is left to do."""

    whole: bool
    shipping: str
    external: str
    order: str


def progress(order: HandedOrder, known: Known) -> Progress:
    """Return the statuses of an order, from what only grows with every fact.

    Units count SKU by SKU: too many of one do not stand for the missing of another.
    """
    shipments, ordered = known.shipments.values(), order.ordered
    shipped = any(shipment.stage is Stage.SHIPPED for shipment in shipments)
    references = {part.reference for part in order.parts}
    whole = references <= known.complete or _covers(_total(map(_final, shipments)), ordered)
    canceled = _total(units(shipment.given_up) for shipment in shipments)
    back = _total(units(fact.items) for _, some in returns.classes(known.returns) for fact in some)
    shipping = "" if not shipped else "shipped" if whole else "part_shipped"
    given_up = bool(canceled) or any(shipment.stage is Stage.CANCELED for shipment in shipments)
    status = "" if not whole else "completed" if shipped else "cancelled" if given_up else ""
    if back:
        external = "returned" if _covers(back + canceled, ordered) else "part_returned"
    elif given_up and not shipped:
        external = "cancelled" if whole else "part_cancelled"
    else:
        external = shipping or _prepared(shipments)
    return Progress(whole, shipping, external, status)


@dataclass(frozen=True, slots=True)
class Excess:
    """More units of a SKU than there were: `what` was done with `found` of them, `allowed` were `word`."""

    sku: str
    found: int
    what: str
    allowed: int
    word: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"{self.found} of {self.sku} {self.what}, {self.allowed} {self.word}"


def excess(order: HandedOrder, known: Known) -> list[Excess]:
    """Return what a person must look at: more left, or more came back, than there was.

    A return may be known before its despatch: it is measured by what was shipped once all of that is told.
    """
    known = filled(order, known)
    left = _total(units(shipment.left) for shipment in known.shipments.values())
    back = _total(units(fact.items) for _, some in returns.classes(known.returns) for fact in some)
    there, word = (left, "shipped") if progress(order, known).whole else (order.ordered, "ordered")
    ordered = order.ordered
    shipped = [Excess(sku, left[sku], "shipped", ordered[sku], "ordered") for sku in sorted(left - ordered)]
    return shipped + [Excess(sku, back[sku], "returned", there[sku], word) for sku in sorted(back - there)]


def _final(shipment: Shipment) -> Counter[str]:
    """What became of its units for good: a canceled shipment that left had not lost what it was without."""
    return (units(shipment.left) + units(shipment.canceled)) | units(shipment.withdrawn)


def _prepared(shipments: Iterable[Shipment]) -> str:
    furthest = max((s.stage for s in shipments), key=lambda stage: stage.rank, default=Stage.ACCEPTED)
    return "" if furthest is Stage.ACCEPTED else str(furthest)


def _covers(found: Counter[str], ordered: Counter[str]) -> bool:
    return bool(ordered) and not ordered - found


def _total(some: Iterable[Counter[str]]) -> Counter[str]:
    return sum(some, Counter[str]())
