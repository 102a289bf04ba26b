"""What the warehouse knows: orders with their shipments and lines, and returns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sync.sandbox.orderflow.states import LineState, OrderState, ShipmentState


@dataclass(slots=True)
class OrderLine:
    """Units of one SKU within a shipment; `details` holds texts, prices and taxes as imported."""

    sku: str
    quantity: int
    number: int = 1
    third_party_reference: str = ""
    details: dict[str, str] = field(default_factory=dict)
    state: LineState = LineState.CREATED
    returned: int = 0


@dataclass(slots=True)
class Shipment:
    """What leaves one warehouse together; `tracking` has one number per parcel."""

    id: int
    reference: str
    sequence: int
    warehouse: str
    created: datetime
    lines: list[OrderLine]
    details: dict[str, str] = field(default_factory=dict)
    state: ShipmentState = ShipmentState.READY
    earliest_ship_date: str = ""
    courier: str = ""
    service: str = ""
    tracking: list[str] = field(default_factory=list)
    completed: datetime | None = None

    @property
    def live_lines(self) -> list[OrderLine]:
        """The lines that were not given up."""
        return [line for line in self.lines if line.state is not LineState.CANCELLED]

    @property
    def units(self) -> int:
        """How many units of it were not given up."""
        return sum(line.quantity for line in self.live_lines)


@dataclass(slots=True)
class Order:
    """An order of a channel; `originating_reference` is the number the shop gave it."""

    id: int
    channel: str
    reference: str
    originating_reference: str
    created: datetime
    shipments: list[Shipment]
    details: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    exported: str = ""
    state: OrderState = OrderState.VALIDATED

    @property
    def open_shipments(self) -> list[Shipment]:
        """The shipments that still have to leave."""
        return [shipment for shipment in self.shipments if shipment.state.open]

    @property
    def lines(self) -> Iterator[OrderLine]:
        """All lines of all shipments."""
        return (line for shipment in self.shipments for line in shipment.lines)


@dataclass(slots=True)
class ReturnLine:
    """Units that come back, or are announced to."""

    sku: str
    quantity: int
    reason: str = ""
    condition: str = ""
    refund: bool = True


@dataclass(slots=True)
class Return:
    """Goods that come back; `expected` until the warehouse has received or refused them."""

    id: int
    reference: str
    order_reference: str
    authorisation: str
    lines: list[ReturnLine]
    authorised: bool = True
    kind: str = "unknown"
    site: str = ""
    note: str = ""
    channel: str = ""
    expected: bool = True
    completed: datetime | None = None
