"""What waits under one key: taken together, or hurried."""

from collections.abc import Collection, Sequence

from sqlalchemy import CursorResult, RowMapping, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.messages import Draft, Message, State
from sync.store.models import MessageRow

# What is due right behind a message that is ours. Nobody else can claim it while that one is unfinished;
# what is not due, is being worked or is of another topic ends the row, so that nothing is overtaken.
_TAKE_BEHIND = text("""
UPDATE message SET state = 'working', attempts = attempts + 1, tries = tries + 1,
       claimed_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id IN (
    SELECT id FROM (
        SELECT id, bool_and(topic = ANY(:topics) AND state = 'due'
                            AND next_attempt_at <= clock_timestamp()) OVER so_far AS free,
               sum(octet_length(body)) OVER so_far AS size
        FROM (SELECT * FROM message
              WHERE origin = :origin AND site = :site AND key = :key AND id > :id
                AND state IN ('due', 'working')
              ORDER BY id LIMIT :limit) AS behind
        WINDOW so_far AS (ORDER BY id)) AS line
    WHERE free AND size <= :size)
  AND EXISTS (SELECT 1 FROM message WHERE id = :id AND attempts = :attempt AND state = 'working'
              FOR UPDATE)
RETURNING id, attempts, site, topic, origin, key, dedupe_key, sequence, body, correlation_id, received_at,
          replay
""")
# Bodies that are worked together are in memory together.
_TOGETHER = 8 * 1024 * 1024

_HURRY = text("""
UPDATE message SET next_attempt_at = clock_timestamp()
WHERE site = :site AND key = :key AND origin = :origin
  AND state = 'due' AND next_attempt_at > clock_timestamp()
""")


_HOLD = text("""
UPDATE message SET claimed_until = clock_timestamp() + make_interval(secs => :lease)
FROM unnest(CAST(:ids AS bigint[]), CAST(:attempts AS int[])) AS mine(id, attempt)
WHERE message.id = mine.id AND message.attempts = mine.attempt AND message.state = 'working'
""")


class PostgresQueue:
    """Implements `core.ports.Queue` on the ledger's table."""

    def __init__(self, sessions: sessionmaker[Session], lease: float = 120.0) -> None:
        """Use short transactions from `sessions`; what is taken is leased for `lease` seconds."""
        self._sessions = sessions
        self._lease = lease

    def take_behind(self, message: Message, topics: Collection[str], *, limit: int) -> list[Message]:
        """Lease what is due right behind a claimed message, without a gap, oldest first.

        None when the message's own lease was lost to another attempt. The claim of each is fenced by its own
        attempt number, like any other.
        """
        values = {name: getattr(message, name) for name in ("origin", "site", "key", "id", "attempt")}
        values |= {"topics": list(topics), "limit": limit, "lease": self._lease, "size": _TOGETHER}
        with self._sessions.begin() as session:
            return _messages(session.execute(_TAKE_BEHIND, values).mappings().all())

    def hold(self, messages: Sequence[Message]) -> bool:
        """Renew the leases of claimed messages; False when one was lost to another attempt, or is settled."""
        values = {
            "ids": [message.id for message in messages],
            "attempts": [message.attempt for message in messages],
            "lease": self._lease,
        }
        with self._sessions.begin() as session:
            held = session.execute(_HOLD, values)
        return isinstance(held, CursorResult) and held.rowcount == len(messages)

    def hurry(self, site: str, key: str, origin: str) -> int:
        """Make due now what waits under the key for its next attempt; return how many."""
        with self._sessions.begin() as session:
            hurried = session.execute(_HURRY, {"site": site, "key": key, "origin": origin})
        return hurried.rowcount if isinstance(hurried, CursorResult) else 0

    def unfinished(self, site: str, key: str, topic: str) -> int:
        """Return how many messages of the key are not finished."""
        found = select(func.count()).where(
            MessageRow.site == site,
            MessageRow.key == key,
            MessageRow.topic == topic,
            MessageRow.state.in_([State.DUE, State.WORKING]),
        )
        with self._sessions() as session:
            return session.scalar(found) or 0

    def fate(self, draft: Draft) -> dict[str, str | None]:
        """Return state, note, code and detail of the message that came of a draft, as JSON has them."""
        detail = MessageRow.error_detail["detail"].astext.label("detail")
        columns = (MessageRow.state, MessageRow.note, MessageRow.error_code, detail)
        found = select(*columns).where(
            MessageRow.origin == draft.origin,
            MessageRow.topic == draft.topic,
            MessageRow.site == draft.site,
            MessageRow.dedupe_key == draft.dedupe_key,
        )
        with self._sessions() as session:
            row = session.execute(found).mappings().first()
        return {} if row is None else {name: value for name, value in row.items() if value}

    def last(self, site: str, key: str, topic: str) -> dict[str, str | None]:
        """Return state, outcome, note, code and detail of the key's last message, as JSON has them."""
        columns = (MessageRow.state, MessageRow.outcome, MessageRow.note, MessageRow.error_code)
        detail = MessageRow.error_detail["detail"].astext.label("detail")
        newest = (
            select(*columns, detail)
            .where(MessageRow.site == site, MessageRow.key == key, MessageRow.topic == topic)
            .order_by(MessageRow.id.desc())
            .limit(1)
        )
        with self._sessions() as session:
            row = session.execute(newest).mappings().first()
        return {} if row is None else {name: value for name, value in row.items() if value}


def _messages(rows: Sequence[RowMapping]) -> list[Message]:
    messages = [
        Message(attempt=row["attempts"], **{k: v for k, v in row.items() if k != "attempts"}) for row in rows
    ]
    return sorted(messages, key=lambda message: message.id)
