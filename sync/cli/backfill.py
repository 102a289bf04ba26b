"""`backfill`: sweep the storefront from a date, as after a long outage."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from sync.cli.options import Json, SiteName, moment, site_named
from sync.cli.output import progress, write_json
from sync.cli.session import bridge, pickup
from sync.core.messages import Draft, Message, Settled
from sync.core.ports import Ledger

Since = Annotated[
    datetime,
    typer.Option(
        parser=moment, metavar="TIME", help="Sweep from here: a UTC date or time, or an age like 7d."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backfill)


def backfill(site: SiteName, *, since: Since, as_json: Json = False) -> None:
    """Read every order ready for export since a date into the ledger; those it has are left alone."""
    with bridge() as opened, progress(quiet=as_json) as bars:
        market = site_named(opened.settings, site)
        watched = _Watched(opened.ledger, bars, bars.add_task(f"orders of {site}", total=None))
        flow = replace(opened.orders, ledger=watched)
        new = flow.collect(market, timedelta(0), since)
        bars.update(watched.task, total=watched.read)
        after = pickup(opened.settings)
    if as_json:
        write_json({"site": site, "since": since, "read": watched.read, "new": new})
    else:
        typer.echo(f"{watched.read} orders read, {new} new in the ledger; {after}")


@dataclass(slots=True)
class _Watched:
    """The ledger, telling a progress bar what it is given."""

    ledger: Ledger
    bars: Progress
    task: TaskID
    read: int = 0

    def add(self, drafts: Sequence[Draft]) -> int:
        self.read += len(drafts)
        self.bars.advance(self.task, len(drafts))
        return self.ledger.add(drafts)

    def claim(
        self,
        topics: Collection[str],
        *,
        limit: int,
        lease: float,
        site: str | None = None,
        key: str | None = None,
    ) -> list[Message]:
        return self.ledger.claim(topics, limit=limit, lease=lease, site=site, key=key)

    def settle(self, settled: Sequence[Settled]) -> list[bool]:
        return self.ledger.settle(settled)
