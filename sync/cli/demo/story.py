"""The day: stock goes up, orders come in waves, a worker is killed, and at night the books are compared."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sync.borrowed import BorrowingError, borrowed
from sync.cli import stack
from sync.cli.demo.books import BookKeeper
from sync.cli.demo.judge import Verdict, judge
from sync.cli.demo.remotes import Remotes
from sync.cli.demo.stage import HASTE, Stage
from sync.embedded import Servers
from sync.store.db import migrate
from sync.supervise import ChildDiedError, Supervisor

WAVES = 6
INVALID = 0.04
LOST = 0.06
# Without any step forward for this long, something is stuck and waiting longer would not help.
STALLED_SECONDS = 120.0


class StalledError(RuntimeError):
    """Nothing moved for too long."""


@dataclass(slots=True)
class Day:
    """What one run of the story works with."""

    remotes: Remotes
    keeper: BookKeeper
    stage: Stage
    console: Console
    seed: int
    placed: list[dict[str, Any]] = field(default_factory=list)

    def verdict(self) -> Verdict:
        """Compare both sides and the ledger as they are now."""
        return judge(self.remotes, self.placed, self.keeper.books())


def run(orders: int, seed: int) -> int:
    """Run the day; 0 only if storefront, warehouse and ledger agree and no effect happened twice."""
    console = Console()
    try:
        with _day(console, seed) as (day, settings):
            _trade(day, orders)
            verdict = _night(day)
            _show_split_order(day, settings)
            _show(console, verdict)
            return 0 if verdict.agrees else 1
    except (BorrowingError, ChildDiedError, StalledError) as error:
        console.print(f"[bold red]the demo stopped:[/] {error}")
        return 1
    except KeyboardInterrupt:
        console.print("stopped; every process has been ended")
        return 130


@contextmanager
def _day(console: Console, seed: int) -> Iterator[tuple[Day, Mapping[str, str]]]:
    folder, ports = stack.FOLDER / "demo", stack.free_ports()
    with _servers(console) as servers, Supervisor(folder) as supervisor:
        settings = {**stack.environment(servers, ports), **HASTE}
        with console.status("migrating, starting sandbox, receiver, workers and beat"):
            migrate(servers.database_url)
            stage = Stage(supervisor, ports, settings)
            stage.open()
        keeper = BookKeeper(servers.database_url)
        try:
            yield Day(Remotes(ports), keeper, stage, console, seed), settings
        finally:
            keeper.close()


@contextmanager
def _servers(console: Console) -> Iterator[Servers]:
    own = stack.own_servers(os.environ)
    console.print(
        "servers: " + ("yours, in a database of their own" if own else "PostgreSQL and Valkey out of wheels")
    )
    with stack.servers(stack.FOLDER / "demo-servers", keep=False) as servers:
        if own is None:
            yield servers
            return
        with borrowed(servers) as lent:
            for name, value in lent.promised.items():
                console.print(
                    f"  Redis: {name} set to {value} until the end, so that nothing accepted can be lost"
                )
            yield lent


def _trade(day: Day, orders: int) -> None:
    """Publish the opening stock, then place the orders in waves while things go wrong on purpose."""
    skus = len(day.remotes.warehouse_stock())
    _until(day, "opening stock", lambda: len(day.remotes.storefront_stock()), skus)
    day.remotes.spoil(day.seed, LOST)
    chance = random.Random(day.seed)  # noqa: S311  a repeatable day, not a secret
    for wave in range(WAVES):
        count = orders // WAVES + (wave < orders % WAVES)
        day.placed += day.remotes.place(count, day.seed * 100 + wave, INVALID)
        day.remotes.change_stock(_deliveries(chance))
        if wave == WAVES // 2:
            _kill_at_work(day)
        title, wanted = f"wave {wave + 1} of {WAVES}", int(0.8 * len(day.placed))
        _until(day, title, lambda: _received(day), wanted)


def _kill_at_work(day: Day) -> None:
    """Kill both workers that change remote systems, as soon as they have begun on the wave."""
    begun = _received(day) + 5
    _until(day, "the wave has begun", lambda: _received(day), begun)
    for worker in ("orders", "fulfillment"):
        day.console.print(f"  kill -9 of the {worker} worker, in the middle of its work; started again")
        day.stage.kill(worker)


def _deliveries(chance: random.Random) -> list[dict[str, Any]]:
    skus = [f"RA-{chance.randint(1, 5000):05d}" for _ in range(20)]
    return [
        {"sku": sku, "site": chance.choice(["MAIN", "NORTH"]), "delta": chance.randint(1, 30)} for sku in skus
    ]


def _received(day: Day) -> int:
    return sum(row["exportStatus"] in {"exported", "failed"} for row in day.remotes.storefront_orders())


def _night(day: Day) -> Verdict:
    """Let everything finish: lost hooks by sweep, lost pushes by poll, stock by a last pull."""
    total = len(day.placed)
    _until(day, "handed over or rejected", lambda: _received(day), total)
    _until(day, "finished in the warehouse", lambda: total - day.remotes.open_in_warehouse(), total)
    day.remotes.behave()
    _until(day, "tallies that agree", lambda: _agreeing(day), len(day.verdict().tallies))
    _until(day, "without open problems", lambda: -len(day.verdict().problems), 0)
    _until(day, "messages finished", lambda: -day.keeper.unfinished(), 0)
    return day.verdict()


def _agreeing(day: Day) -> int:
    return sum(tally.agrees for tally in day.verdict().tallies)


def _until(day: Day, what: str, value: Callable[[], int], goal: int) -> None:
    """Show progress until `value` reaches `goal`; StalledError when it stands still for too long."""
    columns = (TextColumn("  {task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    reached, since = value(), time.monotonic()
    with Progress(*columns, console=day.console) as progress:
        bar = progress.add_task(what, total=abs(goal) or 1)
        while (now := value()) < goal:
            day.stage.check()
            if now != reached:
                reached, since = now, time.monotonic()
            if time.monotonic() - since > STALLED_SECONDS:
                raise StalledError(f"{what}: stands at {now} of {goal}; {_reasons(day)}")
            progress.update(bar, completed=max(0, now))
            time.sleep(0.5)
        progress.update(bar, completed=abs(goal) or 1)


def _reasons(day: Day) -> str:
    verdict = day.verdict()
    wrong = [
        f"{t.site} {t.what} {t.storefront}/{t.warehouse}/{t.ledger}" for t in verdict.tallies if not t.agrees
    ]
    return "; ".join([*wrong, *verdict.problems[:20]]) or "no reason is visible from outside"


def _show_split_order(day: Day, settings: Mapping[str, str]) -> None:
    split = next((row for row in day.remotes.warehouse_orders() if _is_split(row)), None)
    if split is None:
        return
    site, order_no = split["channel"], split["reference"].split("-S")[0]
    command = [sys.executable, "-m", "sync.cli", "order", site, order_no]
    day.console.print(f"\n[bold]orderbridge order {site} {order_no}[/]")
    subprocess.run(command, env=os.environ | dict(settings), check=True)


def _is_split(row: Mapping[str, Any]) -> bool:
    return [shipment["state"] for shipment in row["shipments"]].count("despatched") > 1


def _show(console: Console, verdict: Verdict) -> None:
    table = Table(title="SFCC, Orderflow and the ledger")
    for heading in ("site", "orders", "SFCC", "Orderflow", "ledger", ""):
        table.add_column(heading, justify="left" if heading in {"site", "orders", ""} else "right")
    for tally in verdict.tallies:
        mark = "[green]✓" if tally.agrees else "[bold red]✗"
        numbers = (str(tally.storefront), str(tally.warehouse), str(tally.ledger))
        table.add_row(tally.site, tally.what, *numbers, mark, end_section=tally.what == "returned")
    console.print(table)
    for problem in verdict.problems[:50]:
        console.print(f"[red]✗[/] {problem}")
    if verdict.agrees:
        console.print("[bold green]both sides agree, every stock level is equal, no effect happened twice")
