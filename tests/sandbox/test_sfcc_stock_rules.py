"""For any interleaving of sales, exports, cancellations and true counts, nothing is sold twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.sandbox.sfcc.assumptions import switches
from sync.sandbox.sfcc.book import Order, OrderBook
from sync.sandbox.sfcc.stock import InventoryList, OutOfStockError
from sync.sandbox.world import World

SKU = "RA-00001"
PHYSICAL = 20
START = datetime(2026, 8, 20, 6, tzinfo=UTC)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(1, 9)),
        st.tuples(st.just("export"), st.integers(0, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("count"), st.integers(0, 9)),
    ),
    max_size=25,
)


class Day:
    """A day of trade; at every minute it is known what a true count would have been."""

    def __init__(self, *, on_order: bool) -> None:
        self.clock = START
        self.stock = InventoryList("refarch", on_order=on_order)
        self.book = OrderBook(World(now=lambda: self.clock), {"refarch": self.stock}, "refarch", switches())
        self.stock.allocate(SKU, Decimal(PHYSICAL), self.clock, self.clock)
        self.orders: list[Order] = []
        self.counts: list[tuple[datetime, int]] = []

    def open_units(self, *, exported_only: bool = False) -> int:
        """Units of orders that are neither shipped nor canceled."""
        return sum(
            order.document["productItems"][0]["quantity"]
            for order in self.orders
            if order.document["status"] == "new" and (order.exported is not None or not exported_only)
        )

    def count(self) -> None:
        """Note what is to be allocated now: physical stock less what SFCC itself does not subtract."""
        self.counts.append((self.clock, PHYSICAL - self.open_units(exported_only=self.stock.on_order)))

    def step(self, action: str, number: int) -> None:
        """Do one thing, a minute after the last."""
        self.clock += timedelta(minutes=1)
        if action == "sell":
            self._sell(number)
        elif action == "count":
            moment, amount = self.counts[-1 - number % len(self.counts)]
            self.stock.allocate(SKU, Decimal(amount), moment, self.clock)
        elif self.orders:
            order = self.orders[number % len(self.orders)]
            if action == "export":
                self.book.change_export(order, "exported")
            else:
                self.book.change_status(order, "cancelled")
        self.clock += timedelta(seconds=30)
        self.count()

    def _sell(self, units: int) -> None:
        lines = [{"productId": SKU, "quantity": units}]
        try:
            self.orders.append(self.book.add({"siteId": "RefArchUK", "productItems": lines}))
        except OutOfStockError:
            assert self.stock.ats(SKU) < units


@settings(max_examples=200, deadline=None)
@given(steps=STEPS, on_order=st.booleans())
@example(steps=[("sell", 5), ("count", 1)], on_order=False)
def test_what_is_offered_never_exceeds_what_is_left(steps: list[tuple[str, int]], on_order: bool) -> None:  # noqa: FBT001
    day = Day(on_order=on_order)
    day.count()
    for action, number in steps:
        day.step(action, number)
        assert day.stock.ats(SKU) <= PHYSICAL - day.open_units()
