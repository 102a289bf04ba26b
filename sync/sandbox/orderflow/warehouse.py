"""The warehouse: its orders, shipments, returns and stock, and the events it tells about them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sync.sandbox.orderflow.ids import Ids
from sync.sandbox.orderflow.model import Order, OrderLine, Return, Shipment
from sync.sandbox.orderflow.states import LineState, OrderState, ShipmentState
from sync.sandbox.orderflow.stock import Stock, StockRecord

BY_API = "api"
"""The user on whose behalf the shop's own calls are carried out."""


class Refused(Exception):
    """The warehouse does not do that with a shipment or order in its present state."""


class Unknown(Exception):
    """The warehouse has no such order, shipment or product."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has just happened to an order, one of its shipments or a return."""

    kind: str
    operation: str
    user: str
    time: datetime
    order: Order | None = None
    shipment: Shipment | None = None
    returned: Return | None = None


def utc_now() -> datetime:
    """Return the present second; the warehouse keeps no fractions."""
    return datetime.now(UTC).replace(microsecond=0)


class Warehouse:
    """All that the warehouse knows, indexed for each way of asking: one organisation, several channels."""

    def __init__(
        self,
        organisation: str,
        channels: Iterable[str],
        sites: Iterable[str],
        ids: Ids,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.organisation = organisation
        self.channels = tuple(channels)
        self.sites = tuple(sites)
        self.ids = ids
        self.clock = clock
        self.stock = Stock(ids, self._stock_changed)
        self.on_event: list[Callable[[Event], None]] = []
        self.on_stock: list[Callable[[StockRecord], None]] = []
        self.on_order: list[Callable[[Order], None]] = []
        self.orders: dict[tuple[str, str], Order] = {}
        self.shipments: dict[tuple[str, str], tuple[Order, Shipment]] = {}
        self.despatched: dict[str, list[tuple[Order, Shipment]]] = {channel: [] for channel in self.channels}
        self.returns: dict[str, Return] = {}
        self.freed: Counter[tuple[str, str]] = Counter()

    def clear(self) -> None:
        """Forget all orders, returns and stock."""
        self.stock.clear()
        for index in (self.orders, self.shipments, self.returns, self.freed):
            index.clear()
        for despatched in self.despatched.values():
            despatched.clear()

    def _stock_changed(self, record: StockRecord) -> None:
        for listener in self.on_stock:
            listener(record)

    def tell(
        self,
        kind: str,
        operation: str,
        *,
        order: Order | None = None,
        shipment: Shipment | None = None,
        returned: Return | None = None,
        user: str = "warehouse",
    ) -> None:
        """Tell every listener what has just happened."""
        event = Event(kind, operation, user, self.clock(), order, shipment, returned)
        for listener in self.on_event:
            listener(event)

    def order(self, channel: str, reference: str) -> Order:
        """Return an order by its present number. Raises Unknown."""
        try:
            return self.orders[channel, reference]
        except KeyError:
            raise Unknown(f"No order found for reference '{reference}' on channel '{channel}'") from None

    def name_of(self, channel: str, reference: str) -> str:
        """Return channel, reference and how often it was freed: each time it is another order."""
        times = self.freed[channel, reference]
        return f"{channel}:{reference}" + (f":{times + 1}" if times else "")

    def book(self, order: Order) -> None:
        """Take the order in: index it and make its demand count."""
        self.orders[order.channel, order.reference] = order
        for shipment in order.shipments:
            self.index(order, shipment)
            for line in shipment.lines:
                self.stock.demand(line.sku, shipment.warehouse, line.quantity)
                self.stock.contain(line.sku, shipment.warehouse, order.channel, order.exported)
        for listener in self.on_order:
            listener(order)

    def index(self, order: Order, shipment: Shipment) -> None:
        """Make a shipment findable by its reference."""
        self.shipments[order.channel, shipment.reference] = (order, shipment)

    def rename(self, order: Order, reference: str) -> None:
        """Give the order and its shipments new references and so free the old ones."""
        del self.orders[order.channel, order.reference]
        self.freed[order.channel, order.reference] += 1
        suffix = reference.removeprefix(order.reference)
        for shipment in order.shipments:
            del self.shipments[order.channel, shipment.reference]
            shipment.reference += suffix
            self.index(order, shipment)
        order.reference = reference
        self.orders[order.channel, reference] = order

    def new_shipment_reference(self, order: Order, sequence: int) -> str:
        """Return a reference that no shipment of the channel has yet."""
        reference = f"{order.reference}-{sequence}"
        while (order.channel, reference) in self.shipments:
            reference += "A"
        return reference

    def settle(self, order: Order) -> None:
        """Bring the state of the order in line with its shipments once none of them is open."""
        # ASSUMPTION: an order stays validated until its last open shipment has left.
        if order.open_shipments:
            return
        left = any(shipment.state is ShipmentState.DESPATCHED for shipment in order.shipments)
        order.state = OrderState.DESPATCHED if left else OrderState.CANCELLED

    def place(self, lines: list[OrderLine], site: str, *, split: bool) -> list[tuple[str, list[OrderLine]]]:
        """Assign lines to the named warehouse, else to one that has all, else (with `split`) to several.

        Returns pairs of warehouse and lines. When nobody has enough, the warehouse with most available takes
        the demand as a back order.
        """
        if site:
            return [(site, lines)]
        whole = max(self.sites, key=lambda name: min(self._left(line, name) for line in lines))
        if not split or all(self._left(line, whole) >= 0 for line in lines):
            return [(whole, lines)]
        groups: dict[str, list[OrderLine]] = {}
        for line in lines:
            best = max(self.sites, key=lambda name: self._left(line, name))
            groups.setdefault(best, []).append(line)
        return list(groups.items())

    def _left(self, line: OrderLine, site: str) -> int:
        return self.stock.record(line.sku, site).available - line.quantity


def set_lines(shipment: Shipment, state: LineState) -> None:
    """Put all lines of the shipment that were not given up into one state."""
    for line in shipment.live_lines:
        line.state = state
