"""What is known of the goods of a reference, held against what was ordered under it."""

from collections import Counter
from collections.abc import Iterable

from sync.core.fulfillment import Known, Shipment, Stage
from sync.core.goods import units


def held(shipment: Shipment) -> Counter[str]:
    """Return the units that a shipment has or had, each once.

    A canceled one still shows its goods beside the word that they were given up; of one that goes on, the
    lines given up are not among its goods any more.
    """
    goods, canceled = units(shipment.items), units(shipment.canceled)
    told = goods | canceled if shipment.stage is Stage.CANCELED else goods + canceled
    return told | units(shipment.withdrawn)


def shown(known: Known, reference: str) -> Counter[str]:
    """Return the units of all shipments of a reference, however many documents told them."""
    mine = [one for one in known.shipments.values() if one.reference == reference]
    # The cancellation of the whole is filed under the reference itself and repeats the goods of its parts.
    whole = [one for one in mine if one.name == reference and one.stage is Stage.CANCELED]
    parts = _total(held(one) for one in mine if one not in whole)
    return parts | _total(map(held, whole))


def partial(known: Known, reference: str, told: Iterable[str]) -> bool:
    """Return whether the reference has a shipment that is not among the `told` ones."""
    names = {one.name for one in known.shipments.values() if one.reference == reference}
    return not names - {reference} <= set(told)


def _total(some: Iterable[Counter[str]]) -> Counter[str]:
    return sum(some, Counter[str]())
