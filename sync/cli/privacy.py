"""`privacy`: what is kept of a person is exported or erased; what is old is blanked."""

import os
from collections.abc import Iterable
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.options import Json
from sync.cli.output import progress, say, table, write_json
from sync.cli.privacy_view import elsewhere, everything, show_done, show_plan
from sync.cli.session import PROBLEM, bridge
from sync.flows.privacy import Person
from sync.wiring import Bridge

Email = Annotated[
    str, typer.Argument(metavar="EMAIL", help="The address; case does not matter, a plus does.")
]
Output = Annotated[Path | None, typer.Option(help="Write the document to a new file that only you can read.")]
Yes = Annotated[bool, typer.Option("--yes", "--confirm", help="Do it; without, it is only shown.")]
Force = Annotated[bool, typer.Option(help="Open orders too: what is not handed over yet never will be.")]
By = Annotated[str | None, typer.Option(help="Who does so; who is logged in by default.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count what is due.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Personal data: export, erase, retain.", no_args_is_help=True)
    for command in (export, erase, retain):
        group.command()(command)
    app.add_typer(group, name="privacy")


def export(email: Email, *, output: Output = None, as_json: Json = False) -> None:
    """Print everything that is kept of a person, order by order, as one JSON document."""
    with bridge() as opened:
        person = _found(opened, email, quiet=as_json)
        parts = everything(opened, person)
        if output is None:
            for part in parts:
                typer.echo(part, nl=False)
            return
        _write(output, parts)
    counted = {"orders": len(person.orders), "waiting": len(person.waiting), "file": str(output)}
    write_json(counted) if as_json else say(f"{counted['orders']} orders written to {output}")


def _write(output: Path, parts: Iterable[str]) -> None:
    try:
        # Nobody else may read it, and nothing is overwritten.
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="--output") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(parts)
    except BaseException:
        # Half of a person's data looks like all of it.
        output.unlink()
        raise


def erase(
    email: Email, *, yes: Yes = False, force: Force = False, by: By = None, as_json: Json = False
) -> None:
    """Erase a person from what is kept: first shown, done with --yes. Order numbers and stages stay."""
    with bridge() as opened:
        person = _found(opened, email, quiet=as_json)
        held = opened.privacy.holdings(person)
        if not yes:
            show_plan(person, held, elsewhere(opened, person.orders), as_json=as_json)
            return
        actor = (by or getuser()).strip()
        done = opened.privacy.erase(person, actor=actor, force=force)
        show_done(done, elsewhere(opened, person.orders), as_json=as_json)
    if not done.whole:
        raise typer.Exit(PROBLEM)


def retain(*, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Blank what the sites' retention is over for, as the hourly task does; or count it."""
    total: dict[str, int] = {}
    with bridge() as opened:
        if dry_run:
            total = dict(opened.privacy.retention_due())
        else:
            while any((batch := opened.privacy.retain()).values()):
                total = {name: total.get(name, 0) + count for name, count in batch.items()}
    if as_json:
        write_json({"dry_run": dry_run, "rows": total})
    else:
        table(["rows", "would be blanked" if dry_run else "blanked"], [[n, p] for p, n in total.items()])


def _found(opened: Bridge, email: str, *, quiet: bool) -> Person:
    with progress(quiet=quiet) as bars:
        task = bars.add_task("  looking", total=None)
        return opened.privacy.find(email, lambda done, whole: bars.update(task, completed=done, total=whole))
