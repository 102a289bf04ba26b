"""A whole Procfile in the foreground, every line a process with its name before what it prints."""

import os
import signal
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import psutil
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from sync.supervise.folder import marker
from sync.supervise.processes import kill_all
from sync.supervise.signals import restored_signals


def run_procfile(procfile: Path, env: Mapping[str, str], folder: Path = Path(".orderbridge")) -> int:
    """Run every line of a Procfile until one ends or Ctrl-C; nothing is left running.

    `env` is laid over the current environment. Returns 0 after Ctrl-C, else the code of the first to end.
    """
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])
    full = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"} | dict(env) | marker(folder)
    manager, lines = Manager(Teller(sys.stdout)), _Lines()
    manager.terminate = lines.ask
    for name, command in parse_procfile(procfile.read_text()).processes.items():
        manager.add_process(name, command, env=full)
    with restored_signals():
        try:
            manager.loop()
        finally:
            kill_all(lines.processes())
    code = int(manager.returncode or 0)
    return 0 if code == 128 + signal.SIGINT else code


class Teller(Printer):  # type: ignore[misc]  # honcho has no types
    """Prints a message after the other.

    The manager prints from its signal handlers too; in the middle of another print Python refuses that, and
    the run would end by the error.
    """

    def __init__(self, output: TextIO) -> None:
        """Print to `output`."""
        super().__init__(output=output)
        self._waiting: deque[Message] = deque()
        self._printing = False

    def write(self, message: Message) -> None:
        """Print the message, or let what is being printed go first."""
        self._waiting.append(message)
        if self._printing:
            return
        self._printing = True
        try:
            while self._waiting:
                super().write(self._waiting.popleft())
        finally:
            self._printing = False


class _Lines:
    """Asks the program of each line to stop, and not its whole group as honcho does.

    A worker lets its pool finish what it is at. Children that are asked too die under it, and it takes
    their work for lost.
    """

    def __init__(self) -> None:
        """Leave alone what this process has started before."""
        self._others = set(psutil.Process().children(recursive=True))
        self._asked = False

    def processes(self) -> list[psutil.Process]:
        """Return what was started since."""
        return [one for one in psutil.Process().children(recursive=True) if one not in self._others]

    def ask(self) -> None:
        """Ask once: a worker that is asked again no longer waits for its pool."""
        if not self._asked:
            self._asked = True
            for process in self.processes():
                _ask(process)


def _ask(process: psutil.Process) -> None:
    """Ask the leader of a session to stop, or what it waits for where it is a shell."""
    try:
        if os.getsid(process.pid) == process.pid:
            for program in (process.children() if process.name() == "sh" else []) or [process]:
                program.terminate()
    except (ProcessLookupError, psutil.NoSuchProcess):  # ended by itself
        return
