"""Killing processes for good, and the identity they run under."""

import pwd
from collections.abc import Sequence
from typing import Any, Final

import psutil

POLL_SECONDS: Final = 0.05


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


def identity(user: str | None) -> dict[str, Any]:
    """The arguments that make `subprocess` run a program as `user`, with that user's group and no other."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
