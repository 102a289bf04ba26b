"""The two practices: the bridge as it is, and a full synchronisation by the clock as it is common."""

import itertools
from datetime import timedelta
from typing import Protocol

from bench.oversell.agenda import Agenda
from sync.core.allocations import Allocation
from sync.core.messages import Draft, Origin, Topic
from sync.flows.drafts import placed
from sync.flows.inventory import STOCK_KEY, TOPICS
from sync.sandbox.orderflow.stock import StockRecord
from sync.sandbox.orderflow.stock_documents import inventory_push
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.switches import Switches
from sync.wiring import Bridge

# From a sale to the bridge having handed its order over, and from a push to its effect in the storefront:
# more than `make bench` measures for the real processes, so that the bridge is not flattered.
REACTION = timedelta(seconds=1)
# The warehouse collects stock changes and tells them in bursts.
BURST = timedelta(seconds=5)
FULL_SYNC = timedelta(minutes=15)


class Practice(Protocol):
    """A way to keep the storefront's stock; orders reach the warehouse in the same way under both."""

    def begin(self) -> None:
        """Make the storefront ready for the first shopper and plan what is to be done by the clock."""
        ...

    def sold(self, site: str, order_no: str) -> None:
        """Hear of an order."""
        ...

    def stock_changed(self, record: StockRecord) -> None:
        """Hear that the warehouse's number changed; not every practice listens."""
        ...


class HandsOrdersOver:
    """What both practices share: the order reaches the warehouse soon after it was placed."""

    def __init__(self, bridge: Bridge, agenda: Agenda) -> None:
        """Work with the parts of `bridge` on the time of `agenda`."""
        self.bridge = bridge
        self.agenda = agenda

    def sold(self, site: str, order_no: str) -> None:
        """Hand the order over after the reaction time."""
        self.agenda.after(REACTION, lambda: self._hand_over(site, order_no))

    def _hand_over(self, site: str, order_no: str) -> None:
        bridge = self.bridge
        bridge.ledger.add([placed(site, order_no, f"hook:{order_no}")])
        bridge.loop.deliver([Topic.ORDER_PLACED], bridge.orders.deliver, bridge.work)
        bridge.loop.deliver([Topic.POSTING_PLANNED], bridge.postings.deliver, bridge.work)
        self.worked()

    def worked(self) -> None:
        """Do what follows once orders were handed over."""

    @property
    def organisation(self) -> str:
        """The warehouse's organisation."""
        return next(iter(self.bridge.settings.sites.values())).organisation


class Orderbridge(HandsOrdersOver):
    """Counts by push, published as deltas; a pull by the clock for what no push told."""

    def __init__(
        self, bridge: Bridge, agenda: Agenda, house: Warehouse, switches: Switches, end: timedelta
    ) -> None:
        """Listen to `house` until `end` after the opening."""
        super().__init__(bridge, agenda)
        self._house = house
        self._switches = switches
        self._end = agenda.now() + end
        self._changed: dict[tuple[str, str], StockRecord] = {}
        self._slots = itertools.count()

    def begin(self) -> None:
        """Pull everything once; the first shopper comes to a shop that shows the truth."""
        self.agenda.every(FULL_SYNC, self._end, self._pull)
        self.agenda.every(BURST, self._end + BURST, self._tell)
        self.agenda.every(BURST, self._end + BURST, self._beat)

    def stock_changed(self, record: StockRecord) -> None:
        """Collect the change for the next burst."""
        self._changed[record.sku, record.warehouse] = record

    def worked(self) -> None:
        """Publish what the hand-over asked for."""
        self._publish()

    def _pull(self) -> None:
        self.bridge.ledger.add(
            [self.bridge.inventory.request(self.organisation, f"clock-{next(self._slots)}")]
        )
        self._publish()

    def _beat(self) -> None:
        """Ask for the counts that orders have changed, as beat does."""
        if self.bridge.refreshing.collect():
            self._publish()

    def _tell(self) -> None:
        """Write the message as the warehouse does: its numbers are those of now, its arrival is later."""
        changed, self._changed = list(self._changed.values()), {}
        if changed:
            number = self._house.ids.next()
            channel = self._house.channels[0]
            body = inventory_push(changed, self.organisation, channel, number, self._switches).decode()
            self.agenda.after(REACTION, lambda: self._hear(number, body))

    def _hear(self, number: int, body: str) -> None:
        draft = Draft(
            site=self.organisation,
            topic=Topic.STOCK_CHANGED,
            origin=Origin.WAREHOUSE,
            key=STOCK_KEY,
            dedupe_key=f"push:{number}",
            body=body,
            correlation_id=f"push-{number}",
            sequence=number,
            received_at=self.agenda.now(),
        )
        self.bridge.ledger.add([draft])
        self._publish()

    def _publish(self) -> None:
        self.bridge.loop.deliver(TOPICS, self.bridge.inventory.deliver, self.bridge.work)


class FullSync(HandsOrdersOver):
    """Every quarter of an hour each SKU is given the warehouse's number of that moment, changed or not.

    In the practice's favour: read and written in the same instant, however many SKUs there are.
    """

    def __init__(self, bridge: Bridge, agenda: Agenda, end: timedelta) -> None:
        """Synchronise until `end` after the opening."""
        super().__init__(bridge, agenda)
        self._end = agenda.now() + end

    def begin(self) -> None:
        """Synchronise now and every quarter of an hour."""
        self.agenda.every(FULL_SYNC, self._end + FULL_SYNC, self._synchronise)

    def stock_changed(self, record: StockRecord) -> None:
        """Hear nothing."""

    def _synchronise(self) -> None:
        available: dict[str, int] = {}
        for count in self.bridge.warehouse.counts(self.organisation):
            available[count.sku] = available.get(count.sku, 0) + count.available
        site = next(iter(self.bridge.settings.sites.values()))
        at = self.agenda.now()
        all_of_them = [Allocation(sku, max(0, units), at) for sku, units in available.items()]
        for written in self.bridge.stocking.shelves.write(site, all_of_them):
            if written.error:
                raise written.error
