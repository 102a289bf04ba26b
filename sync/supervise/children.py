"""Child processes that start in order, are watched, and stop in reverse order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from sync.supervise.folder import marker, owned
from sync.supervise.processes import POLL_SECONDS, identity, kill_all
from sync.supervise.signals import deferred_signals, interrupted_by_termination


class ChildDiedError(RuntimeError):
    """A child ended, or was not ready in time; the message carries the tail of its log."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, how to know that it is ready and how to ask it to stop."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0


class Child:
    """One program that can be started, stopped, killed, and started again with the same arguments."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.log = folder / "logs" / f"{program.name}.log"
        self._env = os.environ | program.env | marker(folder)
        self._process: psutil.Popen | None = None
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")

    @property
    def running(self) -> bool:
        """Whether the process is alive now."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the last start; ChildDiedError before the first."""
        if self._process is None:
            raise ChildDiedError(f"{self.program.name} was never started")
        return int(self._process.pid)

    def start(self, timeout: float = 60.0) -> None:
        """Return when the program is ready; ChildDiedError if it ends first or takes `timeout` seconds."""
        if self.running:
            return
        with deferred_signals(), self.log.open("ab") as log:
            self._process = psutil.Popen(
                self.program.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self.program.cwd,
                start_new_session=True,
                **identity(self.program.user),
            )
        deadline = time.monotonic() + timeout
        while not self.program.ready():
            self.check()
            if time.monotonic() > deadline:
                raise ChildDiedError(f"{self.program.name} was not ready in {timeout:g} s\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)
        self.check()

    def check(self) -> None:
        """Raise ChildDiedError with the tail of the log unless the child lives."""
        if not self.running:
            code = None if self._process is None else self._process.returncode
            raise ChildDiedError(f"{self.program.name} ended with {code}\n{self.log_tail()}")

    def stop(self) -> None:
        """Ask the child to stop; what is left of its process tree after the grace is killed."""
        with deferred_signals():
            if self._process is None or not self.running:
                return
            tree = self._process.children(recursive=True)
            self._process.send_signal(self.program.stop_signal)
            try:
                self._process.wait(self.program.grace_seconds)
            except psutil.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._end(tree)

    def kill(self) -> None:
        """Kill the child and every process below it at once (SIGKILL), as a power cut would."""
        if self._process is not None and self.running:
            self._end(self._process.children(recursive=True))

    def _end(self, below: list[psutil.Process]) -> None:
        if self._process is not None:
            kill_all([self._process, *below])
            self._process.wait()  # its first thread may be a zombie while others, and its ports, still live

    def log_tail(self, lines: int = 20) -> str:
        """The last lines that the child wrote, after a line that names the file."""
        text = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join([f"--- {self.log}", *text])


class Supervisor:
    """Owns a folder and the children in it: at the end, also by Ctrl-C or SIGTERM, they stop in reverse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._children: list[Child] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(interrupted_by_termination())
            stack.enter_context(owned(self.folder))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with deferred_signals():
            self._stack.close()

    def start(self, program: Program, timeout: float = 60.0) -> Child:
        """Start one more child and return when it is ready."""
        child = Child(program, self.folder)
        self._children.append(child)
        self._stack.callback(child.stop)
        child.start(timeout)
        return child

    def check(self) -> None:
        """Raise ChildDiedError for the first child that is dead."""
        for child in self._children:
            child.check()
