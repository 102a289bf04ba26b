"""The calls of the day: how many are used, as every answer tells, and what that means for the next call.

The org counts the calls of all its apps and tells the sum with each answer, so every process of the fleet
sees the same figure by itself; nothing has to be shared.
"""

import re
import time
from collections.abc import Callable, Mapping

from sync.core.errors import Retryable

HEADER = "Sforce-Limit-Info"
_SHARE = re.compile(r"api-usage=(\d{1,12})/(\d{1,12})")
# The longest wait before a call, in seconds: short enough for an order that waits for its look-up.
LONGEST = 2.0
# How long a used-up allowance is believed; it fills again slowly, over the day.
PAUSE = 300.0


class Usage:
    """Slows calls down from `slow_at` percent on, and ends optional ones from `stop_at` on."""

    def __init__(
        self,
        slow_at: float = 80.0,
        stop_at: float = 95.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Know nothing until the first answer."""
        self._slow_at, self._stop_at = slow_at, stop_at
        self._sleep, self._clock = sleep, clock
        self._heard_at = clock()
        self._closed_until = float("-inf")
        self.percent = 0.0

    @property
    def stale(self) -> bool:
        """Whether the figure is a reason to stop, and too old to be believed."""
        return self.percent >= self._stop_at and self._clock() - self._heard_at >= PAUSE

    def heard(self, headers: Mapping[str, str]) -> None:
        """Take what an answer tells; of several allowances the one that ends first counts."""
        told = [(int(used), int(most)) for used, most in _SHARE.findall(headers.get(HEADER, "")[:1000])]
        shares = [100 * used / most for used, most in told if most]
        if shares:
            self.percent, self._heard_at = max(shares), self._clock()

    def closed(self) -> Retryable:
        """Take that the CRM refused a call for its number; return the error."""
        self._closed_until = self._clock() + PAUSE
        return _quota("all of the day's calls are used", PAUSE)

    def before(self, *, optional: bool) -> None:
        """Return when the next call may be made; raises `Retryable` crm.quota when it may not for minutes."""
        wait = self._closed_until - self._clock()
        if wait > 0:
            raise _quota("all of the day's calls are used", wait)
        if optional and self.percent >= self._stop_at:
            used = f"{self.percent:.0f} % of the day's calls are used, optional writes stop at"
            raise _quota(f"{used} {self._stop_at:g} %", PAUSE)
        if self.percent >= self._slow_at:
            # From a little on at the beginning, up to the longest at the end.
            share = (self.percent - self._slow_at + 1) / (self._stop_at - self._slow_at + 1)
            self._sleep(LONGEST * min(1.0, share))


def _quota(detail: str, wait: float) -> Retryable:
    return Retryable("crm.quota", f"crm: {detail}", retry_after=max(1.0, wait))
