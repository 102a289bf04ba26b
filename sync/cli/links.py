"""`links rebuild`: the ids of orders that were handed over before there were links."""

from typing import Annotated

import typer

from sync.cli.options import Json
from sync.cli.output import progress, write_json
from sync.cli.session import bridge
from sync.store.relinking import Relinking

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count; write nothing.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help="The ids of orders, shipments and customers.", no_args_is_help=True)
    group.callback()(links)
    group.command()(rebuild)
    app.add_typer(group, name="links")


def links() -> None:
    """Keep the ids by which `find` finds."""


def rebuild(*, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Link every order that was handed over with its references, lines, shipments, parcels and returns.

    Safe to stop and to repeat; who ordered is linked when the storefront's order is read again.
    """
    looked = new = 0
    with bridge() as opened, progress(quiet=as_json) as bars:
        relinking = Relinking(opened.sessions)
        bar = bars.add_task("orders", total=relinking.orders())
        for orders, begun in relinking.run(dry=dry_run):
            looked, new = looked + orders, new + begun
            bars.update(bar, completed=looked)
    if as_json:
        write_json({"orders": looked, "links": new, "written": not dry_run})
    else:
        done = "would be written" if dry_run else "written"
        typer.echo(f"{looked} orders looked at, {new} links {done}")
