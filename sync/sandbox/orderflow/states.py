"""The states of orders, shipments and lines as Orderflow spells them, and which of them still allow what."""

from enum import StrEnum


class OrderState(StrEnum):
    """The state of an order; it stays validated until its last open shipment has left."""

    CREATED = "created"
    VALIDATED = "validated"
    DESPATCHED = "despatched"
    CANCELLED = "cancelled"


class ShipmentState(StrEnum):
    """The state of a shipment; `packable` means picked where picking is done from paper."""

    # ASSUMPTION: states of several words are spelled in lower case with an underscore.
    READY = "ready"
    OUT_OF_STOCK = "out_of_stock"
    RESET = "reset"
    RELEASED = "released"
    PICKABLE = "pickable"
    PACKABLE = "packable"
    PACKED = "packed"
    DESPATCHED = "despatched"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """True while the goods are still owed."""
        return self not in (ShipmentState.DESPATCHED, ShipmentState.CANCELLED)


class LineState(StrEnum):
    """The state of an order line."""

    CREATED = "created"
    OUT_OF_STOCK = "out_of_stock"
    ALLOCATED = "allocated"
    MOVE_PENDING = "move_pending"
    PICKABLE = "pickable"
    PICKED = "picked"
    PACKED = "packed"
    DESPATCHED = "despatched"
    CANCELLED = "cancelled"


UNALLOCATED = frozenset({ShipmentState.READY, ShipmentState.OUT_OF_STOCK, ShipmentState.RESET})
HELD_LINES = frozenset(
    {
        LineState.ALLOCATED,
        LineState.MOVE_PENDING,
        LineState.PICKABLE,
        LineState.PICKED,
        LineState.PACKED,
    }
)
PROGRESS = (
    ShipmentState.READY,
    ShipmentState.OUT_OF_STOCK,
    ShipmentState.RESET,
    ShipmentState.RELEASED,
    ShipmentState.PICKABLE,
    ShipmentState.PACKABLE,
    ShipmentState.PACKED,
    ShipmentState.DESPATCHED,
)
"""The way of a shipment through the warehouse, earliest first."""


def reached(state: ShipmentState, milestone: ShipmentState) -> bool:
    """Tell whether a shipment in this state is at the milestone or past it."""
    return state in PROGRESS and PROGRESS.index(state) >= PROGRESS.index(milestone)
