"""The one place where the real things are put together; everything else gets what it needs handed in.

`stores` and `remotes` are what the flows work with, `people` has the flows between customers, agents and the
CRM; `Bridge` adds the others. `shops` and `stocking` choose the client and the carrier of each site, `crm`
makes the CRM's.
"""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial

from sync.flows.agents import TOGETHER
from sync.flows.amendments import AmendmentFlow
from sync.flows.auditing import Auditor
from sync.flows.backfill import BackfillFlow
from sync.flows.baskets import Baskets
from sync.flows.conflicts import ConflictFlow
from sync.flows.feeding import Feeding
from sync.flows.fulfillment import FulfillmentFlow
from sync.flows.intake import IntakeFlow
from sync.flows.inventory import InventoryFlow
from sync.flows.messages import Loop, Work
from sync.flows.orders import OrderFlow
from sync.flows.privacy import PrivacyFlow
from sync.flows.publishing import Publisher
from sync.flows.pulled import Pulled
from sync.flows.refreshing import Refreshing
from sync.flows.reprocess import ReprocessFlow
from sync.flows.storefront import StorefrontFlow
from sync.flows.surveying import Survey
from sync.flows.watching import WatchFlow
from sync.inbox import Inbox
from sync.inbox.search import Searched
from sync.store.feeds import PostgresFeeds
from sync.store.figures import PostgresFigures
from sync.store.reservations import PostgresReservations
from sync.store.tallies import PostgresTallies
from sync.store.wanted import PostgresWanted
from sync.wiring.people import People
from sync.wiring.stores import now

__all__ = ["Bridge", "now", "silent"]


@dataclass(frozen=True)
class Bridge(People):
    """Every part, made on first use; one per process, made after a fork."""

    @cached_property
    def loop(self) -> Loop:
        """The delivery loop."""
        return Loop(ledger=self.ledger, bell=self.bell, clock=self.clock)

    @cached_property
    def orders(self) -> OrderFlow:
        """Orders to the warehouse."""
        return OrderFlow(
            sites=self.settings.sites,
            storefront=self.storefront,
            warehouse=self.warehouse,
            orders=self.orders_store,
            ledger=self.ledger,
            cursors=self.cursors,
            reader=self.reader,
            clock=self.clock,
            linking=self.linking,
            acquaintance=self.acquaintance,
            parallel=self.settings.delivery.parallel,
        )

    @cached_property
    def amendments(self) -> AmendmentFlow:
        """Changes of handed-over orders to the warehouse."""
        return AmendmentFlow(
            sites=self.settings.sites,
            storefront=self.storefront,
            warehouse=self.warehouse,
            orders=self.orders_store,
            reader=self.reader,
            clock=self.clock,
            linking=self.linking,
            acquaintance=self.acquaintance,
        )

    @cached_property
    def conflicts(self) -> ConflictFlow:
        """What a person decides."""
        return ConflictFlow(
            sites=self.settings.sites,
            conflicts=self.conflicts_store,
            orders=self.orders_store,
        )

    @cached_property
    def fulfillment(self) -> FulfillmentFlow:
        """Fulfillment to the storefront's plan."""
        return FulfillmentFlow(
            sites=self.settings.sites,
            storefront=self.storefront,
            warehouse=self.warehouse,
            orders=self.orders_store,
            reader=self.reader,
            clock=self.clock,
            linking=self.linking,
        )

    @cached_property
    def watching(self) -> WatchFlow:
        """What no push told."""
        return WatchFlow(
            warehouse=self.warehouse,
            orders=self.orders_store,
            ledger=self.ledger,
            cursors=self.cursors,
            clock=self.clock,
            parallel=self.settings.delivery.parallel,
            rate=self.settings.schedule.ask_rate,
        )

    @cached_property
    def postings(self) -> StorefrontFlow:
        """The plan to the storefront."""
        return StorefrontFlow(
            sites=self.settings.sites,
            storefront=self.storefront,
            ledger=self.ledger,
            queue=self.queue,
            clock=self.clock,
            parallel=self.settings.delivery.parallel,
            patience=self.settings.delivery.lease / 2,
            busy=self.stock_store.busy,
        )

    @cached_property
    def inventory(self) -> InventoryFlow:
        """Stock to the storefront."""
        return InventoryFlow(
            sites=self.settings.sites,
            warehouse=self.warehouse,
            stock=self.stock_store,
            reader=self.reader,
            queue=self.queue,
            baskets=self.baskets,
            publisher=self.publisher,
            pulled=Pulled(cursors=self.cursors, clock=self.clock),
            clock=self.clock,
        )

    @cached_property
    def baskets(self) -> Baskets:
        """What shoppers hold."""
        return Baskets(
            sites=self.settings.sites,
            reservations=PostgresReservations(self.sessions),
            reader=self.reader,
            ledger=self.ledger,
        )

    @cached_property
    def refreshing(self) -> Refreshing:
        """Counts that orders have changed."""
        # One per beat: too often for a pull of everything.
        wanted, request = PostgresWanted(self.sessions), partial(self.inventory.request, patient=True)
        return Refreshing(wanted=wanted, ledger=self.ledger, request=request, clock=self.clock)

    @cached_property
    def publisher(self) -> Publisher:
        """Allocations to the storefront."""
        return Publisher(
            shelf=self.stocking.shelves,
            stock=self.stock_store,
            refusals=self.refusals,
            feeding=self.feeding,
            clock=self.clock,
        )

    @cached_property
    def auditor(self) -> Auditor:
        """What the storefront has, read back."""
        return Auditor(
            mirror=self.stocking.readings,
            audits=self.audits,
            stock=self.stock_store,
            ledger=self.ledger,
            request=self.inventory.request,
            clock=self.clock,
            sleep=time.sleep,
        )

    @cached_property
    def survey(self) -> Survey:
        """What is out of the ordinary, counted."""
        tallies = PostgresTallies(self.sessions)
        return Survey(sites=self.settings.sites, publisher=self.publisher, tallies=tallies, clock=self.clock)

    @cached_property
    def feeding(self) -> Feeding:
        """Many allocations as one file."""
        return Feeding(
            bulk=self.stocking.bulk,
            feeds=PostgresFeeds(self.sessions),
            refusals=self.refusals,
            clock=self.clock,
            rest=time.sleep,
        )

    @cached_property
    def reprocess(self) -> ReprocessFlow:
        """Dead letters back to work."""
        return ReprocessFlow(
            sites=self.settings.sites,
            letters=self.letters,
            storefront=self.storefront,
            warehouse=self.warehouse,
            orders=self.orders_store,
            reader=self.reader,
            deliver_fact=self.fulfillment.deliver,
            clock=self.clock,
        )

    @cached_property
    def privacy(self) -> PrivacyFlow:
        """Personal data: shown, erased, and not kept for longer than a site wants."""
        return PrivacyFlow(
            sites=self.settings.sites,
            data=self.personal,
            retained=self.retained,
            stream=Searched.connected(self.settings.redis_url),
            ledger=self.ledger,
            people=self.people,
            clock=self.clock,
        )

    @cached_property
    def backfill(self) -> BackfillFlow:
        """What was missed, into the ledger."""
        return BackfillFlow(
            storefront=self.storefront,
            ledger=self.ledger,
            cursors=self.cursors,
            heard=PostgresFigures(self.sessions).heard,
        )

    @cached_property
    def intake(self) -> IntakeFlow:
        """Stream to ledger."""
        # Ten seconds: far more than one insert takes, far less than anybody waits for a dead intake.
        inbox = Inbox.connected(self.settings.redis_url, claim_idle=10.0)
        return IntakeFlow(inbox=inbox, ledger=self.ledger, bell=self.bell)

    @property
    def work(self) -> Work:
        """How much one run of the loop takes."""
        delivery = self.settings.delivery
        return Work(batch=delivery.batch, lease=delivery.lease, time_limit=min(120.0, delivery.lease))

    @property
    def agents_work(self) -> Work:
        """The same for stories, which go together as far as they can."""
        return replace(self.work, batch=TOGETHER)

    @property
    def overlap(self) -> timedelta:
        """How far polls look back behind their cursor."""
        return timedelta(seconds=self.settings.schedule.overlap)


def silent(_topic: str) -> None:
    """The bell of a process that has nobody to wake: the relay finds the work."""
