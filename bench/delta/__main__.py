"""`python -m bench.delta`: how many writes 1 % of changes cost, and how much memory, as JSON."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bench.delta.run import measured

FOLDER = Path(".orderbridge/delta")


def main(
    *,
    skus: Annotated[int, typer.Option(min=100, help="Products in the warehouse.")] = 200_000,
    changed: Annotated[float, typer.Option(min=0.0001, max=0.5, help="Share that changes each time.")] = 0.01,
    out: Annotated[Path | None, typer.Option(help="A file that takes the result too.")] = None,
) -> None:
    """Measure on servers and stand-ins of its own; exits 1 unless exactly what changed was written."""
    found = measured(skus, round(skus * changed), FOLDER, lambda text: typer.echo(text, err=True))
    text = json.dumps(found, indent=2)
    typer.echo(text)
    if out is not None:
        out.write_text(text + "\n")
    killed = found["killed"]
    held = found["delta"]["exact"] and not found["unchanged"]["writes"]
    sys.exit(not (held and not killed["confirmed_and_written_again"]))


if __name__ == "__main__":
    typer.run(main)
