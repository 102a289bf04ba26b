"""`orderbridge demo`: a day of trade end to end on real parts, judged by the journals of both sides.

`story` runs the day, `stage` starts and kills the processes, `remotes` drives the sandbox, `judge`
compares both sides without looking into the code that brought them together.
"""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    orders: Annotated[int, typer.Option(min=6, help="How many orders to place over three sites.")] = 330,
    seed: Annotated[int, typer.Option(help="The same seed makes the same day.")] = 7,
) -> None:
    """Run a day of trade between the sandbox's SFCC and Orderflow; exit 0 only if both sides agree."""
    from sync.cli.demo.story import run

    raise typer.Exit(run(orders, seed))
