"""An order's timeline as a person reads it."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sync.core.timeline import Entry, Summary, What

_STYLES = {
    What.SHIPPED: "green",
    What.TOLD: "cyan",
    What.HELD: "yellow",
    What.CANCELED: "yellow",
    What.RETURNED: "yellow",
    What.REFUNDED: "yellow",
    What.CONFLICT: "red",
    What.REJECTED: "red",
    What.DEAD: "red",
    What.PENDING: "magenta",
}
# More parcels than these are counted; a machine gets them all.
MOST_PARCELS = 12
# What is learned later than this was told late.
LATE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WIDE = 100


def render(head: str, summary: Summary, entries: Sequence[Entry], zone: tzinfo, console: Console) -> None:
    """Print where the order is, then one row per entry under its day, times in `zone` with their offset."""
    console.print(Text(head, "bold"))
    for line in summary.lines:
        console.print(Text(plain(line), "red" if line.startswith("ALARM") else ""), soft_wrap=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("when", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("text", overflow="fold")
    day = ""
    for entry in entries:
        local = entry.at.astimezone(zone)
        if f"{local:%Y-%m-%d}" != day:
            day = f"{local:%Y-%m-%d}"
            table.add_row("", "", "")
            table.add_row(Text(day, "bold"), Text(f"{local:%A}", "dim"), "")
        table.add_row(
            _clock(local), Text(entry.what, _STYLES.get(entry.what, "")), _told(entry, console.width)
        )
    console.print(table)


def _clock(local: datetime) -> str:
    offset = local.strftime("%z")
    return f"{local:%H:%M:%S} {offset[:3]}:{offset[3:5]}"


def _told(entry: Entry, width: int) -> Text:
    text = Text(plain(entry.text))
    if evidence := _evidence(entry, wide=width >= WIDE):
        text.append(f" {evidence}", "dim")
    for line in _below(entry):
        text.append(f"\n{plain(line)}")
    return text


def _evidence(entry: Entry, *, wide: bool) -> str:
    """The message; where there is room also how it came, and how late."""
    if entry.evidence is None:
        return ""
    told = [f"#{entry.evidence}", entry.via if wide else "", _late(entry) if wide else ""]
    return f"({', '.join(filter(None, told))})"


def _late(entry: Entry) -> str:
    late = entry.known_at - entry.at if entry.known_at else timedelta()
    if late <= LATE:
        return ""
    hours, minutes = late // HOUR, late % HOUR // timedelta(minutes=1)
    return f"known {hours} h {minutes} min later" if hours else f"known {minutes} min later"


def plain(text: str) -> str:
    """Return a text that moves no cursor: what remotes wrote must not command a terminal."""
    return "".join(char if char == "\n" or unicodedata.category(char)[0] != "C" else " " for char in text)


def _below(entry: Entry) -> Iterator[str]:
    parcels = entry.facts.get("parcels")
    if isinstance(parcels, list):
        yield from _parcels(parcels)
    if entry.what in {What.DEAD, What.REJECTED}:
        fields = entry.facts.get("fields")
        reasons = [f"{path}: {why}" for path, why in fields.items()] if isinstance(fields, dict) else []
        yield from reasons or [str(entry.facts["detail"])]
        yield f"cure: {entry.facts['cure']}"


def _parcels(parcels: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """A page on a line of its own can be clicked and copied."""
    for one in parcels[:MOST_PARCELS]:
        yield f"parcel {one['number']}"
        if one["url"]:
            yield f"  {one['url']}"
    if len(parcels) > MOST_PARCELS:
        yield f"and {len(parcels) - MOST_PARCELS} more parcels; --json lists them all"
