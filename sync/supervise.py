"""Child processes that start in order, are watched, and stop in reverse order."""

import fcntl
import json
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final, Self

import psutil
from honcho.environ import parse_procfile
from honcho.manager import Manager

# Every child carries its folder's name in the environment: that is how the next owner of the folder finds
# children whose parent was killed, without trusting process ids that may belong to somebody else by now.
MARKER: Final = "ORDERBRIDGE_CHILD_OF"
POLL_SECONDS: Final = 0.05
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ChildDiedError(RuntimeError):
    """A child ended, or was not ready in time; the message carries the tail of its log."""


class FolderInUseError(RuntimeError):
    """Another living process owns this folder and the children in it."""


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
            tree = [self._process, *self._process.children(recursive=True)]
            self._process.send_signal(self.program.stop_signal)
            try:
                self._process.wait(self.program.grace_seconds)
            except psutil.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
            kill_all(tree)

    def kill(self) -> None:
        """Kill the child and every process below it at once (SIGKILL), as a power cut would."""
        if self._process is not None and self.running:
            kill_all([self._process, *self._process.children(recursive=True)])

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


def run_procfile(procfile: Path, env: Mapping[str, str], folder: Path = Path(".orderbridge")) -> int:
    """Run every line of a Procfile until one ends or Ctrl-C; nothing is left running.

    `env` is laid over the current environment. Returns 0 after Ctrl-C, else the code of the first to end.
    """
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])
    full = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"} | dict(env) | marker(folder)
    manager = Manager()
    for name, command in parse_procfile(procfile.read_text()).processes.items():
        manager.add_process(name, command, env=full)
    before = set(psutil.Process().children(recursive=True))
    with restored_signals():
        try:
            manager.loop()
        finally:
            kill_all([child for child in psutil.Process().children(recursive=True) if child not in before])
    code = int(manager.returncode or 0)
    return 0 if code == 128 + signal.SIGINT else code


def marker(folder: Path) -> dict[str, str]:
    """The environment entry by which the next owner of `folder` recognizes a left-over child."""
    return {MARKER: str(folder.resolve())}


def identity(user: str | None) -> dict[str, Any]:
    """The arguments that make `subprocess` run a program as `user`, with that user's group and no other."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def lives(process: psutil.Process) -> bool:
    """Whether a process runs; a zombie, which process 1 reaps late or (in a container) never, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_all(processes: Sequence[psutil.Process]) -> None:
    """Kill (SIGKILL) whatever of these still lives and return when all are gone."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=0)
    while alive := [process for process in alive if lives(process)]:
        psutil.wait_procs(alive, timeout=POLL_SECONDS)


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process, after killing what a dead owner left running in it.

    Raises FolderInUseError while another living process holds it. Nested use by the same process is allowed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    owner, me = folder / "owner.json", psutil.Process()
    with (folder / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        holder = _living_owner(owner)
        if holder is not None and holder != me:
            raise FolderInUseError(f"{folder} is in use by process {holder.pid}; stop it first")
        if holder is None:
            _kill_leftovers(folder)
            owner.write_text(json.dumps({"pid": me.pid, "started": me.create_time()}))
    try:
        yield
    finally:
        if holder is None:
            owner.unlink(missing_ok=True)


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Hold back Ctrl-C and termination until the block is done, then deliver them once."""
    pending: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        pending.append(number)

    with restored_signals():
        _handle(remember)
        yield
    if pending:
        signal.raise_signal(pending[0])


@contextmanager
def interrupted_by_termination() -> Iterator[None]:
    """Make SIGTERM and SIGHUP end the block as Ctrl-C does, by KeyboardInterrupt, so that it can clean up."""
    with restored_signals():
        _handle(signal.default_int_handler)
        yield


@contextmanager
def restored_signals() -> Iterator[None]:
    """Put the signal handlers back as they were when the block ends."""
    saved = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        if _in_main_thread():
            for number, handler in saved.items():
                if handler is not None:  # None: set by C code, nothing that Python could put back
                    signal.signal(number, handler)


def _handle(handler: Callable[[int, FrameType | None], object]) -> None:
    if _in_main_thread():  # no other thread may set handlers, and none receives signals
        for number in STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs want it
                signal.signal(number, handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _living_owner(owner: Path) -> psutil.Process | None:
    try:
        noted = json.loads(owner.read_text())
        process = psutil.Process(noted["pid"])
        return process if process.create_time() == noted["started"] and lives(process) else None
    except (FileNotFoundError, json.JSONDecodeError, psutil.NoSuchProcess):
        return None


def _kill_leftovers(folder: Path) -> None:
    mine = {psutil.Process(), *psutil.Process().parents()}
    left: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process not in mine and process.environ().get(MARKER) == str(folder):
                left += [process, *process.children(recursive=True)]
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # ended meanwhile, or somebody else's
            continue
    kill_all(left)
