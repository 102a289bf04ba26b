import ast
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from honcho.environ import parse_procfile

ROOT = Path(__file__).parents[1]
ROOMS = ("config", "schemas", "sync", "tasks")


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(house: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=house, capture_output=True, text=True, check=False
    )


def test_the_import_contracts_hold(copy_of_the_house: Path) -> None:
    linted = lint_imports(copy_of_the_house)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("sync/core/__init__.py", "import requests", "core knows the standard library and nothing else"),
        ("sync/core/__init__.py", "import sync.store", "core knows the standard library and nothing else"),
        ("sync/store/__init__.py", "import sync.clients", "store and clients do not know each other"),
        ("sync/flows/__init__.py", "import sync.clients", "flows name no vendor"),
        ("sync/flows/__init__.py", "import schemas", "flows name no vendor"),
        ("sync/receiver/__init__.py", "import celery", "only tasks knows Celery"),
        ("sync/sandbox/__init__.py", "import sync.core", "the sandbox is independent"),
        ("sync/core/__init__.py", "import sync.receiver", "core knows the standard library and nothing else"),
        ("sync/flows/__init__.py", "import sync.wiring", "flows name no vendor"),
        ("schemas/__init__.py", "import sync.clients", "schemas know core and marshmallow"),
        ("tasks/__init__.py", "import sync.embedded", "production knows neither"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    copy_of_the_house: Path, file: str, line: str, contract: str
) -> None:
    trespasser = copy_of_the_house / file
    trespasser.write_text(f"{trespasser.read_text()}\n{line}\n")
    linted = lint_imports(copy_of_the_house)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert any(contract in row and " BROKEN" in row for row in linted.stdout.splitlines()), linted.stdout


def test_core_imports_the_standard_library_only_whatever_else_is_installed() -> None:
    strangers = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "sync" / "core").rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("sync.core")
    }
    assert strangers == set()


def test_every_queue_is_worked_by_exactly_one_line_of_the_procfile() -> None:
    from config.queues import QUEUES

    commands = parse_procfile((ROOT / "Procfile").read_text()).processes.values()
    worked = Counter(
        queue
        for words in map(shlex.split, commands)
        if "worker" in words
        for queue in words[words.index("-Q") + 1].split(",")
    )
    assert worked == Counter(QUEUES)


def test_every_queue_is_worked_by_exactly_one_service_of_the_compose_file() -> None:
    from config.queues import QUEUES

    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    worked = Counter(
        queue
        for service in services
        for word in service.get("command", [])
        if word.startswith("--queues=")
        for queue in word.removeprefix("--queues=").split(",")
    )
    assert worked == Counter(QUEUES)


def test_a_file_of_more_than_300_lines_has_become_a_folder() -> None:
    rooms = ("bench", "config", "schemas", "sync", "tasks")
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module or "")
    return names


IMPORTS_EACH_ALONE = """
import importlib, os, sys
# What is not ours is loaded once; each child then begins without any of ours.
import alembic, lxml.etree, marshmallow, rich, sqlalchemy.orm, starlette, structlog, typer
for name in sys.argv[1:]:
    child = os.fork()
    if not child:
        importlib.import_module(name)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{name} cannot be the first to be imported")
"""


def test_every_room_can_be_the_first_to_be_entered() -> None:
    """A circle of imports shows only to who enters it at one place."""
    rooms = ("config", "schemas", "sync")
    doors = [path.parent for room in rooms for path in (ROOT / room).rglob("__init__.py")]
    # Modules of the store are taken by name from many sides.
    modules = [path.with_suffix("") for path in (ROOT / "sync/store").glob("[!_]*.py")]
    names = sorted(".".join(path.relative_to(ROOT).parts) for path in [*doors, *modules])

    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_EACH_ALONE, *names],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
