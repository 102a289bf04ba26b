import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from honcho.printer import Message

from sync.supervise import ChildDiedError, Program, Supervisor, lives
from sync.supervise.procfile import Teller
from tests.stack import eventually

ROOT = Path(__file__).parents[2]
RUN_PROCFILE = """
import sys
from pathlib import Path
from sync.supervise import run_procfile
sys.exit(run_procfile(Path(sys.argv[1]), {"GREETING": "hello"}, Path(sys.argv[2])))
"""


def python(name: str, code: str, folder: Path, *, grace: float = 10.0) -> Program:
    """A Python child that is ready once it has written the file `<name>.ready`."""
    mark = folder / f"{name}.ready"
    code = (
        f"import pathlib, signal, subprocess, sys, time\n{code.format(mark=f'pathlib.Path({str(mark)!r})')}"
    )
    return Program(name=name, argv=[sys.executable, "-c", code], ready=mark.exists, grace_seconds=grace)


def test_children_stop_in_reverse_order(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = """
def note(*_):
    with open({order!r}, "a") as file:
        file.write({name!r})
    sys.exit()
signal.signal(signal.SIGTERM, note)
{{mark}}.touch()
signal.pause()
"""
    with Supervisor(tmp_path) as supervisor:
        for name in "abc":
            supervisor.start(python(name, code.format(order=str(order), name=name), tmp_path))
        supervisor.check()
    assert order.read_text() == "cba"


def test_a_child_that_ignores_the_request_is_killed_with_everything_below_it(tmp_path: Path) -> None:
    code = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
{mark}.touch()
time.sleep(3600)
"""
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start(python("stubborn", code, tmp_path, grace=0.1))
        tree = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        assert len(tree) == 2
    assert alive(tree) == []


def test_a_child_that_ends_before_it_is_ready_is_reported_with_the_tail_of_its_log(tmp_path: Path) -> None:
    program = python("broken", "sys.exit('no such setting')", tmp_path)
    with Supervisor(tmp_path) as supervisor, pytest.raises(ChildDiedError) as caught:
        supervisor.start(program)
    assert str(caught.value).splitlines() == [
        "broken ended with 1",
        f"--- {tmp_path / 'logs' / 'broken.log'}",
        "no such setting",
    ]


def test_a_child_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    program = Program(name="slow", argv=["sleep", "3600"], ready=lambda: False)
    with Supervisor(tmp_path) as supervisor:
        with pytest.raises(ChildDiedError, match=r"slow was not ready in 0\.1 s"):
            supervisor.start(program, timeout=0.1)
        supervisor.check()
    with pytest.raises(ChildDiedError):
        supervisor.check()


def test_a_child_that_dies_later_is_reported(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start(Program(name="short", argv=["sleep", "3600"]))
        os.kill(child.pid, signal.SIGKILL)
        while child.running:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ChildDiedError, match="short ended with -9"):
            supervisor.check()
        child.start()
        supervisor.check()


def test_children_see_their_environment_and_the_signal_handlers_come_back(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    code = "print(__import__('os').environ['GREETING'], flush=True); {mark}.touch(); time.sleep(3600)"
    program = python("polite", code, tmp_path)
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start(
            Program(name="polite", argv=program.argv, ready=program.ready, env={"GREETING": "hello"})
        )
        assert child.log.read_text() == "hello\n"
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert before == after


# Ends when it is asked to, after its child; the child tells whether it was asked too.
PROGRAM_WITH_A_CHILD = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
reading, writing = os.pipe()
child = os.fork()
if not child:
    os.close(writing)
    os.read(reading, 1)
    print("the child was asked:", signal.SIGTERM in signal.sigpending(), flush=True)
    sys.exit()
print("ready", flush=True)
signal.sigwait({signal.SIGTERM})
os.close(writing)
os.waitpid(child, 0)
"""


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if lives(process)]


def named_sleep(parent: subprocess.Popen[str], wanted: int) -> list[psutil.Process]:
    """The `sleep` processes below this one; a shell prints its greeting before it becomes or starts one."""

    def found() -> list[psutil.Process] | None:
        below = psutil.Process(parent.pid).children(recursive=True)
        sleepers = [one for one in below if one.name() == "sleep"]
        return sleepers if len(sleepers) >= wanted else None

    return eventually(f"{wanted} sleepers", found)


def procfile(folder: Path, text: str) -> subprocess.Popen[str]:
    (folder / "Procfile").write_text(text)
    return subprocess.Popen(
        [sys.executable, "-c", RUN_PROCFILE, folder / "Procfile", folder / "data"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_procfile_runs_until_interrupted_and_leaves_nothing_behind(tmp_path: Path) -> None:
    running = procfile(tmp_path, "one: echo $GREETING; sleep 3600\ntwo: echo $GREETING; sleep 3600\n")
    with running:
        assert running.stdout is not None
        greetings = 0
        while greetings < 2:
            greetings += "hello" in running.stdout.readline()
        tree = psutil.Process(running.pid).children(recursive=True)
        assert len(named_sleep(running, 2)) == 2
        running.send_signal(signal.SIGINT)
        running.stdout.read()
        assert running.wait() == 0
    assert alive(tree) == []


def test_only_the_programs_of_a_procfile_are_asked_to_stop_and_not_what_they_have_started(
    tmp_path: Path,
) -> None:
    (tmp_path / "program.py").write_text(PROGRAM_WITH_A_CHILD)
    shell = f"echo started by a shell; {sys.executable} {tmp_path}/program.py; exit 3"
    running = procfile(tmp_path, f"one: {sys.executable} {tmp_path}/program.py\ntwo: {shell}\n")
    with running:
        assert running.stdout is not None
        told, ready = list[str](), 0
        while ready < 2:
            told.append(running.stdout.readline())
            assert told[-1], told
            ready += "ready" in told[-1]
        running.send_signal(signal.SIGTERM)
        told += running.stdout.readlines()
    assert sum("the child was asked: False" in line for line in told) == 2, told


class Interrupted(io.StringIO):
    """An output in the middle of whose first write a signal's handler prints as well."""

    def __init__(self, handler: Callable[[Teller], None]) -> None:
        super().__init__()
        self.handler: Callable[[Teller], None] | None = handler
        self.teller = Teller(self)

    def write(self, text: str) -> int:
        handler, self.handler = self.handler, None
        half = len(text) // 2
        super().write(text[:half])
        if handler is not None:
            handler(self.teller)
        return super().write(text[half:])


def test_what_a_signal_prints_in_the_middle_of_a_line_comes_after_it() -> None:
    def line(text: str) -> Message:
        return Message(
            type="line", data=text, time=datetime(2026, 3, 1, 12, tzinfo=UTC), name="one", colour=None
        )

    output = Interrupted(lambda teller: teller.write(line("SIGTERM received")))
    output.teller.write(line("ready"))
    assert output.getvalue() == "12:00:00 one | ready\n12:00:00 one | SIGTERM received\n"


def test_a_procfile_ends_with_the_code_of_the_first_line_that_ends(tmp_path: Path) -> None:
    with procfile(tmp_path, "one: sleep 3600\ntwo: sleep 0.3; exit 7\n") as running:
        assert running.stdout is not None
        assert "two" in running.stdout.read()
        assert running.wait() == 7


def test_what_a_killed_procfile_run_left_is_ended_by_the_next_owner(tmp_path: Path) -> None:
    with procfile(tmp_path, "one: echo $GREETING; sleep 3600\n") as running:
        assert running.stdout is not None
        while "hello" not in running.stdout.readline():
            pass
        sleepers = named_sleep(running, 1)
        running.kill()
        running.wait()
        assert len(alive(sleepers)) == 1
        with Supervisor(tmp_path / "data"):
            assert alive(sleepers) == []
