"""The allowances of the org: calls a day, events an hour."""

from typing import Any

from sync.sandbox.crm.errors import CrmError

DAILY_CALLS = 100_000
HOURLY_EVENTS = 250_000


class Usage:
    """What of the allowances is used; nothing but a lever gives it back."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nothing is used."""
        self.daily_calls = DAILY_CALLS
        self.used = 0
        self.hourly_events = HOURLY_EVENTS
        self.events_used = 0

    def check(self) -> None:
        """Refuse a call past the day's allowance."""
        if self.used >= self.daily_calls:
            raise CrmError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)

    def event(self) -> None:
        """Count an event, or refuse it."""
        if self.events_used >= self.hourly_events:
            raise CrmError("LIMIT_EXCEEDED", "You have exceeded your event publishing limit.")
        self.events_used += 1

    @property
    def header(self) -> str:
        """The value of Sforce-Limit-Info."""
        return f"api-usage={self.used}/{self.daily_calls}"

    def limits(self) -> dict[str, Any]:
        """What the limits resource shows."""
        return {
            "DailyApiRequests": _allowance(self.daily_calls, self.used),
            "HourlyPublishedPlatformEvents": _allowance(self.hourly_events, self.events_used),
        }

    def describe(self) -> dict[str, int]:
        """All that can be changed."""
        return dict(vars(self))

    def change(self, values: Any) -> None:
        """Set some of them; raises ValueError."""
        names = set(vars(self))
        if not isinstance(values, dict) or set(values) - names:
            raise ValueError(f"an object is expected with some of {', '.join(sorted(names))}")
        if wrong := [name for name, value in values.items() if type(value) is not int or value < 0]:
            raise ValueError(f"{wrong[0]} is a number, and not below 0")
        vars(self).update(values)


def _allowance(most: int, used: int) -> dict[str, int]:
    return {"Max": most, "Remaining": max(0, most - used)}
