"""The delivery loop: claim a batch, handle it, settle it, until nothing is due or the time is up."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog

from sync.core.correlation import correlated
from sync.core.errors import OrderbridgeError, Rejected, Retryable, Unfinished
from sync.core.messages import Dead, Done, Draft, Message, Retry, Settled, Settlement, Topic, Wait
from sync.core.ports import HandoverAccepted, Ledger
from sync.core.sites import Site

log = structlog.get_logger()

# Without turns a steady stream of facts would keep its worker from ever telling the storefront of them.
TURN_SECONDS = 1.0

Handler = Callable[[Sequence[Message]], Iterator[Iterable[Settled]]]
Bell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How much to take at a time and for how long, in messages and seconds."""

    batch: int = 25
    lease: float = 120.0
    time_limit: float = 120.0

    def in_turns(self) -> "Work":
        """Return the same for work that shares its worker: after so long, what it has led to is due first."""
        return replace(self, time_limit=min(TURN_SECONDS, self.time_limit))


@dataclass(slots=True)
class Report:
    """What a run of the loop did, small enough to read in Flower."""

    counts: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, int]:
        """Return result → number of messages."""
        return dict(sorted(self.counts.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Drives one flow's handler over the ledger; `bell` is rung for the topics of new messages."""

    ledger: Ledger
    bell: Bell
    clock: Callable[[], datetime]

    def deliver(
        self,
        topics: Collection[str],
        handle: Handler,
        work: Work,
        *,
        site: str | None = None,
        key: str | None = None,
    ) -> Report:
        """Work until nothing is due or the time is up; every message ends settled or with its lease.

        When the time is up the bell is rung for the rest, which then stands in line behind others' work.

        A handler yields groups of settlements; each group is committed before the next is awaited,
        so a crash repeats at most the calls since the last group.
        """
        report, started = Report(), self.clock()
        while claimed := self.ledger.claim(topics, limit=work.batch, lease=work.lease, site=site, key=key):
            self._work(claimed, handle, report)
            if (self.clock() - started).total_seconds() >= work.time_limit:
                self.bell(next(iter(topics)))
                break
        return report

    def _work(self, claimed: Sequence[Message], handle: Handler, report: Report) -> None:
        unsettled = {message.id: message for message in claimed}
        try:
            for group in handle(claimed):
                settled = list(group)
                self._settle(settled, report)
                for one in settled:
                    unsettled.pop(one.message.id, None)
        except Exception as error:
            # Left to its lease, the batch would meet the same bug again and again, and never end dead.
            log.exception("bridge.fault", message_ids=list(unsettled))
            fault = Retry("bridge.fault", type(error).__name__)
            self._settle([Settled(message, fault) for message in unsettled.values()], report)

    def _settle(self, settled: Sequence[Settled], report: Report) -> None:
        for one, kept in zip(settled, self.ledger.settle(settled), strict=True):
            result = describe(one.settlement) if kept else "fenced"
            report.counts[result] += 1
            _log(one, result, self.clock())
        records = (record for one in settled for record in one.records)
        for topic in set(filter(None, map(_news, records))):
            self.bell(topic)


def _news(record: object) -> str | None:
    """Return the topic that a record makes work for; facts may have waited for an acceptance."""
    if isinstance(record, HandoverAccepted):
        return Topic.SHIPMENT_CHANGED
    return record.topic if isinstance(record, Draft) else None


def one_by_one(handle: Callable[[Message], Settled]) -> Handler:
    """Return a handler that settles each message by itself, whatever its fellows do."""

    def handler(messages: Sequence[Message]) -> Iterator[Iterable[Settled]]:
        for message in messages:
            yield [guarded(handle, message)]

    return handler


def guarded(handle: Callable[[Message], Settled], message: Message) -> Settled:
    """Return the handler's settlement, or the one that its failure calls for."""
    started = datetime.now(UTC)
    try:
        with correlated(message.correlation_id):
            settled = handle(message)
    except OrderbridgeError as error:
        return Settled(message, settlement_of(error), started_at=started)
    except Exception as error:
        # A bug in one message's path must neither stop the others nor lose this one.
        log.exception("bridge.fault", message_id=message.id, correlation_id=message.correlation_id)
        return Settled(message, Retry("bridge.fault", type(error).__name__), started_at=started)
    return replace(settled, started_at=started)


def settlement_of(error: OrderbridgeError) -> Settlement:
    """Return what a failure means for its message: try again, or keep it for a person."""
    if isinstance(error, Unfinished):
        return Wait(error.code, error.detail, 0.0)
    if isinstance(error, Retryable):
        return Retry(error.code, error.detail, error.retry_after, error.remote_status)
    return Dead(error.code, error.detail, error.fields, error.remote_status)


def describe(settlement: Settlement) -> str:
    """Return one word for a settlement."""
    return str(settlement.outcome) if isinstance(settlement, Done) else type(settlement).__name__.lower()


def site_of(sites: Mapping[str, Site], name: str) -> Site:
    """Return the site by name; Rejected site.unknown when the sites file has lost it."""
    if name not in sites:
        raise Rejected("site.unknown", f"no [sites.{name}] table", fields={"site": name})
    return sites[name]


def of_each(
    sites: Iterable[Site], collect: Callable[[Site], int], bell: Callable[[], None]
) -> dict[str, int]:
    """Collect for every site, ring if anything is new, and only then raise the first failure of any."""
    new: dict[str, int] = {}
    failures: list[OrderbridgeError] = []
    for site in sites:
        try:
            new[site.name] = collect(site)
        except OrderbridgeError as error:
            log.warning("collect.failed", site=site.name, code=error.code)
            failures.append(error)
    if any(new.values()):
        bell()
    if failures:
        raise failures[0]
    return new


def _log(one: Settled, result: str, now: datetime) -> None:
    message, failure = one.message, one.settlement
    log.info(
        "message.settled",
        result=result,
        topic=message.topic,
        site=message.site,
        key=message.key,
        message_id=message.id,
        attempt=message.attempt,
        correlation_id=message.correlation_id,
        seconds=round((now - one.started_at).total_seconds(), 3) if one.started_at else None,
        code=None if isinstance(failure, Done) else failure.code,
        remote_status=None if isinstance(failure, Done) else failure.remote_status,
    )
