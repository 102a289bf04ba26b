"""`conflicts`: where the two systems disagree and a person must decide."""

import typer

from sync.cli.options import Json
from sync.cli.output import table, write_json
from sync.cli.session import bridge


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(conflicts)


def conflicts(*, as_json: Json = False) -> None:
    """List the open conflicts, oldest first."""
    with bridge() as opened:
        rows = opened.letters.conflicts()
    if as_json:
        write_json({"conflicts": [dict(row) for row in rows]})
    elif rows:
        lines = [[r["created_at"], r["site"], r["order_no"], r["field"], r["detail"]] for r in rows]
        table(["since (UTC)", "site", "order", "field", "detail"], lines, keep=["since (UTC)", "order"])
    else:
        typer.echo("no open conflicts")
