"""`backfill`: read a window of the storefront's orders, as after a long outage."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from sync.cli.options import Json, Rate, SiteName, moment, site_named
from sync.cli.output import progress, write_json
from sync.cli.session import bridge, fail, pickup
from sync.flows.backfill import STATUSES, Step, Window, finished
from sync.flows.pace import Pace

From = Annotated[
    datetime,
    typer.Option(
        "--from",
        "--since",
        parser=moment,
        metavar="TIME",
        help="Orders created from here: a UTC date or time, or an age like 7d.",
    ),
]
To = Annotated[
    datetime | None, typer.Option("--to", parser=moment, metavar="TIME", help="And before; default: no end.")
]
Status = Annotated[str, typer.Option(help="Storefront statuses, parted by commas.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count; store nothing.")]

_ALL = ",".join(STATUSES)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backfill)


def backfill(
    site: SiteName,
    *,
    since: From,
    until: To = None,
    status: Status = _ALL,
    rate: Rate = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Read every order of a window that is ready for export into the ledger; those it has are left alone.

    Safe to stop and to repeat: the same window goes on where it was stopped.
    """
    _check(since, until)
    with bridge() as opened, progress(quiet=as_json) as bars:
        window = Window(
            site=site_named(opened.settings, site), since=since, until=until, statuses=_statuses(status)
        )
        flow = opened.backfill
        steps = (flow.dry_run if dry_run else flow.run)(window, Pace(rate))
        seen = _Seen(bars, bars.add_task(f"orders of {site}", total=None))
        try:
            read, new, _ = finished(steps, seen.show)
        except KeyboardInterrupt:
            raise fail(f"stopped; goes on from here with: {_again(window)}") from None
        after = pickup(opened.settings)
    if as_json:
        told = {"site": site, "since": since, "until": until, "stored": not dry_run}
        write_json({**told, "read": read, "new": new})
    elif dry_run:
        typer.echo(f"{read} orders ready for export, {new} unheard of; nothing was stored")
    else:
        typer.echo(f"{read} orders read, {new} new in the ledger; {after}")


class _Seen:
    """A progress bar that tells up to when everything was read."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars, self._task = bars, task
        self._name = bars.tasks[0].description

    def show(self, step: Step) -> bool:
        self._bars.update(
            self._task, advance=step.read, description=f"{self._name} until {step.at:%Y-%m-%d %H:%M:%S}"
        )
        return True


def _check(since: datetime, until: datetime | None) -> None:
    """Turn down a window that can hold no order, which is a slip of the hand."""
    if since > datetime.now(UTC):
        raise typer.BadParameter(f"{since.isoformat()} has not come yet", param_hint="--from")
    if until and until <= since:
        reason = f"{until.isoformat()} is not after --from, {since.isoformat()}"
        raise typer.BadParameter(reason, param_hint="--to")


def _statuses(text: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(text.split(",")))
    if not set(wanted) <= set(STATUSES):
        raise typer.BadParameter(f"choose of {', '.join(STATUSES)}", param_hint="--status")
    return wanted


def _again(window: Window) -> str:
    words = [f"orderbridge backfill {window.site.name} --from {window.since.isoformat()}"]
    words += [f"--to {window.until.isoformat()}"] if window.until else []
    words += [f"--status {','.join(window.statuses)}"] if window.statuses != STATUSES else []
    return " ".join(words)
