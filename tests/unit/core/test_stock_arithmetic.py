"""Our formula against the ledger of the sandbox's storefront: every sold unit is taken off exactly once."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.core.inventory import Count, Demand, Published, differs, target
from sync.core.sites import StockPolicy
from sync.sandbox.sfcc.stock import InventoryList

POLICY = StockPolicy(inventory_list="list", warehouses=("MAIN", "NORTH"))
START = datetime(2026, 8, 20, 10, tzinfo=UTC)


@dataclass
class Sold:
    """An order of one SKU on its way."""

    units: int
    placed: datetime
    accepted: datetime | None = None
    exported: datetime | None = None
    canceled: bool = False
    shipped: bool = False

    @property
    def open(self) -> bool:
        return not (self.canceled or self.shipped)


@dataclass
class Day:
    """A shop, two warehouses and the bridge between them; every step is a minute.

    A publication is two steps, begun and landed, and everything else may happen in between but one thing: the
    storefront is told of no export while a write is under way (`PostgresStock.busy`). `dated` writes carry
    the moment they were begun at; the storefront honours it or takes the moment of writing instead.
    """

    physical: int
    on_order: bool = True
    dated: bool = False
    honoured: bool = True
    now: datetime = START
    orders: list[Sold] = field(default_factory=list)
    counts: list[tuple[Count, Count]] = field(default_factory=list)
    known: dict[str, Count] = field(default_factory=dict)
    published: Published | None = None
    begun: tuple[int, datetime] | None = None

    def __post_init__(self) -> None:
        self.list = InventoryList("list", on_order=self.on_order)
        self.count()
        self.hear(0)
        self.hear_north(0)
        self.publish()

    @property
    def ats(self) -> int:
        return int(self.list.ats("A"))

    @property
    def left(self) -> int:
        """What nobody has bought yet."""
        return max(0, self.physical - sum(one.units for one in self.orders if one.open))

    def tick(self) -> None:
        self.now += timedelta(minutes=1)

    def sell(self, units: int) -> bool:
        if not self.list.sellable("A", units):
            return False
        self.list.reserve({"A": Decimal(units)}, self.now, exported=False)
        self.orders.append(Sold(units, self.now))
        return True

    def hand_over(self, number: int) -> None:
        for one in self._nth(number, [o for o in self.orders if o.open and o.accepted is None]):
            one.accepted = self.now

    def export(self, number: int) -> None:
        waiting = [o for o in self.orders if o.open and o.accepted is not None and o.exported is None]
        for one in self._nth(number, waiting if self.begun is None else []):
            one.exported = self.now
            self.list.export({"A": Decimal(one.units)}, self.now)

    def cancel(self, number: int) -> None:
        for one in self._nth(number, [o for o in self.orders if o.open]):
            one.canceled = True
            demand = {"A": Decimal(one.units)}
            self.list.release(demand, self.now, reserved=one.placed, exported=one.exported)

    def ship(self, number: int) -> None:
        for one in self._nth(number, [o for o in self.orders if o.open and o.exported is not None]):
            one.shipped, self.physical = True, self.physical - one.units

    def gain(self, number: int) -> None:
        """Goods come in."""
        self.physical += number

    def count(self, _number: int = 0) -> None:
        """Compute both warehouses' counts; each may arrive late, or never. The northern one owes a unit."""
        required = sum(one.units for one in self.orders if one.open and one.accepted is not None)
        main, north = self.physical - required + 1, -1
        self.counts.append((self._counted("MAIN", main), self._counted("NORTH", north)))

    def _counted(self, warehouse: str, available: int) -> Count:
        return Count(
            organisation="o",
            sku="A",
            warehouse=warehouse,
            available=available,
            sequence=len(self.counts) + 1,
            as_of=self.now,
        )

    def hear(self, number: int) -> None:
        """Let one of the main warehouse's counts arrive; the newest of all that arrived is kept."""
        self._keep(self.counts[-1 - number % len(self.counts)][0])

    def hear_north(self, number: int) -> None:
        """Let one of the other's arrive."""
        self._keep(self.counts[-1 - number % len(self.counts)][1])

    def _keep(self, told: Count) -> None:
        known = self.known.get(told.warehouse)
        if known is None or told.sequence > known.sequence:
            self.known[told.warehouse] = told

    def publish(self, _number: int = 0) -> None:
        self.begin()
        self.land()

    def begin(self, _number: int = 0) -> None:
        """Read what there is, and begin to write it if it differs."""
        demand = [
            Demand(
                order_no=str(number),
                sku="A",
                quantity=one.units,
                stamp=one.placed,
                accepted_at=one.accepted,
                exported_at=one.exported,
            )
            for number, one in enumerate(self.orders)
        ]
        wanted = target("A", POLICY, list(self.known.values()), demand)
        if self.begun is None and differs(wanted, self.published, demand):
            self.begun = (wanted.allocation, self.now)

    def land(self, _number: int = 0) -> None:
        """What was begun takes effect."""
        if self.begun is not None:
            allocation, began = self.begun
            self.write(allocation, began if self.dated else None)
            self.published = Published(allocation=allocation, started_at=began, finished_at=self.now)
            self.begun = None

    def write(self, allocation: int, true_at: datetime | None = None) -> None:
        at = true_at if true_at and self.honoured else self.now
        self.list.allocate("A", Decimal(allocation), at, self.now)
        self.published = Published(allocation=allocation, started_at=self.now, finished_at=self.now)

    def quiet(self) -> None:
        """Everything under way arrives, and the products of what was handed over are asked for by name."""
        self.land()
        for step in (self.hand_over, self.export):
            for _ in self.orders:
                step(0)
        self.tick()
        self.count()
        self.hear(0)
        self.hear_north(0)
        self.publish()

    @staticmethod
    def _nth(number: int, some: list[Sold]) -> list[Sold]:
        return [some[number % len(some)]] if some else []


def v1(*, on_order: bool) -> Day:
    day = Day(50, on_order=on_order)
    day.tick()
    assert day.sell(4)
    day.tick()
    return day


def test_v1_a_sale_is_taken_off_by_the_storefront() -> None:
    assert (v1(on_order=False).ats, v1(on_order=True).ats) == (46, 46)


def test_v2_a_number_that_knows_nothing_of_the_sale_oversells_without_on_order() -> None:
    day = v1(on_order=False)
    day.write(50)
    assert day.ats == 50
    assert day.ats > day.left


def test_v3_the_same_number_with_the_time_at_which_it_was_true_does_not() -> None:
    day = v1(on_order=False)
    day.write(50, START + timedelta(seconds=30))
    assert day.ats == 46


def test_v4_with_on_order_our_number_needs_no_time() -> None:
    day = v1(on_order=True)
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.published = None
    day.publish()
    assert (int(day.list.records["A"].allocation), day.ats) == (50, 46)


def v5() -> Day:
    day = v1(on_order=True)
    day.hand_over(0)
    day.tick()
    day.export(0)
    day.tick()
    return day


def test_v5_an_export_moves_the_units_and_shows_the_same() -> None:
    day = v5()
    assert (int(day.list.sales("A").on_order), int(day.list.turnover("A")), day.ats) == (0, 4, 46)


def test_v6_after_the_export_our_number_is_the_warehouses() -> None:
    day = v5()
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert (int(day.list.turnover("A")), day.ats) == (0, 46)


def test_v6_a_count_from_before_the_hand_over_is_lowered_by_what_it_does_not_contain() -> None:
    day = v5()
    day.published = None
    day.publish()
    assert (sum(one.available for one in day.known.values()), day.ats) == (50, 46)


def test_v7_a_number_dated_before_the_export_would_subtract_twice_and_ours_is_not_dated() -> None:
    day = v5()
    day.write(46, START)
    assert day.ats == 42
    day.published = None
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == 46


def test_v8_what_a_cancellation_does_not_give_back_the_next_count_does() -> None:
    day = v5()
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    day.tick()
    day.cancel(0)
    assert day.ats == 46
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == 50


def test_v9_of_two_orders_for_more_than_there_is_the_second_is_refused() -> None:
    day = Day(3)
    assert (day.sell(2), day.sell(2), day.ats) == (True, False, 1)


def test_v7_a_number_dated_when_it_was_true_is_right_too() -> None:
    day = v5()
    day.dated = True
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == day.left == 46


def test_v8_off_a_cancellation_after_the_reset_gives_nothing_back_until_the_next_count() -> None:
    day = v1(on_order=False)
    day.hand_over(0)
    day.export(0)
    day.tick()
    day.write(46)
    day.tick()
    day.cancel(0)
    assert (int(day.list.turnover("A")), day.ats) == (0, 46)
    day.write(50)
    assert day.ats == 50


def test_an_order_counted_and_not_exported_is_too_little_for_a_moment_and_right_once_it_is() -> None:
    # The reference's vector: a is in count and exported, b is exported and not in the count, c is in neither,
    # d is in the count and not exported. Adding d back would be right only until its export lands.
    def sold(units: int, *, counted: bool, exported: bool) -> Demand:
        accepted = START - timedelta(hours=1) if counted else START + timedelta(minutes=1)
        at = accepted if exported else None
        return Demand(
            order_no="n", sku="A", quantity=units, stamp=START, accepted_at=accepted, exported_at=at
        )

    policy = StockPolicy(inventory_list="list", warehouses=("MAIN",))
    record = Count(organisation="o", sku="A", warehouse="MAIN", available=10, sequence=1, as_of=START)
    a, b = sold(2, counted=True, exported=True), sold(3, counted=False, exported=True)
    d = sold(4, counted=True, exported=False)
    allocation, on_order_of_c = target("A", policy, [record], [a, b, d]).allocation, 1
    assert allocation == 7
    assert allocation - on_order_of_c - d.quantity == 2
    told = replace(d, exported_at=START + timedelta(minutes=9))
    written = Published(allocation=7, started_at=START, finished_at=START)
    again = target("A", policy, [record], [a, b, told])
    assert differs(again, written, [a, b, told])
    assert again.allocation - on_order_of_c == 6


def test_by_the_echoed_stamp_what_was_handed_over_later_is_taken_off_and_the_rest_is_not() -> None:
    # Pushed 10, the echo 09:00; handed over 08:59 (2) and 09:02 (3); one more (1) was never handed over,
    # which the storefront takes off itself.
    nine = START.replace(hour=9)
    policy = StockPolicy(inventory_list="list", warehouses=("MAIN",))
    record = Count(
        organisation="o",
        sku="A",
        warehouse="MAIN",
        available=10,
        sequence=1,
        as_of=nine + timedelta(minutes=5),
        last_exported=nine,
    )

    def handed(units: int, minutes: int) -> Demand:
        at = nine + timedelta(minutes=minutes)
        return Demand(order_no="n", sku="A", quantity=units, stamp=at, accepted_at=at)

    never = Demand(order_no="n", sku="A", quantity=1, stamp=nine)
    found = target("A", policy, [record], [handed(2, -1), handed(3, 2), never])
    assert found.allocation - never.quantity == 6


STEPS = (
    "sell",
    "gain",
    "hand_over",
    "export",
    "cancel",
    "ship",
    "count",
    "hear",
    "hear_north",
    "begin",
    "land",
)
STEP = st.tuples(st.sampled_from(STEPS), st.integers(0, 5))


@settings(max_examples=400, deadline=None)
@given(
    physical=st.integers(0, 20),
    steps=st.lists(STEP, max_size=50),
    dated=st.booleans(),
    honoured=st.booleans(),
)
@example(
    physical=10,
    # Canceled after its export, which came after the allocation: the units come back by themselves.
    steps=[
        ("sell", 4),
        ("hand_over", 0),
        ("export", 0),
        ("cancel", 0),
        ("count", 0),
        ("hear", 0),
        ("hear_north", 0),
        ("begin", 0),
    ],
    dated=False,
    honoured=True,
)
@example(
    # Handed over while a write is under way that was computed before; its export would be forgotten by it.
    physical=10,
    steps=[
        ("gain", 2),
        ("count", 0),
        ("hear", 0),
        ("begin", 0),
        ("sell", 4),
        ("hand_over", 0),
        ("export", 0),
        ("land", 0),
    ],
    dated=True,
    honoured=False,
)
def test_what_is_shown_never_exceeds_what_is_left_and_returns_to_it_when_all_is_quiet(
    *, physical: int, steps: list[tuple[str, int]], dated: bool, honoured: bool
) -> None:
    day = Day(physical, dated=dated, honoured=honoured)
    for name, number in steps:
        day.tick()
        getattr(day, name)(number)
        assert day.ats <= day.left
    day.quiet()
    assert day.ats == day.left


def test_units_that_came_back_by_themselves_hide_no_loss_in_the_warehouse() -> None:
    day = v5()
    day.cancel(0)
    day.physical = 46
    day.tick()
    day.count()
    day.hear(0)
    day.hear_north(0)
    day.publish()
    assert day.ats == day.left == 46
