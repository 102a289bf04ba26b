"""Faults and the journal, tried on SFCC: what goes wrong, and what the journal says about it."""

import signal
import socket
import subprocess
import sys
from typing import Any

import pytest
import requests

from sync.sandbox.faults import Faults
from sync.sandbox.serve import PortTakenError, SandboxOptions, run

STATUS = {"method": "PUT", "path": "/external-status$", "times": 1}


def _fault(sfcc: Any, kind: str, **more: Any) -> None:
    sfcc.control("PUT", "faults", {"rules": [{**STATUS, "kind": kind, **more}]})


def _set(sfcc: Any, number: str, value: str = "picked") -> requests.Response:
    answer: requests.Response = sfcc.call("PUT", f"/{number}/external-status", {"status": value})
    return answer


def _shown(sfcc: Any, number: str) -> Any:
    return sfcc.call("GET", f"/{number}").json().get("externalOrderStatus")


def _last(sfcc: Any) -> dict[str, Any]:
    entry: dict[str, Any] = next(
        entry for entry in reversed(sfcc.journal()) if entry["route"].endswith("/external-status")
    )
    return entry


def test_a_status_fault_answers_instead_and_fires_as_often_as_told(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    _fault(sfcc, "status", status=503, headers={"Retry-After": "1"}, body='{"title":"Busy"}')
    answer = _set(sfcc, number)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json() == {"title": "Busy"}
    assert _shown(sfcc, number) is None
    assert (_last(sfcc)["effect"], _last(sfcc)["status"]) == ("faulted", 503)
    assert _set(sfcc, number).status_code == 204
    assert sfcc.control("GET", "faults")["rules"][0]["fired"] == 1


@pytest.mark.parametrize(
    ("kind", "shown", "effect"),
    [
        ("cut_before", None, "faulted"),
        ("cut_after", "picked", "applied"),
        ("cut_middle", "picked", "applied"),
    ],
)
def test_a_cut_connection_breaks_the_call_before_or_after_its_effect(
    sfcc: Any, kind: str, shown: str | None, effect: str
) -> None:
    number = sfcc.place()[0]["orderNo"]
    if kind == "cut_middle":
        sfcc.control(
            "PUT", "faults", {"rules": [{"path": "orders/", "method": "GET", "kind": kind, "times": 1}]}
        )
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            sfcc.call("GET", f"/{number}")
        assert sfcc.journal()[-1]["effect"] == "read"
        return
    _fault(sfcc, kind)
    with pytest.raises(requests.ConnectionError):
        _set(sfcc, number)
    assert _last(sfcc)["effect"] == effect
    assert _shown(sfcc, number) == shown


def test_a_repeated_call_after_a_cut_is_no_duplicate(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    _fault(sfcc, "cut_after")
    with pytest.raises(requests.ConnectionError):
        _set(sfcc, number)
    _set(sfcc, number)
    summary = sfcc.control("GET", "summary")
    assert (summary["duplicates"], summary["repeated"]) == ([], 1)


def test_an_effect_that_happens_twice_is_reported_as_duplicate(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    for value in ("picked", "packed", "picked"):
        _set(sfcc, number, value)
    key = f"{number}:external-status:picked"
    assert sfcc.control("GET", "summary")["duplicates"] == [{"idempotency_key": key, "applied": 2}]


@pytest.mark.parametrize("kind", ["truncate", "html"])
def test_a_broken_answer_is_a_200_that_is_not_json(sfcc: Any, kind: str) -> None:
    number = sfcc.place()[0]["orderNo"]
    sfcc.control("PUT", "faults", {"rules": [{"path": number, "kind": kind, "times": 1}]})
    answer = sfcc.call("GET", f"/{number}")
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_delayed_call_is_processed_although_the_client_has_gone(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    _fault(sfcc, "delay", seconds=0.4)
    url = f"{sfcc.url}/checkout/orders/v1/organizations/{sfcc.organization}/orders/{number}/external-status"
    with pytest.raises(requests.exceptions.ReadTimeout):
        sfcc.session.put(url, params={"siteId": "RefArchUK"}, json={"status": "late"}, timeout=0.1)
    _fault(sfcc, "delay", seconds=0.6)
    # The next call is delayed longer, so that the late one is over by the time it is answered.
    assert _set(sfcc, number, "later").status_code == 204
    values = [entry["idempotency_key"] for entry in sfcc.journal() if entry["effect"] == "applied"]
    assert values == [f"{number}:external-status:late", f"{number}:external-status:later"]


def test_the_same_seed_gives_the_same_faults() -> None:
    def fired() -> list[bool]:
        faults = Faults()
        faults.load({"rules": [{"kind": "status", "probability": 0.5}], "seed": 7, "hooks": {"drop": 0.5}})
        return [faults.incoming("GET", "/") is not None for _ in range(20)] + [
            faults.outgoing("hooks").drop for _ in range(20)
        ]

    assert fired() == fired()
    assert set(fired()) == {True, False}


@pytest.mark.parametrize(
    "plan",
    [
        {"rules": [{"kind": "earthquake"}]},
        {"rules": [{"kind": "status", "path": "("}]},
        {"rules": [{"kind": "status", "color": 1}]},
        {"rules": [{"kind": "delay", "seconds": "long"}]},
        {"rules": [{"kind": "status", "headers": []}]},
        {"hooks": {"lose": 1}},
        {"hooks": {"drop": "often"}},
        {"rule": []},
        [],
    ],
)
def test_a_plan_that_cannot_be_understood_leaves_the_present_one(sfcc: Any, plan: Any) -> None:
    _fault(sfcc, "html")
    answer = sfcc.session.put(f"{sfcc.url}/_sandbox/faults", json=plan, timeout=60)
    assert answer.status_code == 400
    assert sfcc.control("GET", "faults")["rules"][0]["kind"] == "html"
    sfcc.control("DELETE", "faults")
    assert sfcc.control("GET", "faults")["rules"] == []


@pytest.mark.parametrize("change", [{"warp": True}, {"reset_date": "maybe"}, {"commit_seconds": "long"}, []])
def test_a_switch_that_does_not_exist_or_fit_is_refused_by_name(sfcc: Any, change: Any) -> None:
    answer = sfcc.session.put(f"{sfcc.url}/_sandbox/switches", json=change, timeout=60)
    assert answer.status_code == 400
    for name in change:
        assert name in answer.json()["error"]


def test_every_switch_says_what_it_assumes_and_a_reset_puts_it_back(sfcc: Any) -> None:
    sfcc.control("PUT", "switches", {"reset_date": "ignored"})
    sfcc.control("POST", "reset")
    shown = sfcc.control("GET", "switches")
    assert shown["reset_date"]["value"] == "honored"
    assert all(switch["doc"] for switch in shown.values())


def test_the_journal_goes_on_where_a_reader_left_off(sfcc: Any) -> None:
    sfcc.call("GET", "")
    last = sfcc.journal()[-1]["seq"]
    sfcc.call("GET", "/none")
    answer = requests.get(f"{sfcc.url}/_sandbox/journal", params={"since": last}, timeout=60)
    assert len(answer.text.splitlines()) == 1
    assert '"status": 404' in answer.text


def test_a_taken_port_is_said_clearly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            run(SandboxOptions(sfcc_port=0, orderflow_port=0, crm_port=port))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_sandbox_cleanly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "sync.sandbox", "--sfcc-port=0", "--orderflow-port=0", "--crm-port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        # A kept-alive connection must not hold the sandbox up.
        with requests.Session() as session:
            assert session.get(f"{url}/_sandbox/health", timeout=60).json()["status"] == "ok"
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_the_crm_knows_a_contact_by_its_storefront_id(sandbox: Any) -> None:
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    token = requests.post(f"{sandbox.crm_url}/services/oauth2/token", data=form, timeout=60).json()
    headers = {"authorization": f"Bearer {token['access_token']}"}
    contacts = [{"B2C_Customer_ID__c": "bd1", "LastName": "Hartley"}]
    requests.post(f"{sandbox.crm_url}/_sandbox/contacts", json=contacts, timeout=60)
    lookup = f"{sandbox.crm_url}/services/data/v64.0/sobjects/Contact/B2C_Customer_ID__c"
    found = requests.get(f"{lookup}/bd1", headers=headers, timeout=60)
    assert found.json()["LastName"] == "Hartley"
    assert len(found.json()["Id"]) == 18
    assert requests.get(f"{lookup}/bd2", headers=headers, timeout=60).status_code == 404
    assert requests.get(f"{lookup}/bd1", timeout=60).status_code == 401


@pytest.mark.parametrize("version", ["v59.0", "v64.0"])
def test_a_vendors_crm_client_logs_in_by_basic_and_asks_in_its_own_version(
    sandbox: Any, version: str
) -> None:
    requests.post(f"{sandbox.crm_url}/_sandbox/contacts", json=[{"B2C_Customer_ID__c": "bdA/1"}], timeout=60)
    answer = requests.post(
        f"{sandbox.crm_url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=("sandbox", "sandbox"),
        timeout=60,
    )
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    records = f"{sandbox.crm_url}/services/data/{version}/sobjects"
    found = requests.get(f"{records}/Contact/B2C_Customer_ID__c/BDa%2F1", headers=headers, timeout=60)
    assert found.json()["B2C_Customer_ID__c"] == "bdA/1"
    other = requests.get(f"{records}/Account/001", headers=headers, timeout=60)
    assert (other.status_code, other.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    nobody = requests.get(f"{records}/Account/001", timeout=60)
    assert (nobody.status_code, nobody.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
