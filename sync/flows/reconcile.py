"""Reconcile: every order of a window, as ledger, storefront and warehouse see it, side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from sync.core.errors import Alarm, OrderbridgeError
from sync.core.fulfillment import Fact, Known, advance
from sync.core.messages import Message, Origin, Topic
from sync.core.ports import Orders, Reader, Sighting, Storefront, Warehouse
from sync.core.postings import HandedOrder, Kind
from sync.core.reconcile import (
    Compared,
    Kept,
    Mark,
    Mismatch,
    System,
    marks_of,
    storefront_differences,
    storefront_marks,
    warehouse_differences,
)
from sync.core.sites import Site
from sync.flows.fulfillment import naming_goods

_BATCH = 200
_OPEN = {"due", "working"}


class Books(Protocol):
    """The ledger's side of the comparison."""

    def window(self, site: str, since: datetime, until: datetime) -> list[Kept]:
        """Return the orders placed in [since, until) that were reserved for hand-over."""
        ...

    def unreserved(self, site: str, order_nos: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return order number → (state, code) of orders without a hand-over, empty when unheard of."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileFlow:
    """The story of three books that must say the same; asks only, changes nothing."""

    storefront: Storefront
    warehouse: Warehouse
    orders: Orders
    books: Books
    reader: Reader
    clock: Callable[[], datetime]
    parallel: int = 4

    def orders_of(self, site: Site, since: datetime, until: datetime) -> list[Kept]:
        """Return the ledger's orders placed in [since, until)."""
        return self.books.window(site.name, since, until)

    def compare(self, site: Site, kept: Sequence[Kept], since: datetime) -> Iterator[Compared]:
        """Yield the comparison of each kept order, oldest first. Raises Alarm when we are not let in."""
        returned = self._returned(site, since)
        with ThreadPoolExecutor(self.parallel) as pool:
            yield from pool.map(lambda one: self._compare(site, one, returned), kept)

    def unheard(self, site: Site, since: datetime, until: datetime) -> Iterator[Compared]:
        """Yield the orders that wait for export in the storefront and never got as far as a hand-over."""
        ready = (number for number, modified in self.storefront.ready_orders(site, since) if modified < until)
        while batch := list(islice(ready, _BATCH)):
            for order_no, (state, code) in self.books.unreserved(site.name, batch).items():
                yield _unheard(site, order_no, state, code)

    def _returned(self, site: Site, since: datetime) -> dict[str, list[Fact]]:
        facts: dict[str, list[Fact]] = {}
        for seen in self.warehouse.returns(site.home, since, self.clock() + timedelta(days=1)):
            fact = self._fact(site, seen)
            facts.setdefault(fact.reference, []).append(fact)
        return facts

    def _compare(self, site: Site, kept: Kept, returned: Mapping[str, list[Fact]]) -> Compared:
        try:
            return self._three_views(site, kept, returned)
        except Alarm:
            raise
        except OrderbridgeError as error:
            views = {System.LEDGER: "-", System.STOREFRONT: f"{error.code}: {error.detail}"}
            marks = {System.LEDGER: frozenset({Mark.PLACED})}
            return Compared(
                order_no=kept.order_no,
                marks=marks,
                mismatches=[_mismatch(site, kept, "not comparable", views)],
            )

    def _three_views(self, site: Site, kept: Kept, returned: Mapping[str, list[Fact]]) -> Compared:
        statuses = self._statuses(site, kept.order_no)
        order = self.orders.find(site, kept.references[0]) if kept.accepted else None
        theirs, has_all = self._warehouse_view(site, kept, order, returned)
        ours = self.orders.known(site, kept.order_no)[1] if order else Known()
        found = list(_differences(site, kept, order, (ours, theirs), statuses, has_all=has_all))
        ordered = sum(line.quantity for part in order.parts for line in part.lines) if order else 0
        pushed = frozenset({Mark.PLACED, Mark.PUSHED})
        marks = {
            System.LEDGER: marks_of(ours, ordered) | (pushed if order else {Mark.PLACED}),
            System.STOREFRONT: storefront_marks(statuses),
            System.WAREHOUSE: marks_of(theirs, ordered) | (pushed if has_all else frozenset()),
        }
        mismatches = [_mismatch(site, kept, subject, views) for subject, views in found]
        return Compared(order_no=kept.order_no, marks=marks, mismatches=mismatches)

    def _statuses(self, site: Site, order_no: str) -> dict[Kind, str]:
        seen = self.storefront.observe(site, order_no)
        return {
            Kind.EXPORT_STATUS: seen.export_status,
            Kind.EXTERNAL_STATUS: seen.external_status,
            Kind.SHIPPING_STATUS: seen.shipping_status,
            Kind.ORDER_STATUS: seen.status,
        }

    def _warehouse_view(
        self, site: Site, kept: Kept, order: HandedOrder | None, returned: Mapping[str, list[Fact]]
    ) -> tuple[Known, bool]:
        """Join what the warehouse says of every reference; also tell whether it knows them all."""
        known, has_all = Known(), True
        channels = {one.reference: one.channel for one in self.orders.handovers(site, kept.order_no)}
        for reference in kept.references:
            seen = self.warehouse.order_detail(channels.get(reference, site.home.channel), reference)
            has_all = has_all and seen is not None
            facts = [self._fact(site, seen)] if seen else []
            for fact in [*facts, *returned.get(reference, [])]:
                known = advance(known, naming_goods(fact, order) if order else fact).known
        return known, has_all

    def _fact(self, site: Site, seen: Sighting) -> Fact:
        message = Message(
            id=0,
            attempt=1,
            site=site.name,
            topic=Topic.SHIPMENT_CHANGED,
            origin=Origin.WAREHOUSE,
            key=seen.reference,
            dedupe_key=seen.identity,
            body=seen.body,
            correlation_id="reconcile",
            received_at=self.clock(),
        )
        return self.reader.fact(message, site)


def _differences(
    site: Site,
    kept: Kept,
    order: HandedOrder | None,
    known: tuple[Known, Known],
    statuses: Mapping[Kind, str],
    *,
    has_all: bool,
) -> Iterator[tuple[str, dict[System, str]]]:
    if order is None:
        failed = "dead letter" if kept.dead else "pending" if kept.pending else "no"
        yield "pushed", {System.LEDGER: failed, System.WAREHOUSE: "yes" if has_all else "no"}
        return
    if not has_all:
        yield "pushed", {System.LEDGER: "yes", System.WAREHOUSE: "no"}
    yield from storefront_differences(site, order, known[0], statuses)
    yield from warehouse_differences(*known)


def _mismatch(site: Site, kept: Kept, subject: str, views: Mapping[System, str]) -> Mismatch:
    return Mismatch(
        site=site.name,
        order_no=kept.order_no,
        subject=subject,
        views=views,
        in_flight=bool(kept.pending),
    )


def _unheard(site: Site, order_no: str, state: str, code: str) -> Compared:
    views = {
        System.STOREFRONT: "ready for export",
        System.LEDGER: " ".join(filter(None, [state, code])) or "never heard of",
    }
    mismatch = Mismatch(
        site=site.name, order_no=order_no, subject="placed", views=views, in_flight=state in _OPEN
    )
    return Compared(
        order_no=order_no, marks={System.STOREFRONT: frozenset({Mark.PLACED})}, mismatches=[mismatch]
    )
