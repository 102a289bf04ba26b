"""Simulated time: what happens when, and the clock that everybody reads."""

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

Action = Callable[[], None]


class Agenda:
    """Runs actions in the order of their times, at one moment in the order of their planning."""

    def __init__(self, start: datetime) -> None:
        """Begin at `start`."""
        self._now = start
        self._planned: list[tuple[datetime, int, Action]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        """Return the simulated moment."""
        return self._now

    def at(self, moment: datetime, action: Action) -> None:
        """Plan an action; a moment that is over counts as now."""
        heapq.heappush(self._planned, (max(moment, self._now), next(self._numbers), action))

    def after(self, pause: timedelta, action: Action) -> None:
        """Plan an action `pause` from now."""
        self.at(self._now + pause, action)

    def every(self, pause: timedelta, until: datetime, action: Action) -> None:
        """Plan an action now and after every pause, not later than `until`."""

        def again() -> None:
            action()
            if self._now + pause <= until:
                self.after(pause, again)

        self.at(self._now, again)

    def run(self, look: Action) -> None:
        """Run until nothing is planned any more; `look` is called after every action."""
        while self._planned:
            self._now, _, action = heapq.heappop(self._planned)
            action()
            look()
