"""A folder that one living process owns, and what a dead owner left running in it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from sync.supervise.processes import kill_all, lives

# Every child carries its folder's name in the environment: that is how the next owner of the folder finds
# children whose parent was killed, without trusting process ids that may belong to somebody else by now.
MARKER: Final = "ORDERBRIDGE_CHILD_OF"


class FolderInUseError(RuntimeError):
    """Another living process owns this folder and the children in it."""


def marker(folder: Path) -> dict[str, str]:
    """The environment entry by which the next owner of `folder` recognizes a left-over child."""
    return {MARKER: str(folder.resolve())}


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
