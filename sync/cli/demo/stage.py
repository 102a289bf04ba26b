"""The processes of the demo: started side by side, one killed in the middle, all stopped at the end."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from sync.cli import stack
from sync.supervise import Child, ChildDiedError, Program, Supervisor

# Queue groups, so that two cores are enough.
WORKERS: Mapping[str, str] = {
    "intake": "intake,messages,maintenance",
    "orders": "orders",
    "fulfillment": "fulfillment,storefront",
    "inventory": "inventory,crm",
}

Ready = Callable[[], bool]
START_SECONDS = 120.0

# Ticks of a day that lasts two minutes.
HASTE: Mapping[str, str] = {
    "ORDERBRIDGE_RELAY_EVERY": "2",
    "ORDERBRIDGE_SWEEP_EVERY": "5",
    "ORDERBRIDGE_POLL_EVERY": "6",
    "ORDERBRIDGE_STOCK_EVERY": "10",
    "ORDERBRIDGE_SILENCE": "10",
    "ORDERBRIDGE_LEASE": "15",
    "ORDERBRIDGE_LONGEST_DELAY": "10",
}


class Stage:
    """Starts the stack's processes under a supervisor."""

    def __init__(self, supervisor: Supervisor, ports: stack.Ports, settings: Mapping[str, str]) -> None:
        self._supervisor = supervisor
        self._ports = ports
        self._settings = settings
        self.children: dict[str, Child] = {}

    def open(self, *, auto: bool = True) -> None:
        """Start sandbox, receiver, workers and beat; return when all are ready.

        `auto` says whether the warehouse works by itself. They start side by side: each mostly imports.
        """
        programs = [
            stack.sandbox_program(self._ports, self._settings, auto=auto, speed=4.0),
            self._receiver(),
            *(self.worker(name, queues) for name, queues in WORKERS.items()),
            self._beat(),
        ]
        for program in programs:
            child = self._supervisor.start(replace(program, ready=lambda: True))
            self.children[program.name] = child
        for program in programs:
            self._wait(program)

    def start(self, program: Program) -> Child:
        """Start one more process and return when it is ready."""
        return self._supervisor.start(program)

    def worker(self, name: str, queues: str) -> Program:
        """Return a worker of these queues."""
        # One child per group; prefork, because only its time limits stop a task that hangs.
        flags = ["-Q", queues, "-n", f"{name}@demo", "-c", "2" if name == "intake" else "1", "-O", "fair"]
        quiet = ["--without-mingle", "--without-gossip", "--loglevel", "INFO"]
        return self._program(name, _celery("worker", *flags, *quiet), self._says(name, " ready."))

    def kill(self, name: str) -> None:
        """Kill a worker and its children with -9, then start it again on the same queues."""
        self.children[name].kill()
        self.children[name].start()

    def check(self) -> None:
        """Raise with the tail of its log if any process died by itself."""
        self._supervisor.check()

    def _receiver(self) -> Program:
        url = f"{self._ports.receiver_url}/health/ready"
        return self._program(
            "receiver", [sys.executable, "-m", "sync.cli", "receiver"], lambda: stack.answers(url)
        )

    def _beat(self) -> Program:
        schedule = self._supervisor.folder / "celerybeat-schedule"
        argv = _celery("beat", "--schedule", str(schedule), "--pidfile=")
        return self._program("beat", argv, lambda: True)

    def _program(self, name: str, argv: list[str], ready: Ready) -> Program:
        return Program(name=name, argv=argv, env=self._settings, ready=ready)

    def _wait(self, program: Program) -> None:
        child, deadline = self.children[program.name], time.monotonic() + START_SECONDS
        while not program.ready():
            child.check()
            if time.monotonic() > deadline:
                raise ChildDiedError(
                    f"{program.name} was not ready in {START_SECONDS:g} s\n{child.log_tail()}"
                )
            time.sleep(0.1)

    def _says(self, name: str, text: str) -> Ready:
        log: Path = self._supervisor.folder / "logs" / f"{name}.log"
        return lambda: log.exists() and text in log.read_text(errors="replace")


def _celery(*words: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "tasks.app", *words]
