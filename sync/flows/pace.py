"""A pace: so many steps a second on the average, and no more."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Holds its caller back to `rate` steps a second; without a rate it never does."""

    rate: float | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _free_at: float = field(default=float("-inf"), init=False)

    def batch(self, most: int) -> int:
        """Return how many steps to take at once: about a second's worth, at most `most`."""
        return most if self.rate is None else max(1, min(most, round(self.rate)))

    def before(self, steps: int) -> None:
        """Return when the steps before these have had their time."""
        if self.rate is None:
            return
        pause = self._free_at - self.clock()
        if pause > 0:
            self.sleep(pause)
        self._free_at = max(self._free_at, self.clock()) + steps / self.rate
