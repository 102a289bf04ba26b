"""`python -m bench.oversell`: trade the same day twice, print the table, write plots and figures."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.progress import Progress

from bench.oversell.market import Rules, day
from bench.oversell.report import save, table
from bench.oversell.trade import BRIDGE, COMMON, trade
from sync.cli.stack import FOLDER, servers
from sync.sandbox.catalog import WAREHOUSES, catalog

RESULTS = Path(__file__).parents[1]
USUAL = Rules()


def main(
    seed: Annotated[int, typer.Option(help="The same seed makes the same day.")] = USUAL.seed,
    hours: Annotated[float, typer.Option(min=0.1, help="How long the shop is open.")] = USUAL.hours,
    skus: Annotated[int, typer.Option(min=1, max=5000, help="How many products are sold.")] = USUAL.skus,
    baskets: Annotated[int, typer.Option(min=0, help="How many shoppers come.")] = USUAL.baskets,
    takes: Annotated[int, typer.Option(min=0, help="How often other channels want something.")] = USUAL.takes,
    deliveries: Annotated[int, typer.Option(min=0, help="How often goods come in.")] = USUAL.deliveries,
    out: Annotated[Path, typer.Option(help="Where oversell.json, .svg and .png are written.")] = RESULTS,
) -> None:
    """Compare Orderbridge with a full synchronisation every 15 minutes on the same demand."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rules = replace(
        USUAL, seed=seed, hours=hours, skus=skus, baskets=baskets, takes=takes, deliveries=deliveries
    )
    console, trading = Console(), day(rules, WAREHOUSES, catalog())
    start, length = datetime.now(UTC).replace(microsecond=0), timedelta(hours=hours)
    results = []
    with servers(FOLDER / "oversell", keep=False) as real, Progress(console=console, transient=True) as bars:
        for way in (COMMON, BRIDGE):
            bar = bars.add_task(way.name, total=baskets + takes + deliveries)
            results.append(trade(way, trading, length, real, start, partial(bars.advance, bar)))
    table(results, console)
    for path in save(rules, results, out):
        console.print(f"written: {path}", soft_wrap=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
