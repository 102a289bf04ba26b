"""Intake: from the stream to the ledger in batches; an event is acknowledged only after its commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from sync.core.errors import Rejected
from sync.core.messages import Draft, Topic
from sync.core.ports import Ledger

log = structlog.get_logger()


class Entry(Protocol):
    """An event in the stream."""

    @property
    def id(self) -> str:
        """Its place in the stream."""
        ...

    def draft(self) -> Draft:
        """Return it as a message; Rejected when it cannot be read."""
        ...

    def parked(self) -> Draft:
        """Return an unreadable one as a message that is kept for a person."""
        ...


class Inbox(Protocol):
    """The reading side of the stream."""

    def read(self, consumer: str, count: int, block_ms: int = 0) -> Sequence[Entry]:
        """Return what a dead intake held, then what is new."""
        ...

    def ack(self, ids: Sequence[str]) -> int:
        """Forget these entries."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeFlow:
    """The story of an event between its 2xx and the ledger."""

    inbox: Inbox
    ledger: Ledger
    bell: Callable[[str], None]

    def drain(self, consumer: str, *, batch: int = 200, block_ms: int = 0) -> tuple[int, int]:
        """Move one batch; return (read, new). A crash before the acknowledgement repeats it harmlessly."""
        entries = self.inbox.read(consumer, batch, block_ms)
        if not entries:
            return 0, 0
        drafts = [_draft(entry) for entry in entries]
        new = self.ledger.add(drafts)
        self.inbox.ack([entry.id for entry in entries])
        topics = {draft.topic for draft in drafts}
        if Topic.ORDER_CHANGED in topics:
            # The news may be what a held order waits for.
            topics.add(Topic.ORDER_PLACED)
        for topic in sorted(topics):
            self.bell(topic)
        return len(entries), new


def _draft(entry: Entry) -> Draft:
    try:
        return entry.draft()
    except Rejected as unreadable:
        log.warning("inbox.entry_parked", entry=entry.id, fields=unreadable.fields)
        return entry.parked()
