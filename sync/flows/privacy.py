"""Privacy: what is kept of a person is found, shown or erased; what is old is blanked without being asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sync.core.messages import Draft
from sync.core.people import Pseudonyms
from sync.core.ports import Ledger
from sync.core.ports.privacy import (
    ErasureRequest,
    Holdings,
    OrderId,
    PersonalData,
    Retained,
    Stream,
    Told,
    Waiting,
)
from sync.core.privacy import Mention, PrivacyPolicy, email_of
from sync.core.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is kept of a person: the orders that name them, and events that are not in the ledger yet."""

    mention: Mention
    digest: str
    orders: Sequence[OrderId] = ()
    waiting: Sequence[Waiting] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did: the orders without the person now, those that were left, where the address is."""

    erased: Sequence[OrderId] = ()
    refused: Sequence[Holdings] = ()
    waiting: int = 0
    left: Mapping[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing is left."""
        return not (self.refused or self.waiting or self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyFlow:
    """The story of a person's wish, and of time."""

    sites: Mapping[str, Site]
    data: PersonalData
    retained: Retained
    stream: Stream
    ledger: Ledger
    people: Pseudonyms
    clock: Callable[[], datetime]

    def find(self, email: str, told: Told = lambda _done, _all: None) -> Person:
        """Return what is kept of a person; raises `Rejected` email.invalid.

        The stream first: what moves into the ledger meanwhile is found there.
        """
        mention = Mention(email_of(email))
        digest = self.people.of(mention.email)
        waiting = [one for one in self.stream.waiting() if mention(one.text)]
        found = self.data.find(mention, digest, told)
        return Person(mention=mention, digest=digest, orders=sorted(found), waiting=waiting)

    def holdings(self, person: Person) -> list[Holdings]:
        """Return what is kept of each order."""
        return [self.data.holdings(order) for order in person.orders]

    def dossier(self, order: OrderId) -> Mapping[str, Any]:
        """Return everything that is kept of an order."""
        return self.data.dossier(order)

    def erase(self, person: Person, *, actor: str, force: bool = False) -> Erased:
        """Erase a person from every order that is closed, from the open ones too with `force`.

        Each order is a step of its own: stopped, the next call finds the rest. Repeated, it does nothing.
        """
        with_waiting = {OrderId(one.draft.site, one.draft.key) for one in person.waiting}
        orders = [*person.orders, *sorted(with_waiting - set(person.orders))] if force else person.orders
        request = ErasureRequest(person=person.digest, actor=actor, at=self.clock())
        erased: list[OrderId] = []
        refused: list[Holdings] = []
        for order in orders:
            if self.data.erase(order, request, force=force):
                erased.append(order)
            else:
                refused.append(self.data.holdings(order))
        if force:
            self._take_in(person.waiting)
        if not refused:
            self.data.forget(request)
        waiting = sum(person.mention(one.text) for one in self.stream.waiting())
        left = {} if refused or waiting else self.data.left(person.mention)
        return Erased(erased=erased, refused=refused, waiting=waiting, left=left)

    def _take_in(self, waiting: Sequence[Waiting]) -> None:
        """Do what intake would do: the ledger knows the orders as erased now, and keeps none of it."""
        drafts: list[Draft] = [one.draft for one in waiting]
        self.ledger.add(drafts)
        self.stream.ack([one.entry for one in waiting])

    def retain(self, *, limit: int = 500) -> Mapping[str, int]:
        """Blank what was kept long enough, up to `limit` rows of each place; return how many of each."""
        return self.retained.blank(*self._cutoffs(), limit)

    def retention_due(self) -> Mapping[str, int]:
        """Return how many rows of each place are due."""
        return self.retained.due(*self._cutoffs())

    def _cutoffs(self) -> tuple[dict[str, datetime], datetime]:
        now = self.clock()
        each = {name: now - timedelta(days=site.privacy.retention_days) for name, site in self.sites.items()}
        return each, now - timedelta(days=PrivacyPolicy().retention_days)
