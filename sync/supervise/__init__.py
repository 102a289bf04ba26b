"""Child processes of the demo, of `orderbridge up` and of the tests: started, watched, and never left behind.

It knows the operating system and nothing of orders. Read `children.py` first; `folder.py` tells how the next
start finds and ends what a killed parent left running.
"""

from sync.supervise.children import Child, ChildDiedError, Program, Supervisor
from sync.supervise.folder import FolderInUseError, owned
from sync.supervise.processes import identity, lives
from sync.supervise.procfile import run_procfile

__all__ = [
    "Child",
    "ChildDiedError",
    "FolderInUseError",
    "Program",
    "Supervisor",
    "identity",
    "lives",
    "owned",
    "run_procfile",
]
