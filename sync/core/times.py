"""Times as people write them."""

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """Return the time that an ISO 8601 text names, in UTC unless it says otherwise; raises ValueError."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
