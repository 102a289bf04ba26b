"""An order's timeline as a person reads it, and as a machine does."""

from collections.abc import Sequence
from datetime import UTC

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sync.core.timeline import Entry, What

_STYLES = {
    What.SHIPPED: "green",
    What.TOLD: "cyan",
    What.CANCELED: "yellow",
    What.RETURNED: "yellow",
    What.CONFLICT: "red",
    What.DEAD: "red",
    What.PENDING: "magenta",
}


def render(entries: Sequence[Entry], console: Console) -> None:
    """Print one row per entry, times in UTC to the second, tracking pages and cures below their entry."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("when (UTC)", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("", overflow="fold")
    for entry in entries:
        style = _STYLES.get(entry.what, "")
        when = entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(when, Text(entry.what, style), Text("\n".join([entry.text, *_below(entry)])))
    console.print(table)


def rows(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Return the entries as JSON values."""
    return [
        {"at": entry.at.astimezone(UTC), "what": str(entry.what), "text": entry.text, **entry.facts}
        for entry in entries
    ]


def _below(entry: Entry) -> list[str]:
    parcels = entry.facts.get("parcels")
    if isinstance(parcels, list):
        # A page on a line of its own can be clicked and copied.
        return [line for one in parcels for line in (f"parcel {one['number']}", one["url"]) if line]
    if entry.what is What.DEAD:
        fields = entry.facts.get("fields")
        reasons = [f"{path}: {why}" for path, why in fields.items()] if isinstance(fields, dict) else []
        return [*(reasons or [str(entry.facts["detail"])]), f"cure: {entry.facts['cure']}"]
    return []
