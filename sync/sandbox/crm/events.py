"""Platform events: published, kept in a log with replay ids, and read by whoever asks for them."""

import uuid
from dataclasses import asdict, dataclass
from typing import Any

# Replay ids grow, with gaps.
STEP = 3


@dataclass(frozen=True, slots=True)
class Event:
    """One event as a subscriber would get it."""

    replay_id: int
    event_uuid: str
    object: str
    created: str
    payload: dict[str, Any]


class EventLog:
    """All events, oldest first."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def clear(self) -> None:
        """Forget every event."""
        self._events.clear()

    def publish(self, kind: str, created: str, payload: dict[str, Any]) -> Event:
        """Add an event."""
        last = self._events[-1].replay_id if self._events else 0
        self._events.append(Event(last + STEP, str(uuid.uuid4()), kind, created, payload))
        return self._events[-1]

    def since(self, replay_id: int) -> list[dict[str, Any]]:
        """The events after that one."""
        return [asdict(event) for event in self._events if event.replay_id > replay_id]

    def mark(self) -> int:
        """Where a transaction begins."""
        return len(self._events)

    def undo(self, mark: int) -> None:
        """Unpublish what came since."""
        del self._events[mark:]
