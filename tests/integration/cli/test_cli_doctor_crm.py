from pathlib import Path
from typing import Any

import pytest
import requests

from config.settings import DEFAULT_SITES
from sync.sandbox.serve import Running

MATCH = 'match = ["customer_id", "list_number", "list_email_name", "list_email", "email_name"]'
AGENT = 'agent = "crm"'


@pytest.fixture
def org(settings: Running) -> str:
    url = f"{settings.crm_url}/_sandbox"
    assert requests.post(f"{url}/reset", timeout=10).ok
    return url


@pytest.fixture
def told(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What the doctor says of the CRM to a house whose site has these lines: (level, text, cure)."""

    def say(*lines: str) -> list[tuple[str, str, str]]:
        sites = tmp_path / "sites.toml"
        own = "\n".join(lines)
        sites.write_text(f"{DEFAULT_SITES.read_text()}\n[sites.RefArchUK.crm]\n{own}\n")
        monkeypatch.setenv("ORDERBRIDGE_SITES", str(sites))
        found = run("doctor", "--json").json["findings"]
        return [
            (one["level"], f"{one['subject']}: {one['text']}", one["cure"])
            for one in found
            if one["subject"].startswith("CRM")
        ]

    return say


@pytest.mark.usefixtures("org")
def test_a_crm_that_has_all_that_a_site_wants_is_green(told: Any) -> None:
    found = told(MATCH, AGENT)
    assert [level for level, _, _ in found] == ["green"] * 5
    assert [text.partition(":")[0] for _, text, _ in found] == [
        "CRM",
        "CRM",
        "CRM OF_Order__c",
        "CRM OF_Shipment__c",
        "CRM OF_Event__c",
    ]
    assert "% of the day's calls" in found[0][1]


@pytest.mark.usefixtures("settings")
def test_a_crm_that_nobody_wants_is_not_asked(told: Any, org: str) -> None:
    assert told("wait = false") == []
    journal = requests.get(f"{org}/journal", timeout=10).text
    assert "/services/" not in journal


def test_calls_that_run_out_are_yellow(told: Any, org: str) -> None:
    requests.put(f"{org}/limits", json={"daily_calls": 100, "used": 84}, timeout=10)
    (used, *_) = told(MATCH)
    assert (used[0], "85 %" in used[1], bool(used[2])) == ("yellow", True, True)


@pytest.mark.usefixtures("org")
def test_a_refused_login_is_said_once(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBRIDGE_CRM_CONSUMER_SECRET", "wrong")
    ((level, text, cure),) = told(MATCH, AGENT)
    assert (level, "credentials.refused" in text, bool(cure)) == ("red", True, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Contact", "remove": ["B2C_Customer_No__c"]}, "list_number"),
        ({"name": "OF_Order__c", "remove": ["Total__c"]}, "Total__c"),
        ({"name": "OF_Event__c", "remove": ["Order__c"]}, "Order__r"),
        (
            {"name": "OF_Event__c", "fields": [{"name": "Event_Key__c", "external_id": True}]},
            "Event_Key__c",
        ),
        ({"name": "OF_Event__c", "fields": [{"name": "Text__c", "readonly": True}]}, "Text__c"),
    ],
)
def test_what_is_missing_over_there_is_red_with_its_cure(
    told: Any, org: str, change: dict[str, Any], said: str
) -> None:
    assert requests.post(f"{org}/objects", json=change, timeout=10).ok
    ((level, text, cure),) = [one for one in told(MATCH, AGENT) if one[0] != "green"]
    assert (level, said in text, bool(cure)) == ("red", True, True)


@pytest.mark.usefixtures("org")
def test_an_object_that_is_not_there_is_red(told: Any) -> None:
    red = [
        text
        for level, text, _ in told(AGENT, "[sites.RefArchUK.crm.records.order]", 'object = "X__c"')
        if level == "red"
    ]
    assert red == ["CRM X__c: cannot be described: crm answered 404 NOT_FOUND"]
