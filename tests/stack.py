"""The whole stack under test: real servers and processes, and what ledger, storefront and warehouse say."""

import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
import requests
import sqlalchemy as sa
from celery import Celery
from standardwebhooks import Webhook

from config.queues import AT_START, TASK_QUEUES
from config.settings import DEFAULT_SITES
from sync.cli import stack
from sync.cli.demo.remotes import Remotes
from sync.cli.demo.stage import HASTE, Stage
from sync.embedded import EmbeddedServers, embedded_servers
from sync.inbox.entry import STREAM
from sync.sandbox.catalog import opening_stock
from sync.store.db import migrate
from sync.supervise import Child, FolderInUseError, Supervisor

T = TypeVar("T")
Row = dict[str, Any]
SITE = "RefArchUK"
# A site of the stack that has not moved to SCAPI.
OLD_SITE = "RefArchEU"
# A site whose agents look at the CRM; those of the old site look at the console.
CRM_SITE = "RefArchGlobal"
# Guards against hanging only: nothing that is tested takes this long, or is said to take less.
HANGING_SECONDS = 300.0
# A sample order of this seed has one shipment.
ONE_SHIPMENT = 1
# Products that no test sells out, all in one of the two warehouses.
PLENTY = [
    sku
    for sku in (f"RA-{number:05d}" for number in range(1, 200))
    if opening_stock(sku, "MAIN") >= 400 and not opening_stock(sku, "NORTH")
]
SIMULTANEOUS_RUNS = 16
# Polls come when a test asks for them, so that a test knows what brought a fact in; the relay runs always.
PACE: Mapping[str, str] = {
    **HASTE,
    "ORDERBRIDGE_RELAY_EVERY": "1",
    # Every poll asks for all open orders, also for hundreds that another test has left.
    "ORDERBRIDGE_ASK_RATE": "1000",
    "ORDERBRIDGE_SWEEP_EVERY": "36000",
    "ORDERBRIDGE_POLL_EVERY": "36000",
    "ORDERBRIDGE_STOCK_EVERY": "36000",
    "ORDERBRIDGE_LEASE": "6",
    "ORDERBRIDGE_LONGEST_DELAY": "3",
    "ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID": "sandbox",
    "ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET": "sandbox",
}


SITES = f"""
[sites.{OLD_SITE}.crm]
agent = "console"

[sites.{CRM_SITE}.crm]
agent = "crm"
match = ["customer_id", "email_name"]

[sites.{CRM_SITE}.crm.records]
settle = 1
"""


def eventually(what: str, condition: Callable[[], T | None]) -> T:
    """Return the condition's first true value; fail when nothing but hanging explains its absence."""
    deadline = time.monotonic() + HANGING_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)
    return value


@dataclass(frozen=True)
class Live:
    """A running stack; the control doors of the remotes, its ledger, and its processes."""

    servers: EmbeddedServers
    ports: stack.Ports
    settings: Mapping[str, str]
    stage: Stage
    remotes: Remotes
    engine: sa.Engine
    valkey: redis.Redis
    site: str = SITE

    def child(self, name: str) -> Child:
        """Return a process of the stack."""
        return self.stage.children[name]

    def rows(self, query: str, **values: Any) -> list[Row]:
        """Return what a query finds in the bridge's database."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]

    def messages(self, key: str, topic: str = "order.placed") -> list[Row]:
        """Return the ledger's messages of an order, oldest first."""
        return self.rows(
            "SELECT * FROM message WHERE key = :key AND topic = :topic ORDER BY id", key=key, topic=topic
        )

    def message(self, number: int) -> Row:
        """Return a message of the ledger by its id."""
        (row,) = self.rows("SELECT * FROM message WHERE id = :id", id=number)
        return row

    def came_by(self, source: str, key: str, topic: str = "order.placed") -> list[Row]:
        """Return the messages of an order that `hook`, `sweep`, `hand` or `push` brought."""
        named = ("sweep", "hand", "push")

        def brought_by(row: Row) -> str:
            prefix: str = row["dedupe_key"].partition(":")[0]
            return prefix if prefix in named else "hook"

        return [row for row in self.messages(key, topic) if brought_by(row) == source]

    def ended(self, task: str) -> int:
        """Return how many runs of a task the workers have told the end of."""
        end = re.compile(rf"Task {re.escape(task)}\[\S+\] (?:succeeded|raised)")
        logs = (child.log.read_text(errors="replace") for child in self.stage.children.values())
        return sum(len(end.findall(log)) for log in logs)

    def settle(self) -> None:
        """Wait until the ledger has nothing left to do and the stream is empty."""
        open_work = "SELECT id, topic, key, error_code FROM message WHERE state IN ('due', 'working')"
        eventually("an idle ledger", lambda: not self.valkey.xlen(STREAM) and not self.rows(open_work))

    def shop(self, method: str, door: str, body: Any = None) -> Any:
        """Call a control door of the storefront."""
        return self.remotes.call(method, self.ports.sfcc_url, door, body)

    def house(self, method: str, door: str, body: Any = None) -> Any:
        """Call a control door of the warehouse."""
        return self.remotes.call(method, self.ports.orderflow_url, door, body)

    def crm(self, method: str, door: str, body: Any = None) -> Any:
        """Call a control door of the CRM."""
        return self.remotes.call(method, self.ports.crm_url, door, body)

    def place(self, count: int = 1, *, hooks: bool = True, **wanted: Any) -> list[str]:
        """Place sample orders on one site and return their numbers."""
        body = {"count": count, "site": self.site, "seed": 1, "hooks": hooks, "skus": PLENTY[:40], **wanted}
        return [row["orderNo"] for row in self.shop("POST", "orders", body)["orders"]]

    def place_plain(self, *, hooks: bool = True) -> str:
        """Place an order with one shipment and return its number, which is its reference too."""
        (number,) = self.place(hooks=hooks, seed=ONE_SHIPMENT)
        return number

    def order(self, number: str) -> Row:
        """Return the storefront's statuses, attributes and events of an order."""
        return next(
            row for row in self.shop("GET", f"orders?site={self.site}")["orders"] if row["orderNo"] == number
        )

    def exported(self, numbers: Sequence[str]) -> bool:
        """Tell whether the storefront knows all these orders as exported."""
        rows = {row["orderNo"]: row for row in self.shop("GET", f"orders?site={self.site}")["orders"]}
        return all(rows[number]["exportStatus"] == "exported" for number in numbers)

    def handed_over(self, number: str) -> None:
        """Wait until an order is in the warehouse and everybody knows it."""
        eventually(f"{number} exported and told", lambda: "c_ofOrderRef" in self.order(number))

    def told(self, number: str, **statuses: str) -> None:
        """Wait until the storefront's order shows these statuses."""
        eventually(f"{number} with {statuses}", lambda: statuses.items() <= self.order(number).items())

    def move(self, reference: str, action: str, body: Any = None) -> Row:
        """Do something in the warehouse with an order's shipments."""
        return dict(self.house("POST", f"shipments/{reference}/{action}?channel={self.site}", body or {}))

    def journal(self, remote: str, since: int = 0) -> list[Row]:
        """Return a remote's own record of calls, control calls left out."""
        base = getattr(self.ports, f"{remote}_url")
        answer = requests.get(f"{base}/_sandbox/journal?since={since}", timeout=30)
        entries = [json.loads(line) for line in answer.text.splitlines()]
        return [entry for entry in entries if entry["effect"] != "control"]

    def now_in(self, remote: str) -> int:
        """Return the place in a remote's journal after which everything is new."""
        return max((entry["seq"] for entry in self.journal(remote)), default=0)

    def effects(self, remote: str, part: str) -> dict[str, list[str]]:
        """Return idempotency key → effects of the calls whose key contains `part`, in order."""
        found: dict[str, list[str]] = {}
        for entry in self.journal(remote):
            if part in (entry["idempotency_key"] or ""):
                found.setdefault(entry["idempotency_key"], []).append(entry["effect"])
        return found

    def no_effect_twice(self) -> None:
        """Both remotes say that nothing took effect twice."""
        assert [summary["duplicates"] for summary in self.remotes.summaries()] == [[], []]

    def hold(self, remote: str, method: str, path: str, seconds: float = 30.0) -> Callable[[], Row]:
        """Let the next such call have its effect and keep its answer back; return the wait for it."""
        rule = {"kind": "delay_after", "method": method, "path": path, "seconds": seconds, "times": 1}
        since = self.now_in(remote)
        self.remotes.call("PUT", getattr(self.ports, f"{remote}_url"), "faults", {"rules": [rule]})

        def held() -> Row:
            return eventually(
                f"{method} {path} with its answer kept back",
                lambda: next((e for e in self.journal(remote, since) if e["fault"] == "delay_after"), None),
            )

        return held

    def reborn(self, worker: str) -> None:
        """Kill a worker with -9, take every fault back, and start it again: it knows nothing of before."""
        self.child(worker).kill()
        for door in (self.shop, self.house, self.crm):
            door("DELETE", "faults")
        self.child(worker).start()

    def announce(self, number: str, event_id: str = "", **more: Any) -> requests.Response:
        """Send a signed event of a placed order, as the shop's cartridge does."""
        event_id = event_id or str(uuid.uuid4())
        event = {"type": "order.placed", "id": event_id, "site": self.site, "orderNo": number, **more}
        body, moment = json.dumps(event), datetime.now(UTC)
        secret = self.settings["ORDERBRIDGE_WEBHOOK_SECRETS"].split(",")[0]
        headers = {
            "content-type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign(event_id, moment, body),
        }
        url = f"{self.ports.receiver_url}/sfcc/{self.site}/events"
        return requests.post(url, data=body, headers=headers, timeout=30)

    def push(self, body: str) -> requests.Response:
        """Send a document as the warehouse pushes it."""
        url = f"{self.ports.receiver_url}/orderflow/{self.site}/messages"
        headers, auth = {"content-type": "application/xml"}, ("sandbox", "sandbox")
        return requests.post(url, data=body.encode(), headers=headers, auth=auth, timeout=30)

    def answers(self) -> bool:
        """Tell whether the receiver takes events."""
        return stack.answers(f"{self.ports.receiver_url}/health/ready")

    def ring(self, task: str, **kwargs: Any) -> None:
        """Send a task its message."""
        with Celery(broker=self.servers.redis_url, set_as_current=False) as app:
            app.send_task(task, kwargs=kwargs, queue=TASK_QUEUES[task])

    def call(self, task: str, **kwargs: Any) -> None:
        """Ring a task by hand, by Celery's own command."""
        done = self.begin("celery", "-A", "tasks.app", "call", task, "--kwargs", json.dumps(kwargs))
        _, said = done.communicate()
        assert done.returncode == 0, said

    def operate(self, *words: str) -> Any:
        """Run an operator's command to its end and return its JSON; its exit code must be 0."""
        done = self.begin("sync.cli", *words, "--json")
        out, said = done.communicate()
        assert done.returncode == 0, said + out
        return json.loads(out)

    def begin(self, module: str, *words: str) -> "subprocess.Popen[str]":
        """Start a command of a module with the stack's settings."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *words],
            env=os.environ | dict(self.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@contextmanager
def running_stack(folder: Path) -> Iterator[Live]:
    """Run the stack, the warehouse still, until the block ends."""
    with ExitStack() as exits:
        servers, supervisor = _claimed(exits, folder)
        ports = stack.free_ports()
        sites = supervisor.folder / "sites.toml"
        usual = DEFAULT_SITES.read_text()
        old = f"[sites.{OLD_SITE}]\n"
        sites.write_text(usual.replace(old, f'{old}api = "ocapi"\n') + SITES)
        settings = {**stack.environment(servers, ports), **PACE, "ORDERBRIDGE_SITES": str(sites)}
        migrate(servers.database_url)
        (supervisor.folder / "celerybeat-schedule").unlink(missing_ok=True)
        stage = Stage(supervisor, ports, settings)
        stage.open(auto=False)
        # Nothing here is worth a graceful end, which takes seconds each; the demo proves that one.
        for child in stage.children.values():
            exits.callback(child.kill)
        engine = sa.create_engine(servers.database_url, poolclass=sa.NullPool)
        exits.callback(engine.dispose)
        valkey = exits.enter_context(redis.Redis.from_url(servers.redis_url))
        live = Live(servers, ports, settings, stage, Remotes(ports), engine, valkey)
        # What they find then is not found by a later sweep in the middle of a test.
        eventually("the end of the first collections", lambda: all(live.ended(task) for task in AT_START))
        yield live


def _claimed(exits: ExitStack, folder: Path) -> tuple[EmbeddedServers, Supervisor]:
    """The servers and the supervisor of the first folder that no other run holds."""
    for number in range(SIMULTANEOUS_RUNS):
        own = folder / f"stack-{number}"
        try:
            servers = exits.enter_context(embedded_servers(own / "servers", keep=False))
        except FolderInUseError:
            continue
        return servers, exits.enter_context(Supervisor(own / "processes"))
    raise FolderInUseError(f"{SIMULTANEOUS_RUNS} stacks are under way in {folder}")


_RUNNING = pytest.StashKey[tuple[ExitStack, Live]]()


def started(config: pytest.Config) -> Live:
    """Return the test run's one stack, started by whoever asks first."""
    if _RUNNING not in config.stash:
        with ExitStack() as exits:
            live = exits.enter_context(running_stack(config.rootpath / ".orderbridge"))
            config.stash[_RUNNING] = exits.pop_all(), live
        config.add_cleanup(lambda: stopped(config))
    return config.stash[_RUNNING][1]


def stopped(config: pytest.Config) -> None:
    """Stop the run's stack, if it runs."""
    if _RUNNING in config.stash:
        exits, _ = config.stash[_RUNNING]
        del config.stash[_RUNNING]
        exits.close()


def calm(live: Live) -> Iterator[Live]:
    """Lend the stack to one test: idle before, and with every fault taken back and every process up after."""
    live.settle()
    yield live
    for door in (live.shop, live.house, live.crm):
        door("DELETE", "faults")
    usual = {"push_attempts": 5, "stock_push_interval": 0.2, "message_ids_behind": 0}
    live.house("PUT", "switches", usual)
    dead = [name for name, child in live.stage.children.items() if not child.running]
    for name in dead:
        live.child(name).start()
    assert not dead, f"ended by themselves: {dead}"
