"""Agents: the stories of many orders to the CRM, in as few calls as its limits allow."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from sync.core.agent_policy import Level, Written
from sync.core.agents import Looked, Row, discreet, records
from sync.core.crm import AgentPlace, RowResult
from sync.core.errors import OrderbridgeError, Retryable
from sync.core.messages import Dead, Done, Message, Outcome, Retry, Settled, Settlement, Wait
from sync.core.ports import LettersMoot, Links, Queue, Record, Records, ShownToAgents
from sync.core.ports.agents import Shown, Stories
from sync.core.proofs import crm_ids, order_subject
from sync.core.sites import Site
from sync.flows.messages import settlement_of

# Orders that are claimed together: their rows fill calls of 200, whatever they have each.
TOGETHER = 1000
# Rows of one call; the leases are renewed before each.
CALL = 200
# Seconds until a CRM that is away, or has no calls left for the day, is asked again.
PATIENCE = 60.0
# What passes by itself; the client has tried again already.
PASSING = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DUPLICATE_VALUE"})

_OVER = Wait("time.over", "the batch took too long to begin this one", 0.0)


@dataclass(slots=True)
class _Story:
    """An order that is being told."""

    message: Message
    rows: list[Row]
    shown: Shown
    note: str = "as it was"
    sent: dict[str, Written] = field(default_factory=dict)
    refused: list[tuple[Row, RowResult]] = field(default_factory=list)
    failed: Settlement | None = None

    def of(self, level: Level) -> list[Row]:
        """The rows of a level; a new order that was refused has no place for what belongs to it."""
        lost = any(row.level is Level.ORDER and row.key not in self.shown.written for row, _ in self.refused)
        return [] if lost else [row for row in self.rows if row.level is level]


_Told = tuple[_Story, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFlow:
    """The story of what agents see.

    `patience` seconds after a batch was claimed no further call is begun: what was sent is remembered, and
    the rest goes on at once.
    """

    sites: Mapping[str, Site]
    stories: Stories
    crm: Callable[[], Records]
    links: Links
    queue: Queue
    clock: Callable[[], datetime]
    patience: float = 60.0

    def deliver(self, messages: Sequence[Message]) -> Iterator[Iterable[Settled]]:
        """Write what is new of all the orders together: the orders, then shipments, then events.

        A row that is refused holds up no other one; what was sent before a failure is remembered.
        """
        until = self.clock() + timedelta(seconds=self.patience)
        orders = [(message.site, message.key) for message in messages]
        shown = self.stories.shown(orders)
        told = [self._story(message, shown[message.site, message.key]) for message in messages]
        for level in Level:
            self._send(level, told, until)
        yield [self._settled(story) for story in told]

    def rows(self, site: Site, order_no: str, shown: Shown, *, anew: bool = False) -> list[Row]:
        """Return the rows that the CRM lacks of an order, or has otherwise; `anew`: all of them."""
        trail = self.stories.trail(site.name, order_no)
        if not trail.found:
            return []
        looked = self._looked(site.name, order_no, shown)
        return records(
            discreet(trail, site.crm.records.personal), site, looked, {} if anew else shown.written
        )

    def _story(self, message: Message, shown: Shown) -> _Story:
        site = self.sites.get(message.site)
        if site is None or site.crm.agent is not AgentPlace.CRM:
            return _Story(message, [], shown, "the site's agents look elsewhere")
        return _Story(message, self.rows(site, message.key, shown), shown)

    def _looked(self, site: str, order_no: str, shown: Shown) -> Looked:
        """With whom the CRM knows the shopper as, where a link says so."""
        order = self.links.of(order_subject(site, order_no))
        shopper = next((one.belongs_to for one in order if one.belongs_to), None)
        known = self.links.of(shopper) if shopper else ()
        ids = crm_ids(known)
        return Looked(total=shown.total, contact=ids.contact_id, account=ids.account_id)

    def _send(self, level: Level, told: Sequence[_Story], until: datetime) -> None:
        """Send a level's rows of the orders that nothing went wrong with: those of one object together."""
        open_ = [story for story in told if story.failed is None]
        rows = [(story, row) for story in open_ for row in story.of(level)]
        rows.sort(key=_object)
        for _, group in groupby(rows, key=_object):
            self._write(list(group), [story.message for story in told], until)

    def _write(self, rows: Sequence[_Told], claimed: Sequence[Message], until: datetime) -> None:
        """Make as many calls as the rows of one object need, until one fails or the time is up."""
        for start in range(0, len(rows), CALL):
            self.queue.hold(claimed)
            done, failure = self._call(rows[start : start + CALL]) if self.clock() <= until else (0, _OVER)
            if failure:
                for story, _ in rows[start + done :]:
                    story.failed = failure
                return

    def _call(self, rows: Sequence[_Told]) -> tuple[int, Settlement | None]:
        """Make one call and note each row's result; return how many there were, and the failure if any."""
        done, (kind, key_field) = 0, _object(rows[0])
        try:
            results = self.crm().upsert(kind, key_field, [row.values for _, row in rows])
            for (story, row), result in zip(rows, results, strict=True):
                done += 1
                if result.written:
                    story.sent[row.key] = Written(row.what, row.digest)
                else:
                    story.refused.append((row, result))
        except OrderbridgeError as error:
            return done, _later(error)
        return done, None

    def _settled(self, story: _Story) -> Settled:
        message = story.message
        kept: list[Record] = []
        if story.sent:
            kept.append(
                ShownToAgents(site=message.site, order_no=message.key, rows=story.sent, at=self.clock())
            )
        settlement = story.failed or _refusal(story.refused)
        if settlement is None:
            note = f"{len(story.sent)} records written" if story.sent else story.note
            settlement = Done(Outcome.APPLIED, note)
            if story.shown.letters:
                kept.append(LettersMoot(story.shown.letters))
        return Settled(message, settlement, kept)


def _object(one: _Told) -> tuple[str, str]:
    return one[1].kind, one[1].key_field


def _later(error: OrderbridgeError) -> Settlement:
    """What passes by itself uses up no tries, however long it lasts."""
    if isinstance(error, Retryable):
        return Wait(error.code, error.detail, max(error.retry_after or 0.0, PATIENCE), error.remote_status)
    return settlement_of(error)


def _refusal(refused: Sequence[tuple[Row, RowResult]]) -> Settlement | None:
    """Return what the refusals of an order's rows mean for it: the lasting ones count."""
    lasting = [(row, result) for row, result in refused if not PASSING & set(result.codes)]
    told = "; ".join(f"{row.kind} {row.key}: {_why(result)}" for row, result in lasting or refused)
    if lasting:
        return Dead(
            "record.refused", told, {f"{row.kind}[{row.key}]": _why(result) for row, result in lasting}
        )
    return Retry("record.busy", told) if refused else None


def _why(result: RowResult) -> str:
    return ": ".join(filter(None, [", ".join(result.codes), result.detail]))
