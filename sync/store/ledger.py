"""The ledger: messages in, leases out, settlements with their records in one transaction."""

import json
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import CursorResult, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sync.core.errors import Retryable
from sync.core.messages import Backoff, Dead, Done, Draft, Message, Retry, Settled, Settlement, State, Wait
from sync.core.ports import LettersMoot
from sync.store.models import AttemptRow, MessageRow

log = structlog.get_logger()

Recorder = Callable[[Session, Any], None]

# What the database, or the driver before it, says of a value that it cannot hold (a NUL character, ...).
_NOT_STORABLE = (DataError, IntegrityError, ValueError)

# Only the earliest unfinished message of a key may be claimed, so one key is never worked twice at
# once; SKIP LOCKED lets workers pass each other. A working message whose lease ran out is due again.
_CLAIM = text("""
UPDATE message SET state = 'working', attempts = attempts + 1, tries = tries + 1,
       claimed_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id IN (
    SELECT id FROM message AS candidate
    WHERE topic = ANY(:topics)
      AND (state = 'due' AND next_attempt_at <= clock_timestamp()
           OR state = 'working' AND claimed_until <= clock_timestamp())
      AND (CAST(:site AS text) IS NULL OR site = :site)
      AND (CAST(:key AS text) IS NULL OR key = :key)
      AND NOT EXISTS (
          SELECT 1 FROM message AS earlier
          WHERE earlier.origin = candidate.origin AND earlier.site = candidate.site
            AND earlier.key = candidate.key AND earlier.id < candidate.id
            AND earlier.state IN ('due', 'working'))
    ORDER BY id LIMIT :limit
    FOR UPDATE SKIP LOCKED)
RETURNING id, attempts, site, topic, origin, key, dedupe_key, sequence, body, correlation_id, received_at,
          replay
""")

# A worker that dies of a message cannot settle it: what was claimed too often without a word ends here.
_EXHAUST = text("""
UPDATE message SET state = 'dead', outcome = NULL, error_code = 'attempts.exhausted',
       error_detail = jsonb_build_object('detail', tries || ' attempts, the last ended without a result',
                                         'fields', '{}'::jsonb),
       claimed_until = NULL, settled_at = clock_timestamp()
WHERE id IN (
    SELECT id FROM message
    WHERE topic = ANY(:topics) AND state = 'working' AND claimed_until <= clock_timestamp() AND tries >= :most
    FOR UPDATE SKIP LOCKED)
""")

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('orderbridge.message.add'))")

_MADE_AFTER = text("""
SELECT body FROM message
WHERE site = :site AND key = :key AND topic = :topic AND id > :id AND state = 'done' AND outcome = 'applied'
ORDER BY id
""")

_BEHIND = text("""
SELECT id, attempts AS attempt, site, topic, origin, key, dedupe_key, sequence, body, correlation_id,
       received_at
FROM message AS later
WHERE origin = :origin AND site = :site AND key = :key AND id > :id AND state IN ('due', 'working')
ORDER BY id
""")

# News of an order is a reason to look at once at what waits for it.
_WAITING = ("order.held", "order.not_placed")
_WAKE = text("""
UPDATE message AS waiting SET next_attempt_at = clock_timestamp()
FROM message AS news
WHERE news.id = ANY(:ids) AND waiting.id < news.id AND waiting.state = 'due'
  AND waiting.origin = news.origin AND waiting.site = news.site AND waiting.key = news.key
  AND waiting.error_code = ANY(:codes) AND waiting.next_attempt_at > clock_timestamp()
""")
_ARRIVED = text("""
SELECT EXISTS (SELECT 1 FROM message AS waiting JOIN message AS news
    ON news.origin = waiting.origin AND news.site = waiting.site AND news.key = waiting.key
   AND news.id > waiting.id AND news.state = 'due' AND news.created_at > :since
WHERE waiting.id = :id)
""")

_DEAD_BEFORE = text("""
SELECT id, body FROM message
WHERE site = :site AND key = :key AND topic = :topic AND id < :id AND state = 'dead'
""")

_CLOSE = text("""
UPDATE message SET state = 'done', outcome = 'superseded', note = 'overtaken by a later message',
       document = NULL, settled_at = clock_timestamp()
WHERE id = ANY(:ids) AND state = 'dead'
""")

_TRIES = text("SELECT tries FROM message WHERE id = :id FOR UPDATE")

_SETTLE = text("""
UPDATE message SET state = :state, outcome = :outcome, note = :note, error_code = :code,
       tries = :tries, document = CASE WHEN :state = 'done' THEN NULL ELSE coalesce(:document, document) END,
       error_detail = CAST(:detail AS jsonb), claimed_until = NULL,
       next_attempt_at = clock_timestamp() + make_interval(secs => :after),
       settled_at = CASE WHEN :state = 'due' THEN NULL ELSE clock_timestamp() END
WHERE id = :id AND attempts = :attempt AND state = 'working'
""")


class PostgresLedger:
    """The ledger in PostgreSQL; implements `core.ports.Ledger` and `Made`."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        backoff: Backoff,
        recorders: Mapping[type, Recorder],
    ) -> None:
        """Use short transactions from `sessions`; `recorders` store the records of other rooms."""
        self._sessions = sessions
        self._backoff = backoff
        self._recorders: dict[type, Recorder] = {
            **recorders,
            Draft: _record_draft,
            LettersMoot: _record_moot,
        }

    def add(self, drafts: Sequence[Draft]) -> int:
        """Insert or ignore in one statement; return how many were new.

        One at a time: ids then tell the order of arrival also between intakes that run side by side, and
        two of them that insert the same events in another order cannot wait for each other.
        """
        if not drafts:
            return 0
        with self._sessions.begin() as session:
            session.execute(_ONE_AT_A_TIME)
            return add_drafts(session, drafts)

    def claim(
        self,
        topics: Collection[str],
        *,
        limit: int,
        lease: float,
        site: str | None = None,
        key: str | None = None,
    ) -> list[Message]:
        """Lease up to `limit` due messages for `lease` seconds, oldest first."""
        values = {"topics": list(topics), "limit": limit, "lease": lease, "site": site, "key": key}
        with self._sessions.begin() as session:
            session.execute(_EXHAUST, {"topics": values["topics"], "most": self._backoff.attempts})
            rows = session.execute(_CLAIM, values).mappings().all()
        messages = [
            Message(attempt=row["attempts"], **{k: v for k, v in row.items() if k != "attempts"})
            for row in rows
        ]
        return sorted(messages, key=lambda message: message.id)

    def behind(self, message: Message) -> list[Message]:
        """Return the unfinished messages of the same key that came after this one, oldest first."""
        values = {name: getattr(message, name) for name in ("origin", "site", "key", "id")}
        with self._sessions() as session:
            return [Message(**row) for row in session.execute(_BEHIND, values).mappings()]

    def made_after(self, message: Message) -> list[str]:
        """Return the bodies of later messages of the same topic, site and key that were applied."""
        values = {name: getattr(message, name) for name in ("site", "key", "topic", "id")}
        with self._sessions() as session:
            return list(session.scalars(_MADE_AFTER, values))

    def dead_before(self, message: Message) -> dict[int, str]:
        """Return id → body of earlier messages of the same topic, site and key that are dead."""
        values = {name: getattr(message, name) for name in ("site", "key", "topic", "id")}
        with self._sessions() as session:
            return {row.id: row.body for row in session.execute(_DEAD_BEFORE, values)}

    def settle(self, settled: Sequence[Settled]) -> list[bool]:
        """Commit all settlements with their records; a message whose lease was lost keeps its records out.

        The attempt number fences: it was raised when somebody else claimed the message since. What cannot
        be stored counts as a fault of its own message and leaves its neighbours alone.
        """
        with self._sessions.begin() as session:
            return [self._settle(session, one) for one in settled]

    def _settle(self, session: Session, one: Settled) -> bool:
        try:
            with session.begin_nested():
                return self._write(session, one, one.settlement, one.records)
        except Retryable as stale:
            # A record was computed from a state that has moved on since: compute it anew, at once.
            return self._write(session, one, Wait(stale.code, stale.detail, 0.0), ())
        except _NOT_STORABLE as error:
            log.exception("bridge.fault", message_id=one.message.id)
            return self._write(session, one, Retry("bridge.fault", type(error).__name__), ())

    def _write(self, session: Session, one: Settled, wanted: Settlement, records: Sequence[object]) -> bool:
        # The claim counted a try; a message that waits has not tried anything.
        tries = (session.scalar(_TRIES, {"id": one.message.id}) or 0) - isinstance(wanted, Wait)
        settlement = _hurried(session, one, self._exhausted(wanted, tries))
        values = {
            "tries": tries,
            "document": one.document or None,
            **self._columns(settlement, tries),
        }
        result = session.execute(_SETTLE, {"id": one.message.id, "attempt": one.message.attempt, **values})
        if not isinstance(result, CursorResult) or not result.rowcount:
            return False
        session.execute(insert(AttemptRow).values(_attempt(one, settlement)))
        for record in records:
            self._recorders[type(record)](session, record)
        return True

    def _exhausted(self, settlement: Settlement, tries: int) -> Settlement:
        if isinstance(settlement, Retry) and self._backoff.delay(tries, 0.0) is None:
            detail = f"{tries} attempts, the last: {settlement.code}: {settlement.detail}"
            return Dead("attempts.exhausted", detail, remote_status=settlement.remote_status)
        return settlement

    def _columns(self, settlement: Settlement, tries: int) -> dict[str, Any]:
        blank = {"outcome": None, "note": "", "code": None, "detail": None, "after": 0.0}
        match settlement:
            case Done(outcome, note):
                return blank | {"state": State.DONE, "outcome": outcome, "note": note}
            case Retry(code, detail, after):
                backoff = self._backoff.delay(tries, random.random()) or 0.0  # noqa: S311  jitter, not a secret
                wait = max(after or 0.0, backoff)
                return blank | {
                    "state": State.DUE,
                    "code": code,
                    "detail": _detail(detail, {}),
                    "after": wait,
                }
            case Wait(code, detail, after):
                return blank | {
                    "state": State.DUE,
                    "code": code,
                    "detail": _detail(detail, {}),
                    "after": after,
                }
            case Dead(code, detail, fields):
                return blank | {"state": State.DEAD, "code": code, "detail": _detail(detail, fields)}


def add_drafts(session: Session, drafts: Sequence[Draft]) -> int:
    """Insert or ignore within the caller's transaction; return how many were new."""
    rows = [_row(draft) for draft in drafts]
    statement = upsert(MessageRow).on_conflict_do_nothing().returning(MessageRow.id)
    new = session.scalars(statement.values(rows)).all()
    session.execute(_WAKE, {"ids": new, "codes": list(_WAITING)})
    return len(new)


def _hurried(session: Session, one: Settled, settlement: Settlement) -> Settlement:
    """Return the settlement, without its pause when news came while the order was being looked at."""
    if not isinstance(settlement, Wait) or settlement.code not in _WAITING or one.started_at is None:
        return settlement
    arrived = session.scalar(_ARRIVED, {"id": one.message.id, "since": one.started_at})
    return replace(settlement, after=0.0) if arrived else settlement


def _record_draft(session: Session, draft: Draft) -> None:
    add_drafts(session, [draft])


def _record_moot(session: Session, moot: LettersMoot) -> None:
    session.execute(_CLOSE, {"ids": list(moot.ids)})


def _row(draft: Draft) -> dict[str, Any]:
    columns = ("site", "topic", "origin", "key", "dedupe_key", "body", "correlation_id", "sequence")
    row: dict[str, Any] = {name: getattr(draft, name) for name in columns}
    row["received_at"] = draft.received_at or text("clock_timestamp()")
    return row


def _attempt(one: Settled, settlement: Settlement) -> dict[str, Any]:
    failed = None if isinstance(settlement, Done) else settlement
    return {
        "message_id": one.message.id,
        "number": one.message.attempt,
        "started_at": one.started_at or text("clock_timestamp()"),
        "result": type(settlement).__name__.lower(),
        "error_code": failed.code if failed else None,
        "remote_status": failed.remote_status if failed else None,
        "excerpt": settlement.note if isinstance(settlement, Done) else settlement.detail[:500],
    }


def _detail(detail: str, fields: Mapping[str, str]) -> str:
    return json.dumps({"detail": detail, "fields": dict(fields)}, ensure_ascii=False)
