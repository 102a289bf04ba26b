import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sync.supervise.folder import MARKER
from tests.stack import HANGING_SECONDS, eventually

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A small demo in a folder of its own."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ORDERBRIDGE_")}
    with (tmp_path / "demo.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sync.cli", "demo", "--orders", "30"],
            cwd=tmp_path,
            env=ours | {"PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        yield process
        process.terminate()
        process.wait()


def children(folder: Path) -> list[psutil.Process]:
    """Every living process that was started for something in this folder."""
    return [process for process in psutil.process_iter() if _home(process).startswith(str(folder))]


def work_of(log: Path) -> str:
    """What a worker wrote since it was ready."""
    return log.read_text().partition(" ready.")[2] if log.exists() else ""


def _home(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(MARKER, ""))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def test_a_small_demo_agrees_and_leaves_no_process_behind(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    code = demo.wait(5 * HANGING_SECONDS)

    told = (tmp_path / "demo.log").read_text()
    assert code == 0, told
    assert "both sides agree" in told
    assert "kill -9" in told
    assert children(tmp_path) == []


def test_an_interrupted_demo_leaves_no_process_behind(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    log, worker = tmp_path / "demo.log", tmp_path / ".orderbridge" / "demo" / "logs" / "inventory.log"
    eventually(
        "a demo in the middle of its work",
        lambda: "inventory.deliver" in work_of(worker) or demo.poll() is not None,
    )
    assert demo.poll() is None, log.read_text()
    assert len(children(tmp_path)) >= 7

    demo.send_signal(signal.SIGINT)

    assert demo.wait(HANGING_SECONDS) == 130, log.read_text()
    assert children(tmp_path) == []
