"""Collections: many rows in one call, each with its own result."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from tests.sandbox.crm_org import code_of, row_codes

ROLLED_BACK = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
PATH = "composite/sobjects/OF_Event__c/Event_Key__c"


def fact(key: str, **fields: Any) -> dict[str, Any]:
    row = {"attributes": {"type": "OF_Event__c"}, "Event_Key__c": key, "Order__r": {"Order_Key__c": "UK:1"}}
    return {**row, **fields}


def send(crm: Any, rows: Any, **more: Any) -> Any:
    return crm.restful(PATH, method="PATCH", json={"records": rows, **more})


@pytest.fixture(autouse=True)
def order(crm: Any) -> None:
    crm.OF_Order__c.create({"Order_Key__c": "UK:1"})


def test_rows_are_answered_in_their_order_and_failing_ones_keep_no_other_back(crm: Any) -> None:
    rows = [
        fact("1"),
        fact("2", Type__c="x" * 300),
        fact("3", Order__r={"Order_Key__c": "UK:9"}),
        fact("4", Nope__c=1),
        fact(""),
        fact("6", id="a03"),
        fact("7", attributes={"type": "Contact"}),
        fact("8"),
    ]
    results = send(crm, rows)
    assert row_codes(results) == [
        "",
        "STRING_TOO_LONG",
        "INVALID_FIELD",
        "INVALID_FIELD",
        "MISSING_ARGUMENT",
        "INVALID_FIELD",
        "INVALID_TYPE",
        "",
    ]
    assert [row.get("created") for row in (results[0], results[-1])] == [True, True]
    assert results[1]["errors"][0]["fields"] == ["Type__c"]
    assert crm.query("SELECT COUNT() FROM OF_Event__c")["totalSize"] == 2


def test_all_or_none_takes_good_rows_back(crm: Any, lever: Callable[..., Any]) -> None:
    results = send(crm, [fact("1"), fact("2", Nope__c=1), fact("3")], allOrNone=True)
    assert row_codes(results) == [ROLLED_BACK, "INVALID_FIELD", ROLLED_BACK]
    assert crm.query("SELECT COUNT() FROM OF_Event__c")["totalSize"] == 0
    assert lever("GET", "summary")["rows_refused"] == 3
    assert row_codes(send(crm, [fact("1"), fact("3")], allOrNone=True)) == ["", ""]


@pytest.mark.parametrize(("switch", "failing"), [("later", [2, 3]), ("all", [0, 2, 3])])
def test_a_key_that_comes_twice_in_a_call_is_refused(
    crm: Any, lever: Callable[..., Any], switch: str, failing: list[int]
) -> None:
    lever("PUT", "switches", {"duplicate_in_call": switch})
    results = send(crm, [fact("a"), fact("b"), fact("A"), fact(" a ")])
    assert row_codes(results) == ["DUPLICATE_VALUE" if at in failing else "" for at in range(4)]


def test_a_value_of_a_wrong_type_refuses_the_call_or_its_row(crm: Any, lever: Callable[..., Any]) -> None:
    rows = [fact("1"), fact("2", Occurred_At__c="yesterday")]
    with pytest.raises(SalesforceMalformedRequest) as refused:
        send(crm, rows)
    assert code_of(refused) == "JSON_PARSER_ERROR"
    assert crm.query("SELECT COUNT() FROM OF_Event__c")["totalSize"] == 0
    lever("PUT", "switches", {"unreadable_value": "row"})
    assert row_codes(send(crm, rows)) == ["", "JSON_PARSER_ERROR"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"records": [fact(str(number)) for number in range(201)]}, "EXCEEDED_ID_LIMIT"),
        ({"records": []}, "MISSING_ARGUMENT"),
        ({"records": {}}, "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
        ({"records": [fact("1")], "allOrNone": "yes"}, "JSON_PARSER_ERROR"),
        ({"records": [{"Event_Key__c": "1"}]}, "INVALID_TYPE"),
        ({"records": ["x"]}, "JSON_PARSER_ERROR"),
    ],
)
def test_a_call_that_is_no_collection_is_refused(crm: Any, document: Any, code: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.restful(PATH, method="PATCH", json=document)
    assert code_of(refused) == code


def test_older_versions_have_no_upsert_of_collections(crm: Any) -> None:
    url = crm.base_url.replace("v64", "v45") + PATH
    with pytest.raises(SalesforceResourceNotFound):
        crm._call_salesforce("PATCH", url, json={"records": [fact("1")]})


def test_a_thousand_facts_take_five_calls_and_repeating_them_writes_nothing(
    crm: Any, lever: Callable[..., Any]
) -> None:
    calls = lever("GET", "summary")["calls"]
    for _ in range(2):
        for start in range(0, 1_000, 200):
            results = send(crm, [fact(str(number)) for number in range(start, start + 200)])
            assert all(row["success"] for row in results)
    summary = lever("GET", "summary")
    assert (summary["calls"] - calls, summary["rows"]) == (10, 2_001)
    assert (summary["rows_applied"], summary["rows_unchanged"], summary["duplicates"]) == (1_001, 1_000, [])


def test_each_row_is_in_the_journal_under_its_key(crm: Any, sandbox: Any) -> None:
    send(crm, [fact("1"), fact("2", Nope__c=1)])
    text = requests.get(f"{sandbox.crm_url}/_sandbox/journal", timeout=10).text
    entries = [json.loads(line) for line in text.splitlines()]
    names = ("idempotency_key", "effect", "answer")
    rows = [tuple(one[name] for name in names) for one in entries if one["method"] == "ROW"]
    assert rows == [("OF_Event__c:1", "applied", ""), ("OF_Event__c:2", "refused", "INVALID_FIELD")]
    assert [one["effect"] for one in entries if one["method"] == "PATCH"] == ["batch"]


def test_records_are_made_changed_shown_and_deleted_in_collections(crm: Any) -> None:
    people = [{"attributes": {"type": "Contact"}, "LastName": name} for name in "ab"]
    path = "composite/sobjects"
    ids = [row["id"] for row in crm.restful(path, method="POST", json={"records": people})]
    changes = [{"attributes": {"type": "Contact"}, "id": ids[0][:15], "LastName": "c"}]
    assert row_codes(crm.restful(path, method="PATCH", json={"records": changes})) == [""]
    wanted = {"ids": [*ids, "0035g0000000000"], "fields": ["LastName"]}
    shown = crm.restful(f"{path}/Contact", method="POST", json=wanted)
    assert [row and row["LastName"] for row in shown] == ["c", "b", None]
    gone = crm.restful(path, params={"ids": f"{ids[0]},{ids[0]},zzz"}, method="DELETE")
    assert row_codes(gone) == ["", "ENTITY_IS_DELETED", "MALFORMED_ID"]
    assert crm.query("SELECT COUNT() FROM Contact")["totalSize"] == 1
