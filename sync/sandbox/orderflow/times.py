"""Times on the wire: no zone is written, so both sides must know it."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sync.sandbox.orderflow.problems import InvalidData, MissingData

# What .NET clients send: a fraction of up to seven digits and a zone.
_ROUND_TRIP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,7})?(Z|[+-]\d\d:\d\d)")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d)?")


def written(moment: datetime, zone: str) -> str:
    """Return the moment as `YYYY-MM-DD HH:MM:SS` in the server's zone."""
    # ASSUMPTION: the server's zone is Europe/London unless the switch says otherwise.
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def read(name: str, value: str | None, zone: str) -> datetime:
    """Return the moment that a parameter names, in UTC; a time without zone is in the server's.

    Raises MissingData when absent, InvalidData when it has another format.
    """
    if not value:
        raise MissingData(f"Parameter '{name}' is missing")
    try:
        if match := _ROUND_TRIP.fullmatch(value):
            return datetime.fromisoformat(match[1] + match[2].replace("Z", "+00:00")).astimezone(UTC)
        if _LOCAL.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidData(f"Parameter '{name}' is not a time: '{value}'") from error
    raise InvalidData(f"Parameter '{name}' is not a time: '{value}'")
