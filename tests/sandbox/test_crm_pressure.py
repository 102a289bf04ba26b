"""The CRM under pressure: locked rows, cut answers, and documents that are an attack."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.sandbox.crm_org import logged_in, row_codes

PATH = "composite/sobjects/OF_Event__c/Event_Key__c"
EVENT = "sobjects/OF_Fulfillment__e"


def facts(*keys: str, order: str = "UK:1") -> dict[str, Any]:
    row = {"attributes": {"type": "OF_Event__c"}, "Order__r": {"Order_Key__c": order}}
    return {"records": [{**row, "Event_Key__c": key} for key in keys]}


@pytest.fixture
def order(crm: Any) -> str:
    made: str = crm.OF_Order__c.create({"Order_Key__c": "UK:1"})["id"]
    return made


def test_rows_are_locked_as_often_as_told(crm: Any, order: str, lever: Callable[..., Any]) -> None:
    other = crm.OF_Order__c.create({"Order_Key__c": "UK:2"})["id"]
    assert other != order
    lever("PUT", "row-faults", [{"rows": 2, "object": "OF_Event__c", "parent": order}])
    assert row_codes(crm.restful(PATH, method="PATCH", json=facts("1", order="UK:2"))) == [""]
    results = crm.restful(PATH, method="PATCH", json=facts("2", "3", "4"))
    assert row_codes(results) == ["UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_ROW", ""]
    assert lever("GET", "row-faults")[0]["fired"] == 2
    assert row_codes(crm.restful(PATH, method="PATCH", json=facts("2", "3"))) == ["", ""]


def test_a_value_that_another_writer_had_first_is_there_on_the_next_try(
    crm: Any, order: str, lever: Callable[..., Any]
) -> None:
    assert order
    lever("PUT", "row-faults", [{"code": "DUPLICATE_VALUE", "key": ":1$", "applied": True}])
    assert row_codes(crm.restful(PATH, method="PATCH", json=facts("1", "2"))) == ["DUPLICATE_VALUE", ""]
    results = crm.restful(PATH, method="PATCH", json=facts("1"))
    assert [(row["success"], row["created"]) for row in results] == [(True, False)]


def test_writes_side_by_side_under_one_parent_lock_each_other(
    crm: Any, order: str, sandbox: Any, lever: Callable[..., Any]
) -> None:
    assert order
    lever("PUT", "switches", {"lock_seconds": 0.5})
    clients = [logged_in(sandbox.crm_url) for _ in range(2)]

    def send(number: int) -> list[str]:
        return row_codes(clients[number].restful(PATH, method="PATCH", json=facts(str(number))))

    with ThreadPoolExecutor(2) as pool:
        results = sorted(code for row in pool.map(send, range(2)) for code in row)
    assert results == ["", "UNABLE_TO_LOCK_ROW"]
    lever("PUT", "switches", {"lock_seconds": 0.0})
    assert [row_codes(crm.restful(PATH, method="PATCH", json=facts("0", "1")))] == [["", ""]]
    for client in clients:
        client.session.close()


def test_a_call_whose_answer_was_lost_has_happened(crm: Any, order: str, lever: Callable[..., Any]) -> None:
    assert order
    lever("PUT", "faults", {"rules": [{"kind": "cut_after", "path": "composite", "times": 1}]})
    with pytest.raises(requests.ConnectionError):
        crm.restful(PATH, method="PATCH", json=facts("1"))
    results = crm.restful(PATH, method="PATCH", json=facts("1"))
    assert [row["created"] for row in results] == [False]
    summary = lever("GET", "summary")
    assert (summary["rows_applied"], summary["rows_unchanged"], summary["duplicates"]) == (2, 1, [])


def test_events_are_queued_and_can_be_read_again(crm: Any, lever: Callable[..., Any]) -> None:
    for key in ("1", "2", "2"):
        answer = crm.restful(EVENT, method="POST", json={"Event_Key__c": key})
        (note,) = answer["errors"]
        assert (answer["success"], note["statusCode"]) == (True, "OPERATION_ENQUEUED")
    events = lever("GET", "events")
    assert [event["payload"]["Event_Key__c"] for event in events] == ["1", "2", "2"]
    assert note["message"] == events[-1]["event_uuid"]
    assert len(lever("GET", f"events?since={events[0]['replay_id']}")) == 2
    # Nobody drops an event that was published before: whoever publishes twice is told of here.
    (twice,) = lever("GET", "summary")["duplicates"]
    assert twice == {"idempotency_key": "OF_Fulfillment__e:2", "applied": 2}


def test_events_past_the_hours_allowance_are_refused_row_by_row(crm: Any, lever: Callable[..., Any]) -> None:
    lever("PUT", "limits", {"hourly_events": 1})
    rows = [{"attributes": {"type": "OF_Fulfillment__e"}, "Event_Key__c": key} for key in "ab"]
    results = crm.restful("composite/sobjects", method="POST", json={"records": rows})
    assert row_codes(results) == ["OPERATION_ENQUEUED", "LIMIT_EXCEEDED"]
    assert [row["success"] for row in results] == [True, False]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 100_000, 400),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 400),
        (b"\xff\xfe", 400),
        (b'{"LastName": "\\ud800"}', 400),
        (b'{"LastName": "a\\u0000b"}', 400),
        (b'{"\\ud800": "a"}', 400),
        (b'{"LastName": NaN}', 400),
        (b'{"LastName": ' + b"9" * 10_000 + b"}", 400),
        (b"<x/>", 400),
        (b"", 400),
        (b'{"LastName": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
)
def test_a_hostile_document_is_refused_and_the_journal_can_be_read(
    crm: Any, sandbox: Any, body: bytes, status: int
) -> None:
    for path in ("sobjects/Contact", "composite", "composite/sobjects"):
        url = crm.base_url.replace("https://", "http://") + path
        answer = requests.post(url, data=body, headers=dict(crm.headers), timeout=20)
        assert answer.status_code == status, answer.text[:200]
    assert requests.get(f"{sandbox.crm_url}/_sandbox/journal", timeout=20).status_code == 200
    assert crm.query("SELECT COUNT() FROM Contact")["totalSize"] == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "sobjects/Contact/%00", 404),
        ("GET", "sobjects/Contact/%ff%fe", 404),
        ("GET", "sobjects/Contact/" + "x" * 5_000, 404),
        ("GET", "nowhere", 404),
        ("GET", "../v64.0x/limits", 404),
        ("PUT", "sobjects/Contact", 405),
        ("DELETE", "limits", 405),
        ("PATCH", "sobjects/Contact/B2C_Customer_ID__c/%20", 400),
    ],
)
def test_a_path_that_leads_nowhere_is_told(crm: Any, method: str, path: str, status: int) -> None:
    url = crm.base_url.replace("https://", "http://") + path
    answer = requests.request(method, url, json={"LastName": "A"}, headers=dict(crm.headers), timeout=10)
    assert (answer.status_code, list(answer.json()[0])[:2]) == (status, ["message", "errorCode"])
