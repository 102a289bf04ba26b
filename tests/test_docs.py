"""The documents say what the code does."""

import ast
import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main
from standardwebhooks import Webhook
from typer.core import TyperGroup

from config.postings import PostingSchema
from config.publication import PublicationSchema
from config.queues import TASK_QUEUES
from config.settings import PREFIX, SettingsError, load_settings
from config.sites import SiteSchema, StockSchema, load_sites
from schemas.events import read_sfcc_event
from sync.cli import make_app
from sync.core.codes import CODES
from sync.core.messages import Topic
from sync.core.sites import PostingPolicy
from sync.receiver.answers import REASONS
from sync.supervise.folder import MARKER
from tests.mapping import WHERE, WHY, mapping_page, members, told
from tests.pages import (
    DOCS,
    ERRORS,
    INTEGRATION,
    MAPPING,
    PAGES,
    README,
    ROOT,
    SANDBOX,
    anchors,
    blocks,
    commands,
    errors_page,
    rows,
    sandbox_page,
    section,
)

LONGEST_README = 450


def every_page() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@every_page()
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        path, _, anchor = unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {README}
    waiting = [README]
    while waiting:
        page = waiting.pop()
        targets = re.findall(r"\]\(([^)#]+\.md)", page.read_text())
        new = {(page.parent / target).resolve() for target in targets} - linked
        linked |= new
        waiting += new
    assert linked == set(PAGES)


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len(README.read_text().splitlines()) < LONGEST_README


@every_page()
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[1] for words in commands(page) if words[0] == "make"}
    assert named <= targets


def test_the_readme_names_every_make_target_that_people_start_with() -> None:
    named = {words[1] for words in commands(README) if words[0] == "make"}
    assert {"demo", "test", "check", "run"} <= named


@every_page()
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    for words in commands(page):
        if words[0] == "orderbridge":
            check_command(words)


def check_command(words: list[str]) -> None:
    command = typer.main.get_command(make_app())
    rest = words[1:]
    while isinstance(command, TyperGroup) and rest:
        assert rest[0] in command.commands, words
        command, rest = command.commands[rest[0]], rest[1:]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= options, words
    if "--code" in rest:
        assert rest[rest.index("--code") + 1] in CODES, words
    if "--topic" in rest:
        assert rest[rest.index("--topic") + 1] in set(Topic), words


def test_every_command_is_named_somewhere() -> None:
    app = typer.main.get_command(make_app())
    assert isinstance(app, TyperGroup)
    named = {words[1] for page in PAGES for words in commands(page) if words[0] == "orderbridge"}
    # `up` and `demo` stand behind make targets, `receiver` and `console` in the Procfile.
    assert set(app.commands) - named == {"up", "demo", "receiver", "console"}


@every_page()
def test_every_hand_call_names_a_task_and_arguments_it_takes(page: Path) -> None:
    takes = dict(tasks())
    for words in commands(page):
        if words[0] == "celery":
            assert words[:4] == ["celery", "-A", "tasks.app", "call"], words
            given = json.loads(words[words.index("--kwargs") + 1]) if "--kwargs" in words else {}
            assert set(given) <= takes[words[4]], words


def tasks() -> Iterator[tuple[str, set[str]]]:
    """Every task with its arguments, read from the source: importing it would ask for settings."""
    for path in (ROOT / "tasks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                named = re.search(r"name='(tasks[^']+)'", ast.unparse(node.decorator_list[0]))
                if named:
                    yield named[1], {argument.arg for argument in node.args.kwonlyargs}


def test_the_runbook_names_every_task() -> None:
    assert dict(tasks()).keys() == TASK_QUEUES.keys()
    named = {words[4] for words in commands(DOCS / "runbook.md") if words[0] == "celery"}
    assert named == TASK_QUEUES.keys()


class Reading(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(name)
        return default


@pytest.fixture
def settings_table() -> dict[str, str]:
    """Setting → default, as the README has them."""
    listed = rows(section(README, "### Settings"))[1:]
    return {cells[0].strip("`"): cells[1].strip("`") for cells in listed if cells[0].startswith("`")}


def test_the_settings_table_is_what_the_code_reads(
    settings_table: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading()
    monkeypatch.setattr(os, "environ", reading)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert settings_table.keys() == {name.removesuffix("_FILE") for name in reading.asked}
    required = {name for name, default in settings_table.items() if default == "required"}
    assert required == {name.removesuffix("_FILE") for name in caught.value.problems}


def test_the_settings_table_has_the_defaults_of_the_code(settings_table: dict[str, str]) -> None:
    sources = [ast.parse((ROOT / "config" / name).read_text()) for name in ("settings.py", "remotes.py")]
    found: dict[str, str] = {}
    for node in (node for source in sources for node in ast.walk(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("env.") and node.args:
            name = ast.unparse(node.args[0]).strip("'")
            defaults = [k.value for k in node.keywords if k.arg == "default"] + node.args[1:]
            found[PREFIX + name] = ast.unparse(defaults[0]).strip("'") if defaults else "required"
    assert found.pop("ORDERBRIDGE_SITES") == "DEFAULT_SITES"
    assert {name: settings_table[name] for name in found} == found


def test_no_file_speaks_of_a_setting_that_does_not_exist(settings_table: dict[str, str]) -> None:
    files = [*PAGES, ROOT / "Makefile", ROOT / "docker-compose.yml", ROOT / "Procfile"]
    files += [path for room in ("config", "schemas", "sync", "tasks") for path in (ROOT / room).rglob("*.py")]
    for path in files:
        named = set(re.findall(r"\bORDERBRIDGE_[A-Z]+(?:_[A-Z]+)*\b", path.read_text()))
        # The marker is what a parent writes for its children, not what anybody sets.
        assert {name.removesuffix("_FILE") for name in named} <= {*settings_table, MARKER}, path


def test_the_compose_file_hands_on_every_required_setting(settings_table: dict[str, str]) -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    required = {name for name, default in settings_table.items() if default == "required"}
    assert required <= set(re.findall(r"^  (ORDERBRIDGE_[A-Z_]+):", compose, re.MULTILINE))


def assumptions() -> Counter[str]:
    """File → number of its assumptions, in comments and docstrings, without those of the stand-ins."""
    found: Counter[str] = Counter()
    for room in ("config", "schemas", "sync", "tasks"):
        for path in (ROOT / room).rglob("*"):
            where = path.relative_to(ROOT)
            if path.suffix in {".py", ".toml"} and where.parts[:2] != ("sync", "sandbox"):
                found[where.as_posix()] += len(re.findall(r"\bASSUMPTION: ", path.read_text()))
    return +found


def test_the_readme_lists_every_assumption_of_the_code() -> None:
    listed = rows(section(README, "## Assumptions"))[1:]
    assert Counter(cells[1].strip("`") for cells in listed if cells[1].startswith("`")) == assumptions()


def test_every_error_code_is_documented_with_cause_and_cure() -> None:
    assert ERRORS.read_text() == errors_page(), "run: .venv/bin/python -m tests.pages"


def test_every_member_of_an_order_is_told_where_it_goes_or_why_it_does_not() -> None:
    unknown = [path for path, table in members().items() if not told(path, table)]
    assert unknown == [], "add a line to tests/mapping.py"
    assert MAPPING.read_text() == mapping_page(), "run: .venv/bin/python -m tests.pages"


def test_every_line_of_the_mapping_is_the_answer_for_some_member() -> None:
    answers = {told(path, table)[0] for path, table in members().items()}
    assert answers == WHERE.keys() | WHY.keys()


def test_every_code_that_a_sender_is_answered_with_is_explained() -> None:
    assert REASONS.keys() <= CODES.keys()


def test_every_code_that_is_raised_is_explained() -> None:
    raised = re.compile(
        r"\b(?:Retryable|OutcomeUnknown|Rejected|Alarm|Retry|Dead|Refused|InvalidCopy|reject)\(\s*\"([a-z_]+\.[a-z_]+)\""
    )
    rooms = [path for room in ("schemas", "sync") for path in (ROOT / room).rglob("*.py")]
    codes = {
        code for path in rooms if "sandbox" not in path.parts for code in raised.findall(path.read_text())
    }
    assert codes
    assert codes <= CODES.keys()


def test_every_attribute_that_is_written_by_default_is_among_those_to_install() -> None:
    policy = asdict(PostingPolicy())
    written = {value.removeprefix("c_") for name, value in policy.items() if name.endswith("_attribute")}
    heading = "### Attributes to install (system object *Order*, and *Basket* with the same ids)"
    table = "".join(row[0] for row in rows(section(INTEGRATION, heading)) if row[-1] == "written")
    assert written
    assert {name for name in written if f"`{name}`" not in table} == set()


def test_every_switch_of_the_stand_ins_is_listed_with_its_default() -> None:
    assert SANDBOX.read_text() == sandbox_page(), "run: .venv/bin/python -m tests.pages"


@pytest.mark.parametrize("page", [README, DOCS / "sites.md"], ids=lambda page: page.name)
def test_the_example_of_a_site_loads(page: Path, tmp_path: Path) -> None:
    (example,) = blocks(page, "toml")
    file = tmp_path / "sites.toml"
    file.write_text(example)
    (site,) = load_sites(file).values()
    assert site.shipping_methods
    assert "{number}" not in site.tracking_url("nobody", "1")


def test_the_example_of_a_site_has_every_key_there_is() -> None:
    (example,) = blocks(DOCS / "sites.md", "toml")
    document = tomllib.loads(example)
    (table,) = document["sites"].values()
    both = {**document["defaults"], **table}
    assert both.keys() == SiteSchema().fields.keys()
    assert both["stock"].keys() == StockSchema().fields.keys()
    assert both["postings"].keys() == PostingSchema().fields.keys()
    assert both["publication"].keys() == PublicationSchema().fields.keys()


@pytest.mark.parametrize("page", [README, DOCS / "integration.md"], ids=lambda page: page.name)
def test_the_example_of_an_event_is_signed_and_understood(page: Path) -> None:
    head, _, body = blocks(page, "http")[0].strip().partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    (secret,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]{20,}", (DOCS / "integration.md").read_text()))
    sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signature = Webhook(secret).sign(headers["webhook-id"], sent, body)
    assert headers["webhook-signature"] == signature
    event = read_sfcc_event(body)
    assert (event.topic, event.key) == (Topic.ORDER_PLACED, "UK00048213")
    assert head.splitlines()[0] == f"POST /sfcc/{event.site}/events HTTP/1.1"
