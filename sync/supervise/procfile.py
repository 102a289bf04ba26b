"""A whole Procfile in the foreground, every line a process with its name before what it prints."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
from honcho.environ import parse_procfile
from honcho.manager import Manager

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
