"""Times as people and the storefront write them."""

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """Return the time that an ISO 8601 text names, in UTC unless it says otherwise; raises ValueError."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """Return a time as the storefront writes it, in UTC and to the millisecond, never later than it was."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
