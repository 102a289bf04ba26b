"""Numbers as a database hands them out: one sequence for everything, always increasing."""

import itertools
import time


class Ids:
    """A source of increasing numbers, safe to compare as 64-bit integers."""

    def __init__(self, start: int) -> None:
        self._numbers = itertools.count(start)

    @classmethod
    def since_now(cls) -> "Ids":
        """Start above every number that an earlier run of the sandbox can have used."""
        return cls(int(time.time()) * 10_000)

    def next(self) -> int:
        """Return the next number."""
        return next(self._numbers)
