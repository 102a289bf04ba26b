"""What is found out about stock messages that are worked together, and about the pull that answers them."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync.core.errors import OrderbridgeError, Unfinished
from sync.core.inventory import Count
from sync.core.messages import Done, Message, Outcome, Settled, Topic, Wait
from sync.flows.messages import settlement_of
from sync.flows.tally import Tally

# Characters of bodies that are worked, and in memory, together.
MOST = 8 * 1024 * 1024


@dataclass(slots=True)
class Work:
    """Messages of one organisation that are worked together, and what is found out about each."""

    messages: list[Message]
    tally: Tally = field(default_factory=Tally)
    notes: dict[int, str] = field(default_factory=dict)
    failures: dict[int, OrderbridgeError] = field(default_factory=dict)
    superseded: set[int] = field(default_factory=set)
    skus: set[str] | None = field(default_factory=set)
    eager: Collection[str] = ()
    afresh: Mapping[str, datetime] = field(default_factory=dict)
    guests: list[Settled] = field(default_factory=list)
    pulled: set[int] = field(default_factory=set)

    @property
    def full(self) -> bool:
        """Whether there is no room or no reason for more: a pull of everything tells whatever was told."""
        size = sum(len(message.body) for message in self.messages)
        return size > MOST or any(asks_for_all(message) for message in self.messages)

    def quiet_since(self, now: datetime) -> timedelta:
        """Return how long ago the last message arrived."""
        arrived = [message.received_at for message in self.messages if message.received_at]
        return now - max(arrived, default=now - timedelta(days=1))

    def publishes(self, skus: Collection[str] | None) -> None:
        """Have these published too; None means everything."""
        self.skus = None if skus is None or self.skus is None else self.skus | set(skus)

    def settled(self, failure: OrderbridgeError | None) -> list[Settled]:
        """Return the settlements of all but guests, which have their own.

        What the publication met is the first message's; the others wait for it.
        """
        guests = {one.message.id for one in self.guests}
        first, *others = [one for one in self.messages if one.id not in guests]
        if failure is not None:
            later = [Settled(one, Wait(failure.code, failure.detail, 0.0)) for one in others]
            return [Settled(first, settlement_of(failure)), *later]
        return [self._settled(message) for message in (first, *others)]

    def _settled(self, message: Message) -> Settled:
        if message.id in self.failures:
            return Settled(message, settlement_of(self.failures[message.id]))
        note = "; ".join(filter(None, (self.tally.note(), self.notes.get(message.id, ""))))
        outcome = Outcome.SUPERSEDED if message.id in self.superseded else Outcome.APPLIED
        return Settled(message, Done(outcome, note))


@dataclass(slots=True)
class Told:
    """A pull's counts, and how it ended: what came before the end is to be kept."""

    source: Iterator[Count]
    error: OrderbridgeError | None = None
    given: int = 0
    unaskable: Sequence[str] = ()
    seen: set[str] = field(default_factory=set)

    def counts(self, *, by_name: bool) -> Iterator[Count]:
        """Yield them all; with `by_name` it is remembered which SKUs were among them."""
        try:
            for count in self.source:
                if by_name:
                    self.seen.add(count.sku)
                yield count
        except OrderbridgeError as error:
            self.error = error

    def note(self, skus: Sequence[str] | None, gone: Sequence[str]) -> str:
        """Say what is missing, what could not be asked for, what has disappeared and what is bad."""
        missing = [sku for sku in skus or () if sku not in self.seen and sku not in self.unaskable]
        absent = f"the warehouse tells nothing of {', '.join(missing[:10])}" if missing else ""
        lost = f"{len(gone)} SKUs have disappeared, the first: {gone[0]}" if gone else ""
        bad = self.error.detail if self.error else ""
        return "; ".join(filter(None, (absent, self._not_by_name(skus is None), lost, bad)))

    def _not_by_name(self, everything: bool) -> str:  # noqa: FBT001
        if not self.unaskable:
            return ""
        names = ", ".join(repr(sku) for sku in self.unaskable[:10])
        then = "everything was asked for" if everything else "the next pull of everything tells"
        return f"the warehouse cannot be asked for {names} by name, {then}"


def named(message: Message) -> list[str]:
    """Return the SKUs that a request names, none when it asks for everything."""
    named = json.loads(message.body).get("skus") or []
    return [str(sku) for sku in named]


def afresh_of(messages: Iterable[Message]) -> dict[str, datetime]:
    """Return list → moment since which requests want everything on it written; the latest of several."""
    found: dict[str, datetime] = {}
    for message in messages:
        wish = message.topic == Topic.STOCK_REQUESTED and json.loads(message.body).get("afresh")
        if wish:
            since = datetime.fromisoformat(wish["since"])
            found[wish["list"]] = max(since, found.get(wish["list"], since))
    return found


def asks_for_all(message: Message) -> bool:
    """Tell whether a message is a request for every count there is."""
    return message.topic == Topic.STOCK_REQUESTED and not named(message)


def is_patient(message: Message) -> bool:
    """Tell whether what a request names, and nobody can ask for by name, may wait for the next whole pull."""
    return bool(json.loads(message.body).get("patient"))


def failed(requests: Iterable[int], told: Told) -> dict[int, OrderbridgeError]:
    """Return the pull's failure for its first request; the others wait for it."""
    first, *others = requests
    error = told.error
    if error is None:
        return {}
    if told.given:
        error.detail = f"{error.detail}; the {told.given} counts before it were kept"
    later = Unfinished(error.code, error.detail)
    return {first: error, **dict.fromkeys(others, later)}
