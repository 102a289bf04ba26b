"""A look at the storefront before a status is set: no conditional write exists, so nothing is set back."""

from enum import Enum

from sync.core.postings.posting import Kind, Posting, status_posting

# What an order may be set to completed or cancelled from; anything else was decided by a person.
OPEN = frozenset({"", "created", "new", "open"})

RANKS: dict[Kind, tuple[str, ...]] = {
    Kind.SHIPPING_STATUS: ("not_shipped", "part_shipped", "shipped"),
    Kind.EXTERNAL_STATUS: (
        "accepted",
        "picked",
        "packed",
        "part_cancelled",
        "cancelled",
        "part_shipped",
        "shipped",
        "part_returned",
        "returned",
    ),
}


class Look(Enum):
    """What a look found."""

    WRITE = "nothing stands against it"
    IN_PLACE = "found in place"
    FURTHER = "the storefront is further on"
    DECIDED = "the storefront has another end of the order"


def look(posting: Posting, seen: str) -> Look:
    """Return whether a status may be set on an order that has the status `seen` of its kind.

    The status of an order moves stock: it is set only while the order is open, unless the posting is
    meant to overturn what it finds; such a one has more in its key than its status. The other statuses
    only rise; one that is not known is a person's, and gives way to the facts.
    """
    wanted = posting.value["status"]
    if seen == wanted:
        return Look.IN_PLACE
    if posting.kind is Kind.ORDER_STATUS:
        overturns = posting.key != status_posting(posting.kind, str(wanted)).key
        return Look.WRITE if seen in OPEN or overturns else Look.DECIDED
    ranks = RANKS.get(posting.kind, ())
    known = seen in ranks and wanted in ranks
    return Look.FURTHER if known and ranks.index(seen) > ranks.index(str(wanted)) else Look.WRITE
