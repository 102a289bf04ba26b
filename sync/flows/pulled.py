"""What was pulled whole: remembered by request, so that a publication cut short needs no other pull."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.messages import Message
from sync.core.ports import Cursors

# What is older is pulled anew: pushes may have been lost since, and a person may have requeued the request.
GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """Which requests have had their pull of everything, as long as their publication is under way."""

    cursors: Cursors
    clock: Callable[[], datetime]

    def among(self, messages: Sequence[Message]) -> set[int]:
        """Return the ids of those that have had their pull, not longer ago than it is good for."""
        since = self.clock() - GOOD_FOR
        moments = {one.id: self.cursors.get(_name(one.site, one.id)) for one in messages}
        return {number for number, at in moments.items() if at is not None and at > since}

    def remember(self, messages: Sequence[Message]) -> set[int]:
        """Keep that the pull of these is saved, and return their ids."""
        now = self.clock()
        for one in messages:
            self.cursors.advance(_name(one.site, one.id), now)
        return {one.id for one in messages}

    def forget(self, organisation: str, requests: Iterable[int]) -> None:
        """Forget these: whoever asks anew has a new pull."""
        for number in requests:
            self.cursors.forget(_name(organisation, number))


def _name(organisation: str, number: int) -> str:
    return f"pulled:{organisation}:{number}"
