"""Messages out: one settlement with its attempt and its records, fenced by the attempt number."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import insert, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from sync.core.errors import Retryable
from sync.core.messages import Backoff, Dead, Done, Draft, Retry, Settled, Settlement, State, Wait
from sync.core.ports import LettersMoot
from sync.store.ledger import statements
from sync.store.ledger.adding import add_drafts
from sync.store.models import AttemptRow

log = structlog.get_logger()

Recorder = Callable[[Session, Any], None]

# What the database, or the driver before it, says of a value that it cannot hold (a NUL character, ...).
_NOT_STORABLE = (DataError, IntegrityError, ValueError)


class Settling:
    """How a message leaves a worker's hands: done, due again, or dead."""

    def __init__(self, backoff: Backoff, recorders: Mapping[type, Recorder]) -> None:
        """Space retries by `backoff`; `recorders` store the records of other rooms."""
        self._backoff = backoff
        self._recorders: dict[type, Recorder] = {
            **recorders,
            Draft: _record_draft,
            LettersMoot: _record_moot,
        }

    def settle(self, session: Session, one: Settled) -> bool:
        """Write one settlement with its records; False when the lease was lost, and nothing was written."""
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
        tries = (session.scalar(statements.TRIES, {"id": one.message.id}) or 0) - isinstance(wanted, Wait)
        settlement = _hurried(session, one, self._exhausted(wanted, tries))
        values = {
            "tries": tries,
            "document": one.document or None,
            **self._columns(settlement, tries),
        }
        result = session.execute(
            statements.SETTLE, {"id": one.message.id, "attempt": one.message.attempt, **values}
        )
        row = result.first()
        if row is None:
            return False
        tried = _attempt(one, settlement) | ({"excerpt": ""} if row.erased else {})
        session.execute(insert(AttemptRow).values(tried))
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


def _hurried(session: Session, one: Settled, settlement: Settlement) -> Settlement:
    """Return the settlement, without its pause when what it waits for came while it was being worked."""
    if not isinstance(settlement, Wait):
        return settlement
    values = {"id": one.message.id, "since": one.started_at}
    if settlement.code == statements.NOT_LINKED:
        arrived = session.scalar(statements.LINKED, values)
    elif settlement.code in statements.WAITING and one.started_at is not None:
        arrived = session.scalar(statements.ARRIVED, values)
    else:
        return settlement
    return replace(settlement, after=0.0) if arrived else settlement


def _record_draft(session: Session, draft: Draft) -> None:
    add_drafts(session, [draft])


def _record_moot(session: Session, moot: LettersMoot) -> None:
    session.execute(statements.CLOSE, {"ids": list(moot.ids)})


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
