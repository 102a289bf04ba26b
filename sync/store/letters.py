"""Dead letters, and the ledger's figures for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Insert, RowMapping, Select, func, insert, literal, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from sync.core.messages import Message, Outcome, State
from sync.core.ports import Selection
from sync.store.models import ActRow, AttemptRow, HandoverRow, MessageRow
from sync.store.stories import SILENCE, News

_COLUMNS = (
    MessageRow.id,
    MessageRow.site,
    MessageRow.topic,
    MessageRow.origin,
    MessageRow.key,
    MessageRow.dedupe_key,
    MessageRow.sequence,
    MessageRow.body,
    MessageRow.correlation_id,
    MessageRow.received_at,
    MessageRow.replay,
)


class PostgresLetters:
    """Selects, requeues and discards dead messages; implements `core.ports.DeadLetters`."""

    def __init__(self, sessions: sessionmaker[Session], news: News = SILENCE) -> None:
        """Use short transactions from `sessions`; `news` notes whose story changes."""
        self._sessions = sessions
        self._news = news

    def select_dead(self, selection: Selection, limit: int) -> list[Message]:
        """Return matching dead messages, oldest first."""
        query = (
            _matching(select(*_COLUMNS, MessageRow.attempts), selection).order_by(MessageRow.id).limit(limit)
        )
        with self._sessions() as session:
            return [_message(row) for row in session.execute(query).mappings()]

    def count_dead(self, selection: Selection) -> int:
        """Return how many dead messages match."""
        with self._sessions() as session:
            return int(session.execute(_matching(select(func.count(MessageRow.id)), selection)).scalar_one())

    def requeue(self, ids: Sequence[int], *, replay: bool = False, actor: str = "") -> int:
        """Make dead messages due now, with fresh tries; return how many. `replay` uses their own body.

        With an `actor` it is noted who did so.
        """
        values = {
            "replay": replay,
            "state": State.DUE,
            "tries": 0,
            "next_attempt_at": func.clock_timestamp(),
            "settled_at": None,
        }
        return self._change(ids, values, {"what": "reprocessed", "actor": actor})

    def discard(self, ids: Sequence[int], reason: str, *, actor: str = "") -> int:
        """Close dead messages for good, keeping them and the reason; return how many."""
        values = {"state": State.DONE, "outcome": Outcome.SUPERSEDED, "note": f"discarded: {reason}"}
        return self._change(ids, values, {"what": "discarded", "actor": actor, "reason": reason})

    def _change(self, ids: Sequence[int], values: dict[str, Any], act: dict[str, str]) -> int:
        statement = (
            update(MessageRow).where(MessageRow.id.in_(ids), MessageRow.state == State.DEAD).values(**values)
        )
        with self._sessions.begin() as session:
            if act["actor"]:
                session.execute(_acts(ids, act))
            result = session.execute(statement)
            # A message that is no letter any more has the same number of attempts: its cause is another one.
            self._news.of_messages(session, ids, whatever=True)
        return result.rowcount if isinstance(result, CursorResult) else 0

    def document(self, message_id: int) -> str:
        """Return what the last attempt sent in vain, empty when it sent nothing."""
        with self._sessions() as session:
            return session.scalar(select(MessageRow.document).where(MessageRow.id == message_id)) or ""

    def stamps(self, site: str, order_no: str) -> dict[str, datetime]:
        """Return reference → stamp of what an earlier attempt has reserved."""
        return {row["reference"]: row["stamp"] for row in self.references(site, order_no)}

    def rows(self, selection: Selection, limit: int) -> list[RowMapping]:
        """Return dead messages as a person reads them: id, site, topic, key, code, detail, times."""
        columns = (
            MessageRow.id,
            MessageRow.site,
            MessageRow.topic,
            MessageRow.key,
            MessageRow.error_code,
            MessageRow.error_detail,
            MessageRow.attempts,
            MessageRow.received_at,
            MessageRow.settled_at,
        )
        query = _matching(select(*columns), selection).order_by(MessageRow.id).limit(limit)
        with self._sessions() as session:
            return list(session.execute(query).mappings())

    def message(self, message_id: int) -> tuple[RowMapping, list[RowMapping]] | None:
        """Return a message of any state with its attempts, None when unknown."""
        with self._sessions() as session:
            table, attempts = MessageRow.__table__, AttemptRow.__table__
            row = session.execute(select(table).where(table.c.id == message_id)).mappings().first()
            if row is None:
                return None
            query = select(attempts).where(attempts.c.message_id == message_id).order_by(attempts.c.number)
            return row, list(session.execute(query).mappings())

    def references(self, site: str, order_no: str) -> list[RowMapping]:
        """Return an order's hand-overs."""
        table = HandoverRow.__table__
        query = (
            select(table)
            .where(table.c.site == site, table.c.order_no == order_no)
            .order_by(table.c.reference)
        )
        with self._sessions() as session:
            return list(session.execute(query).mappings())

    def figures(self) -> list[RowMapping]:
        """Return topic, state, number and the oldest due time, for status and metrics."""
        query = select(
            MessageRow.topic,
            MessageRow.state,
            func.count().label("messages"),
            func.min(MessageRow.next_attempt_at).label("oldest_due"),
        ).group_by(MessageRow.topic, MessageRow.state)
        with self._sessions() as session:
            return list(session.execute(query.order_by(MessageRow.topic, MessageRow.state)).mappings())

    def due_topics(self) -> list[str]:
        """Return the topics with work that is due or whose lease ran out."""
        query = text(
            "SELECT DISTINCT topic FROM message WHERE state = 'due' AND next_attempt_at <= clock_timestamp()"
            " OR state = 'working' AND claimed_until <= clock_timestamp()"
        )
        with self._sessions() as session:
            return list(session.scalars(query))

    def prune(self, before: datetime, limit: int = 10_000) -> int:
        """Delete finished messages settled before; dead ones are never pruned. Returns how many."""
        query = text(
            "DELETE FROM message WHERE id IN (SELECT id FROM message"
            " WHERE state = 'done' AND settled_at < :before ORDER BY id LIMIT :limit)"
        )
        with self._sessions.begin() as session:
            result = session.execute(query, {"before": before, "limit": limit})
        return result.rowcount if isinstance(result, CursorResult) else 0


def _acts(ids: Sequence[int], act: dict[str, str]) -> Insert:
    """Note a person's act for every one that it changes; the rows stay locked until it has."""
    columns = [MessageRow.site, MessageRow.key, MessageRow.id, MessageRow.topic, MessageRow.error_code]
    dead = select(*columns, *(literal(value) for value in act.values())).where(
        MessageRow.id.in_(ids), MessageRow.state == State.DEAD
    )
    names = ["site", "key", "message_id", "topic", "error_code", *act]
    return insert(ActRow).from_select(names, dead.with_for_update())


def _matching(query: Select[*tuple[Any, ...]], selection: Selection) -> Select[*tuple[Any, ...]]:
    wanted = {
        MessageRow.error_code: selection.code,
        MessageRow.site: selection.site,
        MessageRow.topic: selection.topic,
        MessageRow.key: selection.key,
    }
    query = query.where(MessageRow.state == State.DEAD)
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if selection.ids is not None:
        query = query.where(MessageRow.id.in_(selection.ids))
    if selection.after is not None:
        query = query.where(MessageRow.id > selection.after)
    if selection.before is not None:
        query = query.where(MessageRow.settled_at < selection.before)
    return query


def _message(row: RowMapping) -> Message:
    values = {name: value for name, value in row.items() if name != "attempts"}
    return Message(attempt=row["attempts"], **values)
