"""`agent sync` and `link`: a whole day of trade as agents see it, in the CRM and on the console."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from config.settings import DEFAULT_SITES, load_settings
from sync.core.messages import Topic
from sync.core.ports import Selection
from sync.wiring import Bridge, silent
from tests.integration.cli.conftest import SITE, Trade

KEY = "k" * 32


def sites(folder: Path, agent: str, more: str = "") -> Path:
    file = folder / "sites.toml"
    crm = f'[sites.{SITE}.crm]\nagent = "{agent}"\n[sites.{SITE}.crm.records]\nsettle = 0\n'
    file.write_text(f"{DEFAULT_SITES.read_text()}\n{crm}{more}")
    return file


@pytest.fixture(params=[""])
def crm_trade(
    request: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trade]:
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(sites(tmp_path, "crm", request.param)))
    assert requests.post(f"{settings.crm_url}/_sandbox/reset", timeout=10).ok
    bridge = Bridge(settings=load_settings(), bell=silent)
    yield Trade(bridge, settings)
    bridge.close()


def show(trade: Trade) -> dict[str, int]:
    bridge = trade.bridge
    return bridge.loop.deliver([Topic.STORY_CHANGED], bridge.agents.deliver, bridge.agents_work).as_dict()


def journal(trade: Trade) -> list[dict[str, Any]]:
    text = requests.get(f"{trade.sandbox.crm_url}/_sandbox/journal", timeout=10).text
    lines = [json.loads(line) for line in text.splitlines()]
    return [line for line in lines if line["method"] == "PATCH"]


def rows(trade: Trade) -> list[dict[str, Any]]:
    """The CRM's own entries of rows; a call of one row is its row's entry."""
    text = requests.get(f"{trade.sandbox.crm_url}/_sandbox/journal", timeout=10).text
    lines = [json.loads(line) for line in text.splitlines()]
    return [line for line in lines if line["method"] in {"ROW", "PATCH"} and line["effect"] != "batch"]


def test_a_days_trade_is_in_the_crm_and_a_second_look_writes_nothing(run: Any, crm_trade: Trade) -> None:
    numbers = crm_trade.place(3)
    crm_trade.hear(*numbers)
    crm_trade.deliver()
    for number in numbers:
        crm_trade.move(number, "despatch", courier="DPD")
    crm_trade.fulfill(*numbers)
    crm_trade.tell()
    assert show(crm_trade) == {"applied": 3}
    calls = journal(crm_trade)
    assert [call["path"].rsplit("/", 2)[1] for call in calls] == [
        "OF_Order__c",
        "OF_Shipment__c",
        "OF_Event__c",
    ]
    summary = requests.get(f"{crm_trade.sandbox.crm_url}/_sandbox/summary", timeout=10).json()
    said = run("agent", "sync", SITE, "--json")
    assert said.json["orders"] == 3
    assert show(crm_trade) == {"applied": 3}
    assert requests.get(f"{crm_trade.sandbox.crm_url}/_sandbox/summary", timeout=10).json() == summary


def test_a_dry_run_counts_what_a_full_one_writes(run: Any, crm_trade: Trade) -> None:
    (number,) = crm_trade.place()
    crm_trade.hear(number)
    crm_trade.deliver()
    said = run("agent", "sync", SITE, "--dry-run", "--json")
    wanted = said.json["rows"]
    assert wanted["OF_Order__c"] == 1
    assert not journal(crm_trade)
    show(crm_trade)
    assert run("agent", "sync", SITE, "--dry-run", "--json").json["rows"] == {}
    assert run("agent", "sync", SITE, "--dry-run", "--full", "--json").json["rows"] == wanted
    assert run("agent", "sync", SITE, "--full", "--order", number).code == 0
    show(crm_trade)
    assert len(journal(crm_trade)) == 4


def test_orders_placed_before_are_left_out(run: Any, crm_trade: Trade) -> None:
    numbers = crm_trade.place(2)
    crm_trade.hear(*numbers)
    crm_trade.deliver()
    assert run("agent", "sync", SITE, "--since", "2099-01-01", "--json").json["orders"] == 0
    assert run("agent", "sync", SITE, "--since", "7d", "--json").json["orders"] == 2


@pytest.mark.usefixtures("trade")
def test_a_site_whose_agents_look_elsewhere_says_what_to_set(run: Any) -> None:
    said = run("agent", "sync", SITE)
    assert said.code == 1
    assert f'agent = "crm" in [sites.{SITE}.crm]' in said.err
    said = run("link", SITE, "1")
    assert said.code == 1
    assert f'agent = "console" in [sites.{SITE}.crm]' in said.err


def test_a_site_that_chooses_nothing_makes_no_messages(trade: Trade) -> None:
    (number,) = trade.place()
    trade.hear(number)
    trade.deliver()
    assert not [row for row in trade.bridge.letters.figures() if row["topic"] == Topic.STORY_CHANGED]


@pytest.fixture
def console_site(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(sites(tmp_path, "console")))
    monkeypatch.setenv("ORDERBRIDGE_CONSOLE_URL", "https://console.example/ob/")
    return settings


@pytest.mark.usefixtures("console_site")
def test_a_link_is_printed_alone(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBRIDGE_CONSOLE_LINK_KEY", KEY)
    said = run("link", SITE, "UK/1", "--hours", 2)
    assert said.code == 0
    assert said.out.startswith(f"https://console.example/ob/orders/{SITE}/UK%2F1?expires=")
    assert KEY not in said.out + said.err


@pytest.mark.usefixtures("console_site")
def test_without_a_key_no_link_is_printed(run: Any) -> None:
    said = run("link", SITE, "UK1")
    assert said.code == 1
    assert "ORDERBRIDGE_CONSOLE_LINK_KEY" in said.err


@pytest.mark.usefixtures("console_site")
def test_no_link_lives_longer_than_is_allowed(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBRIDGE_CONSOLE_LINK_KEY", KEY)
    said = run("link", SITE, "UK1", "--hours", 48)
    assert said.code == 2
    assert "ORDERBRIDGE_CONSOLE_LINK_HOURS" in said.err


@pytest.mark.usefixtures("console_site")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINK_KEY", "short"),
        ("LINK_KEY", f"{KEY},short"),
        ("EMBED_ORIGINS", "https://a.example; script-src *"),
        ("EMBED_ORIGINS", "*"),
        ("EMBED_ORIGINS", "a.example"),
        ("LINK_HOURS", "0"),
        ("URL", "console.example"),
    ],
)
def test_a_wrong_setting_is_named(run: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ORDERBRIDGE_CONSOLE_{name}", value)
    said = run("link", SITE, "UK1")
    assert said.code == 2
    assert f"ORDERBRIDGE_CONSOLE_{name}" in said.err


def test_what_is_sent_again_after_a_crash_changes_nothing(crm_trade: Trade) -> None:
    numbers = crm_trade.place(2)
    crm_trade.hear(*numbers)
    crm_trade.deliver()
    bridge = crm_trade.bridge
    claimed = bridge.ledger.claim([Topic.STORY_CHANGED], limit=10, lease=60)
    # The CRM has answered; nobody is left to settle, and the next worker begins anew.
    next(iter(bridge.agents.deliver(claimed)))
    before = rows(crm_trade)
    next(iter(bridge.agents.deliver(claimed)))
    again = rows(crm_trade)[len(before) :]
    assert {row["effect"] for row in before} == {"applied"}
    assert {row["effect"] for row in again} == {"unchanged"}
    assert len(again) == len(before)


@pytest.mark.parametrize(
    "crm_trade", [f'[sites.{SITE}.crm.records.order]\nstatus = "Nowhere__c"\n'], indirect=True
)
def test_an_order_that_the_crm_refuses_is_told_by_its_code_and_field(run: Any, crm_trade: Trade) -> None:
    (number,) = crm_trade.place()
    crm_trade.hear(number)
    crm_trade.deliver()
    assert show(crm_trade) == {"dead": 1}
    said = run("dead", "list", "--code", "record.refused")
    assert number in said.out
    (letter,) = crm_trade.bridge.letters.rows(Selection(code="record.refused"), 10)
    (reason,) = letter["error_detail"]["fields"].values()
    assert reason.startswith("INVALID_FIELD")
    assert "Nowhere__c" in reason
