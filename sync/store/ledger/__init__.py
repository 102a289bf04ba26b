"""The ledger: messages in, leases out, settlements with their records in one transaction.

`adding` inserts, `settling` settles, `statements` is the SQL; start with `PostgresLedger.claim`.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session, sessionmaker

from sync.core.messages import Backoff, Draft, Message, Settled
from sync.store.ledger import statements
from sync.store.ledger.adding import add_drafts
from sync.store.ledger.settling import Recorder, Settling
from sync.store.link_locks import lock_links
from sync.store.stories import SILENCE, News

__all__ = ["PostgresLedger"]


class PostgresLedger:
    """The ledger in PostgreSQL; implements `core.ports.Ledger` and `Made`."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        backoff: Backoff,
        recorders: Mapping[type, Recorder],
        news: News = SILENCE,
    ) -> None:
        """Use short transactions from `sessions`; `recorders` store the records of other rooms.

        `news` notes the orders whose story changes, for those who watch it.
        """
        self._news = news
        self._sessions = sessions
        self._most_tries = backoff.attempts
        self._settling = Settling(backoff, recorders)

    def add(self, drafts: Sequence[Draft]) -> int:
        """Insert or ignore in one statement; return how many were new.

        One at a time: ids then tell the order of arrival also between intakes that run side by side, and
        two of them that insert the same events in another order cannot wait for each other.
        """
        if not drafts:
            return 0
        with self._sessions.begin() as session:
            session.execute(statements.ONE_AT_A_TIME)
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
            exhausted = {"topics": values["topics"], "most": self._most_tries}
            self._news.of_messages(session, session.scalars(statements.EXHAUST, exhausted))
            rows = session.execute(statements.CLAIM, values).mappings().all()
        messages = [
            Message(attempt=row["attempts"], **{k: v for k, v in row.items() if k != "attempts"})
            for row in rows
        ]
        return sorted(messages, key=lambda message: message.id)

    def behind(self, message: Message) -> list[Message]:
        """Return the unfinished messages of the same key that came after this one, oldest first."""
        values = {name: getattr(message, name) for name in ("origin", "site", "key", "id")}
        with self._sessions() as session:
            return [Message(**row) for row in session.execute(statements.BEHIND, values).mappings()]

    def made_after(self, message: Message) -> list[str]:
        """Return the bodies of later messages of the same topic, site and key that were applied."""
        values = {name: getattr(message, name) for name in ("site", "key", "topic", "id")}
        with self._sessions() as session:
            return list(session.scalars(statements.MADE_AFTER, values))

    def dead_before(self, message: Message) -> dict[int, str]:
        """Return id → body of earlier messages of the same topic, site and key that are dead."""
        values = {name: getattr(message, name) for name in ("site", "key", "topic", "id")}
        with self._sessions() as session:
            return {row.id: row.body for row in session.execute(statements.DEAD_BEFORE, values)}

    def settle(self, settled: Sequence[Settled]) -> list[bool]:
        """Commit all settlements with their records; a message whose lease was lost keeps its records out.

        The attempt number fences: it was raised when somebody else claimed the message since. What cannot
        be stored counts as a fault of its own message and leaves its neighbours alone.
        """
        with self._sessions.begin() as session:
            lock_links(session, (record for one in settled for record in one.records))
            kept = [self._settling.settle(session, one) for one in settled]
            self._news.of_messages(session, [one.message.id for one in settled])
            return kept
