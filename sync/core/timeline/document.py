"""A timeline as JSON values: the same for the command line and over HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from sync.core.timeline.entry import Entry
from sync.core.timeline.summary import Summary
from sync.core.timeline.trail import Trail


def document(trail: Trail, told: Summary, entries: Sequence[Entry], zone: tzinfo) -> dict[str, object]:
    """Return the timeline; every time in UTC, and that of the fact once more in `zone`."""
    return {
        "site": trail.site,
        "order_no": trail.order_no,
        "summary": told.sentence,
        "track": told.track,
        "attention": list(told.attention),
        "zone": str(zone),
        "entries": rows(entries, zone),
    }


def rows(entries: Sequence[Entry], zone: tzinfo) -> list[dict[str, object]]:
    """Return the entries; what is particular to a kind stands beside what all have."""
    return [_row(entry, zone) for entry in entries]


def _row(entry: Entry, zone: tzinfo) -> dict[str, object]:
    return {
        "at": _stamp(entry.at),
        "local": entry.at.astimezone(zone).isoformat(),
        "known_at": _stamp(entry.known_at) if entry.known_at else None,
        "what": str(entry.what),
        "text": entry.text,
        "source": str(entry.source),
        "via": entry.via,
        "actor": entry.actor,
        "evidence": entry.evidence,
        **entry.facts,
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
