"""`python -m bench.truth`: run the whole stack, measure, print the table, write the figures.

Facts are despatches in the warehouse's stand-in, one a second; a delay ends when the storefront's stand-in
has the shipping status in its journal. With polls every push is lost, and a fact waits for half an interval
on the average. Claims compares two ways of making the same postings, by turns, in one process.
"""

import json
import logging
import os
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table

from bench.truth.claims import Rate, rates
from bench.truth.delays import Delays, polled, pushed
from config.settings import load_settings
from sync.cli.stack import FOLDER
from sync.wiring import Bridge, silent
from tests.stack import SITE, Live, running_stack

INTERVALS = (2.0, 5.0, 10.0)
RESULTS = Path(__file__).parents[1] / "results.json"


def main(
    facts: Annotated[int, typer.Option(min=2, help="Despatches per way of hearing of them.")] = 30,
    intervals: Annotated[list[float] | None, typer.Option(help="Seconds between polls; repeatable.")] = None,
    out: Annotated[Path, typer.Option(help="The file whose figures of truth are written anew.")] = RESULTS,
) -> None:
    """Measure how long a fact takes to the storefront, by pushes and by polls, and what claims are worth."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    with running_stack(FOLDER) as live:
        delays = [
            pushed(live, facts),
            *(polled(live, facts, every) for every in intervals or INTERVALS),
        ]
        claims = _claims(live)
    console.print(_delay_table(delays))
    console.print(_claim_table(claims))
    figures = {
        "cores": os.cpu_count(),
        "delays": [one.as_dict() for one in delays],
        "ratio_of_polls": [round(one.at(50) / delays[0].at(50), 2) for one in delays[1:]],
        "claims": [one.as_dict() for one in claims],
        "ratio_of_claims": [_ratio(*claims[place : place + 2]) for place in (0, 2)],
    }
    save(out, figures)
    console.print(f"written: {out}", soft_wrap=True)


def save(out: Path, figures: dict[str, Any]) -> None:
    """Put the figures beside those of other measurements."""
    known = json.loads(out.read_text()) if out.exists() else {}
    out.write_text(json.dumps(known | {"truth": figures}, indent=1) + "\n")


def _ratio(one_each: Rate, together: Rate) -> float:
    return round(together.per_second / one_each.per_second, 2)


def _claims(live: Live) -> list[Rate]:
    numbers = live.place(25)
    live.settle()
    # Nobody else may make the postings that are measured.
    live.child("fulfillment").kill()
    os.environ.update(live.settings)
    bridge = Bridge(settings=load_settings(), bell=silent)
    try:
        many = rates(bridge, SITE, numbers, each=8, rounds=3)
        return [*rates(bridge, SITE, numbers[:1], each=20, rounds=10), *many]
    finally:
        bridge.close()


def _delay_table(delays: list[Delays]) -> Table:
    table = Table(
        "told by", "every", "facts", "p50", "p90", "p99", "load", title="From the fact to the storefront"
    )
    for one in delays:
        every = f"{one.poll_seconds:g} s" if one.poll_seconds else ""
        percentiles = [f"{one.at(percent):.2f} s" for percent in (50, 90, 99)]
        table.add_row(one.way, every, str(len(one.seconds)), *percentiles, f"{one.load:.1f}")
    return table


def _claim_table(claims: list[Rate]) -> Table:
    table = Table("orders", "of each per claim", "postings", "a second", title="Claims of the storefront")
    for one in claims:
        rate = f"{one.per_second:.0f}"
        table.add_row(str(one.orders), f"up to {one.together + 1}", str(one.postings), rate)
    return table


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
