"""The story: a run of the changes, one without any, and one that is killed in the middle."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from bench.delta.confirming import confirming
from bench.delta.remotes import Remotes
from config.settings import load_settings
from sync.cli import stack
from sync.embedded import embedded_servers
from sync.store.db import make_engine, migrate
from sync.supervise import Supervisor
from sync.wiring import Bridge, now, silent

# A killed worker's lease must not be most of the measurement.
LEASE = "5"
# The first load is no delta: what the warehouse has now counts as published.
SEED = sa.text("""
INSERT INTO published (inventory_list, sku, allocation, started_at, finished_at, token)
SELECT :list, sku, sum(available), clock_timestamp(), clock_timestamp(), ''
FROM stock_count GROUP BY sku
""")
CONFIRMED = sa.text("SELECT sku FROM published WHERE allocation IS NOT NULL AND finished_at >= :since")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Lab:
    """Servers and stand-ins that run, and the way to a worker."""

    remotes: Remotes
    engine: sa.Engine
    settings: Mapping[str, str]

    def work(self, slot: str) -> dict[str, Any]:
        """Let a worker do a whole run, and return what it took."""
        with self.worker(slot) as child:
            told, _ = child.communicate()
        if child.returncode:
            raise RuntimeError(f"the worker ended with {child.returncode}")
        return dict(json.loads(told))

    def seed(self) -> None:
        """Count everything, and take it for published."""
        with patch.dict(os.environ, self.settings):
            bridge = Bridge(settings=load_settings(), bell=silent)
        site = next(iter(bridge.settings.sites.values()))
        began = now()
        bridge.stock_store.save_pulled(bridge.warehouse.counts(site.organisation))
        bridge.stock_store.save_absent(site.organisation, site.stock.warehouses, began, ())
        with self.engine.begin() as connection:
            connection.execute(SEED, {"list": site.stock.inventory_list})
        bridge.close()

    def worker(self, slot: str) -> "subprocess.Popen[str]":
        """Start a worker."""
        argv = [sys.executable, "-m", "bench.delta.worker", slot]
        quiet = subprocess.DEVNULL
        env = os.environ | dict(self.settings)
        return subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=quiet, text=True)

    def confirmed(self, since: Any) -> set[str]:
        """Return the SKUs whose writes are known to have worked since."""
        with self.engine.connect() as connection:
            return set(connection.scalars(CONFIRMED, {"since": since}))

    def clock(self) -> Any:
        """Return the database's time."""
        with self.engine.connect() as connection:
            return connection.scalar(sa.text("SELECT clock_timestamp()"))


def measured(skus: int, changed: int, folder: Path, say: Say) -> dict[str, Any]:
    """Run the story over `skus` products of which `changed` change each time, and return its figures."""
    with ExitStack() as exits:
        servers = exits.enter_context(embedded_servers(folder / "servers", keep=False))
        supervisor = exits.enter_context(Supervisor(folder / "processes"))
        ports = stack.free_ports()
        settings = {**stack.environment(servers, ports), "ORDERBRIDGE_LEASE": LEASE}
        migrate(servers.database_url)
        supervisor.start(stack.sandbox_program(ports, settings, auto=False))
        engine = make_engine(servers.database_url)
        exits.callback(engine.dispose)
        lab = Lab(Remotes(ports), engine, settings)
        return _story(lab, skus, changed, say)


def _story(lab: Lab, skus: int, changed: int, say: Say) -> dict[str, Any]:
    names = [f"BULK-{number:07d}" for number in range(1, skus + 1)]
    lab.remotes.stock(skus)
    say(f"{skus} SKUs are counted and taken for published")
    lab.seed()
    say(f"{changed} of them change")
    lab.remotes.count(names[:changed], 7)
    delta, writes = _run(lab, "delta")
    say("nothing changes")
    unchanged, none = _run(lab, "unchanged")
    say("others change, and the worker is killed in the middle")
    lab.remotes.count(names[changed : 2 * changed], 8)
    return {
        "skus": skus,
        "changed": changed,
        "delta": delta | {"writes": len(writes), "exact": sorted(writes) == names[:changed]},
        "unchanged": unchanged | {"writes": len(none)},
        "killed": _killed(lab, changed),
        "confirming": confirming(lab.engine),
    }


def _run(lab: Lab, slot: str) -> tuple[dict[str, Any], list[str]]:
    since = lab.remotes.now()
    return lab.work(slot), lab.remotes.written(since)


def _killed(lab: Lab, changed: int) -> dict[str, Any]:
    """Kill -9 a worker when half is written, let another one go on, and look at what was written twice."""
    since, began = lab.remotes.now(), lab.clock()
    with lab.worker("killed") as child:
        while len(lab.confirmed(began)) < changed // 2:
            if child.poll() is not None:
                raise RuntimeError("the worker had ended before it was killed")
            time.sleep(0.02)
        child.kill()
    confirmed, died = lab.confirmed(began), lab.remotes.now()
    before = set(lab.remotes.written(since))
    resumed = lab.work("killed")
    after, writes = lab.remotes.written(died), Counter(lab.remotes.written(since))
    return {
        "confirmed_at_kill": len(confirmed),
        "written_at_kill": len(before),
        "confirmed_and_written_again": len(confirmed & set(after)),
        "unconfirmed_and_written_again": sum(1 for times in writes.values() if times > 1),
        "written_in_the_end": len(writes),
        "resumed": resumed,
    }
