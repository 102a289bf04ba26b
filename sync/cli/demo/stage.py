"""The processes of the demo: started in order, one killed in the middle, all stopped at the end."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from sync.cli import stack
from sync.supervise import Child, Program, Supervisor

# Queue groups, so that two cores are enough.
WORKERS: Mapping[str, str] = {
    "intake": "intake,messages,maintenance",
    "orders": "orders",
    "fulfillment": "fulfillment,storefront",
    "inventory": "inventory",
}

Ready = Callable[[], bool]

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
        self.workers: dict[str, Child] = {}

    def open(self) -> None:
        """Start sandbox, receiver, workers and beat; return when all are ready."""
        self._supervisor.start(stack.sandbox_program(self._ports, self._settings, auto=True, speed=4.0))
        ready_url = f"{self._ports.receiver_url}/health/ready"
        receiver = [sys.executable, "-m", "sync.cli", "receiver"]
        self._start("receiver", receiver, lambda: stack.answers(ready_url))
        for name, queues in WORKERS.items():
            # One child per group; prefork, because only its time limits stop a task that hangs.
            flags = ["-Q", queues, "-n", f"{name}@demo", "-c", "2" if name == "intake" else "1", "-O", "fair"]
            quiet = ["--without-mingle", "--without-gossip", "--loglevel", "INFO"]
            self.workers[name] = self._start(
                name, _celery("worker", *flags, *quiet), self._says(name, " ready.")
            )
        schedule = self._supervisor.folder / "celerybeat-schedule"
        self._start("beat", _celery("beat", "--schedule", str(schedule), "--pidfile="), lambda: True)

    def kill(self, name: str) -> None:
        """Kill a worker and its children with -9, then start it again on the same queues."""
        self.workers[name].kill()
        self.workers[name].start()

    def check(self) -> None:
        """Raise with the tail of its log if any process died by itself."""
        self._supervisor.check()

    def _start(self, name: str, argv: list[str], ready: Ready) -> Child:
        return self._supervisor.start(Program(name=name, argv=argv, env=self._settings, ready=ready))

    def _says(self, name: str, text: str) -> Ready:
        log: Path = self._supervisor.folder / "logs" / f"{name}.log"
        return lambda: log.exists() and text in log.read_text(errors="replace")


def _celery(*words: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "tasks.app", *words]
