"""What the laboratory shows: a table, a plot, and the figures as JSON."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from bench.oversell.market import Rules
from bench.oversell.trade import Result


def figures(result: Result) -> dict[str, Any]:
    """Return one practice's figures; units unless the name says otherwise."""
    judge, calls = result.judge, result.calls
    lags = sorted(lag.total_seconds() for lag in judge.lags)
    cuts = quantiles(lags, n=100) if len(lags) > 1 else [0.0] * 99
    return {
        "wanted": judge.wanted,
        "sold": judge.sold,
        "taken by other channels": judge.taken,
        "oversold": judge.oversold,
        "lost sales": judge.lost,
        "lost sales, % of wanted": round(100 * judge.lost / max(1, judge.wanted), 3),
        "SKUs written": calls["SKUs written"],
        "SFCC calls": calls["SFCC calls"],
        "Orderflow reads": calls["Orderflow reads"],
        "seconds shown wrongly, median": round(cuts[49], 1),
        "seconds shown wrongly, 95 of 100": round(cuts[94], 1),
        "SKUs wrong at rest": len(result.wrong),
    }


def verdict(common: dict[str, Any], bridge: dict[str, Any]) -> dict[str, Any]:
    """Return how the two compare."""
    return {
        "fewer oversold units, %": _fewer(common, bridge, "oversold"),
        "fewer SKUs written, %": _fewer(common, bridge, "SKUs written"),
        "fewer SFCC calls, %": _fewer(common, bridge, "SFCC calls"),
        "more lost sales, % of wanted": round(
            bridge["lost sales, % of wanted"] - common["lost sales, % of wanted"], 3
        ),
    }


def _fewer(common: dict[str, Any], bridge: dict[str, Any], name: str) -> float:
    share: float = bridge[name] / max(1, common[name])
    return round(100 * (1 - share), 2)


def table(results: Sequence[Result], console: Console) -> None:
    """Print the figures side by side."""
    shown = Table(title="The same day, kept in different ways", title_justify="left")
    shown.add_column("")
    for result in results:
        shown.add_column(result.name, justify="right")
    columns = [figures(result) for result in results]
    for name in columns[0]:
        shown.add_row(name, *(f"{column[name]:,}" for column in columns))
    console.print(shown)
    console.print(f"Compared with '{results[0].name}':")
    for result, column in zip(results[1:], columns[1:], strict=True):
        said = ", ".join(f"{name}: {value}" for name, value in verdict(columns[0], column).items())
        console.print(f"  {result.name}: {said}")


def save(rules: Rules, results: Sequence[Result], folder: Path) -> list[Path]:
    """Write `oversell.json`, `oversell.svg` and `oversell.png`; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = [figures(result) for result in results]
    document = {
        "rules": {name: getattr(rules, name) for name in rules.__slots__},
        "practices": {result.name: column for result, column in zip(results, columns, strict=True)},
        "verdict": {
            result.name: verdict(columns[0], column)
            for result, column in zip(results[1:], columns[1:], strict=True)
        },
    }
    written = folder / "oversell.json"
    written.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return [written, *_plot(results, rules.hours, folder)]


def _plot(results: Sequence[Result], hours: float, folder: Path) -> list[Path]:
    # The same day must make the same file.
    mpl.rcParams["svg.hashsalt"] = "oversell"
    figure = Figure(figsize=(10, 4), layout="constrained")
    units, lags = figure.subplots(1, 2)
    for result in results:
        moments = [0.0, *(_hours(result.opened_at, at) for at, _ in result.judge.curve), hours]
        counts = [0, *(count for _, count in result.judge.curve), result.judge.oversold]
        units.step(moments, counts, where="post", label=result.name)
        seconds = sorted(max(0.5, lag.total_seconds()) for lag in result.judge.lags)
        shares = [100 * (rank + 1) / len(seconds) for rank in range(len(seconds))]
        lags.plot(seconds, shares, label=result.name)
    units.set(title="Oversold units", xlabel="hours since the opening", ylabel="units so far")
    lags.set(
        title="How long a wrong number was shown", xlabel="seconds", ylabel="% of the times", xscale="log"
    )
    units.legend()
    paths = [folder / "oversell.svg", folder / "oversell.png"]
    figure.savefig(paths[0], metadata={"Date": None})
    figure.savefig(paths[1], dpi=110)
    return paths


def _hours(start: datetime, at: datetime) -> float:
    return (at - start).total_seconds() / 3600
