"""The database, and what is remembered in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from config.settings import Settings
from sync.core.crm import AgentPlace
from sync.core.messages import Backoff
from sync.core.people import Pseudonyms
from sync.flows.messages import Bell
from sync.store.audits import PostgresAudits
from sync.store.conflicts import PostgresConflicts
from sync.store.db import make_engine, make_sessions
from sync.store.ledger import PostgresLedger
from sync.store.letters import PostgresLetters
from sync.store.links import PostgresLinks
from sync.store.orders import PostgresOrders
from sync.store.privacy import PostgresPersonalData, PostgresRetained
from sync.store.records import RECORDERS
from sync.store.refusals import PostgresRefusals
from sync.store.stock import PostgresCursors, PostgresStock
from sync.store.stories import News
from sync.store.waiting import PostgresQueue


def now() -> datetime:
    """Return the time, aware and in UTC; the clock of every bridge that is not given another one."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Stores:
    """Every store, made on first use."""

    settings: Settings
    bell: Bell
    clock: Callable[[], datetime] = now

    @cached_property
    def engine(self) -> Engine:
        """The connection pool."""
        return make_engine(self.settings.database_url)

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Short transactions."""
        return make_sessions(self.engine)

    @cached_property
    def news(self) -> News:
        """Whose story is noted when it changes: that of the sites whose agents look at the CRM."""
        shown = {
            name: site.crm.records.settle
            for name, site in self.settings.sites.items()
            if site.crm.agent is AgentPlace.CRM
        }
        return News(shown)

    @cached_property
    def ledger(self) -> PostgresLedger:
        """The memory of all work."""
        return PostgresLedger(self.sessions, self.backoff, RECORDERS, self.news)

    @property
    def backoff(self) -> Backoff:
        """The pauses between tries."""
        delivery = self.settings.delivery
        return Backoff(delivery.first_delay, delivery.longest_delay, delivery.attempts)

    @cached_property
    def letters(self) -> PostgresLetters:
        """The dead letters and the figures of the ledger."""
        return PostgresLetters(self.sessions, self.news)

    @cached_property
    def conflicts_store(self) -> PostgresConflicts:
        """What the systems disagree about."""
        return PostgresConflicts(self.sessions, self.news)

    @cached_property
    def people(self) -> Pseudonyms:
        """What people are called where their address may not stand."""
        return Pseudonyms(self.settings.privacy_key)

    @cached_property
    def personal(self) -> PostgresPersonalData:
        """What is kept of people."""
        return PostgresPersonalData(self.sessions, self._reasons)

    @cached_property
    def retained(self) -> PostgresRetained:
        """What was kept long enough."""
        return PostgresRetained(self.sessions, self._reasons)

    @property
    def _reasons(self) -> dict[str, str]:
        return {name: site.reason_attribute for name, site in self.settings.sites.items()}

    @cached_property
    def orders_store(self) -> PostgresOrders:
        """Hand-overs and progress."""
        return PostgresOrders(self.sessions, self.people)

    @cached_property
    def links(self) -> PostgresLinks:
        """Which ids lead to whom."""
        return PostgresLinks(self.sessions)

    @cached_property
    def names(self) -> Pseudonyms:
        """What stands for people's addresses."""
        return Pseudonyms(self.settings.privacy_key)

    @cached_property
    def stock_store(self) -> PostgresStock:
        """Counts, demand and publications."""
        return PostgresStock(self.sessions)

    @cached_property
    def refusals(self) -> PostgresRefusals:
        """SKUs that the storefront refuses."""
        return PostgresRefusals(self.sessions)

    @cached_property
    def audits(self) -> PostgresAudits:
        """What was read back."""
        return PostgresAudits(self.sessions)

    @cached_property
    def queue(self) -> PostgresQueue:
        """What waits under one key."""
        return PostgresQueue(self.sessions, self.settings.delivery.lease)

    @cached_property
    def cursors(self) -> PostgresCursors:
        """How far each poll has come."""
        return PostgresCursors(self.sessions)

    def close(self) -> None:
        """Let go of the connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()
