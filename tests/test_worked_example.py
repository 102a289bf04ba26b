"""The example of a new field in docs/developing.md, applied to a copy of the house and run there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import write
from tests.pages import DOCS, ROOT, blocks

NAME = "gb_purchase_order_number_passes_through"
BASE = "gb_vat_at_20_percent_is_in_the_price"
ROW = "| `c_poNumber` | order attribute `poNumber` |"


def edits() -> list[tuple[str, str, str]]:
    """Each edit of the example: file, the line it stands below, the new line."""
    (diff,) = blocks(DOCS / "developing.md", "diff")
    found = re.findall(r"^--- (\S+)\n (.*)\n\+(.*)\n", diff, re.MULTILINE)
    assert diff.count("\n") == 3 * len(found), "an edit of the example is more than one line"
    return [(file, above, new) for file, above, new in found]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house as it is, in another place, with the case but without the field."""
    for folder in ("config", "schemas", "sync", "tests", "tasks", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, tmp_path)
    order = json.loads((write.ORDERS / BASE / "order.json").read_text())
    case = tmp_path / "tests" / "cases" / "orders" / NAME
    case.mkdir()
    (case / "order.json").write_text(json.dumps(order | {"orderNo": "GB00079999", "c_poNumber": "PO-4711"}))
    return tmp_path


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the copy alone."""
    environment = {"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def written(copy: Path) -> str:
    assert run(copy, "-m", "tests.cases.write").returncode == 0
    return (copy / "tests" / "cases" / "orders" / NAME / write.SENT).read_text()


def test_a_new_field_costs_three_one_line_edits_and_a_case(copy: Path) -> None:
    before = written(copy)
    assert "PO-4711" not in before

    assert len(edits()) == 3
    for file, above, new in edits():
        path = copy / file
        text = path.read_text()
        assert text.count(f"\n{above}\n") == 1, (file, above)
        path.write_text(text.replace(f"\n{above}\n", f"\n{above}\n{new}\n"))

    added = set(written(copy).splitlines()) - set(before.splitlines())
    assert {"orderAttribute.1.name=poNumber", "orderAttribute.1.value=PO-4711"} <= added
    tested = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/schemas/test_cases.py")
    assert tested.returncode == 0, tested.stdout[-2_000:] + tested.stderr[-2_000:]
    assert re.search(r"\d{3} passed", tested.stdout)
    assert run(copy, "-m", "tests.pages").returncode == 0
    assert ROW in (copy / "docs" / "mapping.md").read_text()
