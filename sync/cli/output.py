"""What the command line prints: results on standard output, everything said about them on standard error."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table
from rich.text import Text


def screen() -> Console:
    """Return the console of standard output; made per call, since tests and pipes replace the stream."""
    return Console(highlight=False, markup=False, emoji=False)


def say(text: str) -> None:
    """Tell the person something that is not the result."""
    typer.echo(text, err=True)


def write_json(value: object) -> None:
    """Print one JSON document, times in ISO 8601 UTC and decimals as text, and nothing else."""
    typer.echo(as_json_text(value))


def as_json_text(value: object) -> str:
    """Return it as `write_json` prints it."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, keep: Sequence[str] = (), title: str = ""
) -> None:
    """Print a table as wide as the terminal; long cells fold, columns named in `keep` never do."""
    grid = Table(box=None, pad_edge=False, header_style="bold", title=title or None, title_justify="left")
    for name in columns:
        grid.add_column(name, no_wrap=name in keep, overflow="ignore" if name in keep else "fold")
    for row in rows:
        grid.add_row(*(_cell(value) for value in row))
    screen().print(grid)


def labeled(rows: Iterable[tuple[str | Text, str]]) -> None:
    """Print lines of a label and a text that wraps beside it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, Text(text))
    screen().print(grid)


def _cell(value: object) -> Text:
    if isinstance(value, datetime):
        return Text(value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))
    return Text("" if value is None else str(value))


def age(seconds: float) -> str:
    """Return a duration in the two largest units a person needs."""
    total = round(abs(seconds))
    days, hours, minutes = total // 86_400, total // 3_600 % 24, total // 60 % 60
    if days:
        return f"{days} d {hours} h"
    return (
        f"{hours} h {minutes} min" if hours else f"{minutes} min {total % 60} s" if minutes else f"{total} s"
    )


class _Rate(ProgressColumn):
    """How many steps a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="cyan")


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Show bars with count, rate and time on a terminal's standard error, unless `quiet`."""
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        Elapsed(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bars:
        yield bars
