"""A shop, two warehouses and the bridge between them, on the ledger of the sandbox's storefront."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

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
