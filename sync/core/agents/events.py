"""What each entry of a timeline is about: the part of its key that no later word can change."""

from collections.abc import Iterator, Mapping

from sync.core.timeline import Entry, What

# Which facts of an entry tell it from its like; a kind without any happens to an order once.
_ABOUT: Mapping[What, tuple[str, ...]] = {
    What.PLACED: (),
    What.RECEIVED: (),
    What.HELD: ("",),
    What.PUSHED: ("reference",),
    What.ACCEPTED: ("shipment",),
    What.PICKED: ("shipment",),
    What.PACKED: ("shipment",),
    What.PAYMENT_REQUESTED: ("shipment",),
    What.SHIPPED: ("shipment",),
    What.CANCELED: ("shipment",),
    What.RETURN_EXPECTED: ("return",),
    What.RETURN_REFUSED: ("return",),
    What.RETURNED: ("return",),
    What.REFUNDED: ("return",),
    What.CONFLICT: ("conflict",),
    What.RESOLVED: ("conflict",),
    What.TOLD: ("key",),
    What.REPROCESSED: ("message", "at"),
    What.DISCARDED: ("message", "at"),
}
_MESSAGE = ("message",)

# What may turn out not to be so, or not any more: a cured refusal, and one of two words about one return. The
# rest, once told, stays true; it leaves the ledger only because finished messages are pruned.
REVOCABLE = frozenset({What.REJECTED, What.DEAD, What.RETURNED, What.REFUNDED})
# Told once: of several messages that tell it the ledger may have kept the later ones only.
ONCE = frozenset({What.RECEIVED})
# What is said of our own work; it moves no order.
OUR_OWN = frozenset(
    {
        What.RECEIVED,
        What.HELD,
        What.CUSTOMER,
        What.TOLD,
        What.CLOSED,
        What.CONFLICT,
        What.RESOLVED,
        What.REPROCESSED,
        What.DISCARDED,
        What.DEAD,
        What.PENDING,
    }
)


def about(entry: Entry) -> Iterator[str]:
    """Yield the names that tell the entry from all others of its kind in its order."""
    for name in _ABOUT.get(entry.what, _MESSAGE):
        if name == "at":
            yield f"{entry.at.timestamp() * 1_000_000:.0f}"
        else:
            yield str(entry.facts[name] if name else entry.evidence)
