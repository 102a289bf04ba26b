"""The pages of the documentation, read for the tests; as a program, it writes the generated ones anew."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from sync.core.codes import CODES
from sync.receiver.answers import REASONS
from sync.sandbox.crm.assumptions import switches as crm_switches
from sync.sandbox.orderflow.switches import orderflow_switches
from sync.sandbox.sfcc.assumptions import switches as sfcc_switches
from sync.sandbox.switches import Switches
from tests.mapping import mapping_page

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
ERRORS = DOCS / "errors.md"
SANDBOX = DOCS / "sandbox.md"
INTEGRATION = DOCS / "integration.md"
MAPPING = DOCS / "mapping.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
SWITCHES = "## Switches"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, `|` inside of code left alone."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def section(page: Path, heading: str) -> str:
    after = page.read_text().split(f"\n{heading}\n", 1)[1]
    level = heading.split(" ", 1)[0]
    return re.split(rf"^#{{1,{len(level)}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def commands(page: Path) -> Iterator[list[str]]:
    """What a person would type: lines of shell blocks, and code in running text, as words."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    for line in [*lines, *re.findall(r"`([^`\n]+)`", prose)]:
        if line.startswith(("orderbridge ", "celery ", "make ")):
            yield shlex.split(line, comments=True)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def errors_page() -> str:
    lines = [
        "# Error codes",
        "",
        "Written by `.venv/bin/python -m tests.pages` from `sync/core/codes`: change that, not this page.",
        "Codes are public and never renamed. *Answer* is the receiver's status when it turns a sender away.",
        "",
        "| Code | Cause | Example | Cure | Answer |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{code}` | {meaning.cause} | {meaning.example} | {meaning.cure} | {_answer(code)} |"
        for code, meaning in sorted(CODES.items())
    ]
    return "\n".join([*lines, ""])


def _answer(code: str) -> str:
    return str(REASONS[code].status) if code in REASONS else ""


def sandbox_page() -> str:
    """The page with its last part, the table of switches, written anew."""
    before, heading, after = SANDBOX.read_text().partition(SWITCHES)
    said = after.split("\n\n")[1]
    remotes = {"SFCC": sfcc_switches, "Orderflow": orderflow_switches, "CRM": crm_switches}
    listed = [row for name, switches in remotes.items() for row in switch_rows(name, switches())]
    head = ["| On | Switch | Default | Takes | Leaves open |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([f"{before}{heading}\n\n{said}\n", *head, *listed, ""])


def switch_rows(remote: str, switches: Switches) -> Iterator[str]:
    for name, switch in switches.describe().items():
        choices = switch["choices"] or [type(switch["default"]).__name__]
        takes = ", ".join(f"`{choice}`" for choice in choices)
        default = f"`{switch['default']}`" if switch["default"] != "" else "empty"
        yield f"| {remote} | `{name}` | {default} | {takes} | {switch['doc']} |"


if __name__ == "__main__":
    ERRORS.write_text(errors_page())
    SANDBOX.write_text(sandbox_page())
    MAPPING.write_text(mapping_page())
