"""`conflicts`: where the two systems disagree, and a person's decision."""

from typing import Annotated

import typer

from sync.cli.options import Json
from sync.cli.output import table, write_json
from sync.cli.session import bridge, pickup
from sync.core.ownership import OWNERS, Owner

ConflictId = Annotated[int, typer.Argument(metavar="ID", help="The id that `conflicts` shows.")]
Keep = Annotated[Owner, typer.Option(help="Whose value counts.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Conflicts: list the open ones, or resolve one.", invoke_without_command=True)
    group.callback()(conflicts)
    group.command()(resolve)
    app.add_typer(group, name="conflicts")


def conflicts(context: typer.Context, *, as_json: Json = False) -> None:
    """List the open conflicts, oldest first."""
    if context.invoked_subcommand:
        return
    with bridge() as opened:
        rows = opened.letters.conflicts()
    if as_json:
        write_json({"conflicts": [{**row, "owner": OWNERS.get(row["field"])} for row in rows]})
    elif rows:
        lines = [[r["id"], r["created_at"], r["site"], r["order_no"], r["field"], r["detail"]] for r in rows]
        columns = ["id", "since (UTC)", "site", "order", "field", "detail"]
        table(columns, lines, keep=["id", "since (UTC)", "order"])
    else:
        typer.echo("no open conflicts")


def resolve(conflict_id: ConflictId, *, keep: Keep, as_json: Json = False) -> None:
    """Close a conflict; the value that counts is asserted in the other system where that can be done."""
    with bridge() as opened:
        follows = opened.conflicts.resolve(conflict_id, keep)
        soon = pickup(opened.settings)
    if as_json:
        write_json({"id": conflict_id, "keep": keep, "follows": follows})
    else:
        typer.echo(f"conflict {conflict_id} is closed: {follows}\n{soon}")
