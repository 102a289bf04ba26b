"""Composite calls: one for an order, its shipment and its facts."""

from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

ROOT = "/services/data/v64.0"


READ = ROOT + "/sobjects/OF_Event__c/@{found.records[0].Id}"


def call(name: str, kind: str, key: str, **body: Any) -> dict[str, Any]:
    url = f"{ROOT}/sobjects/{kind}/{kind[3:-3]}_Key__c/{key}"
    return {"method": "PATCH", "url": url, "referenceId": name, "body": body}


def send(crm: Any, calls: list[dict[str, Any]], **more: Any) -> list[tuple[str, int, Any]]:
    answer = crm.restful("composite", method="POST", json={"compositeRequest": calls, **more})
    return [(one["referenceId"], one["httpStatusCode"], one["body"]) for one in answer["compositeResponse"]]


ORDER = call("order", "OF_Order__c", "UK%3A1", Order_No__c="1")


def test_later_calls_use_what_earlier_ones_answered(crm: Any) -> None:
    calls = [
        ORDER,
        call("parcel", "OF_Shipment__c", "1", Order__c="@{order.id}"),
        call("fact", "OF_Event__c", "1", Order__r={"Order_Key__c": "UK:1"}, Text__c="Parcel @{parcel.id}"),
        {"method": "GET", "url": f"{ROOT}/query?q=SELECT+Id+FROM+OF_Event__c", "referenceId": "found"},
        {
            "method": "GET",
            "url": READ,
            "referenceId": "read",
        },
    ]
    answers = send(crm, calls)
    assert [status for _, status, _ in answers] == [201, 201, 201, 200, 200]
    assert answers[-1][2]["Text__c"] == f"Parcel {answers[1][2]['id']}"
    assert crm.api_usage["api-usage"].used == 1


def test_all_or_none_takes_every_call_back(crm: Any) -> None:
    bad = call("fact", "OF_Event__c", "1", Order__c="@{order.id}", Nope__c=1)
    calls = [ORDER, bad, {**ORDER, "referenceId": "c"}]
    answers = send(crm, calls, allOrNone=True)
    assert [status for _, status, _ in answers] == [400, 400, 400]
    codes = [body[0]["errorCode"] for _, _, body in answers]
    assert codes == ["PROCESSING_HALTED", "INVALID_FIELD", "PROCESSING_HALTED"]
    assert crm.query("SELECT COUNT() FROM OF_Order__c")["totalSize"] == 0


def test_without_it_each_call_stands_alone(crm: Any) -> None:
    calls = [
        call("bad", "OF_Order__c", "2", Nope__c=1),
        call("fact", "OF_Event__c", "1", Order__c="@{bad.id}"),
        ORDER,
    ]
    answers = send(crm, calls)
    assert [status for _, status, _ in answers] == [400, 400, 201]
    assert answers[1][2][0]["errorCode"] == "PROCESSING_HALTED"


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"compositeRequest": []},
        {"compositeRequest": [{**ORDER, "referenceId": str(number)} for number in range(26)]},
        {"compositeRequest": [ORDER, ORDER]},
        {"compositeRequest": [{"method": "GET", "url": 5, "referenceId": "a"}]},
        {
            "compositeRequest": [
                {"method": "GET", "url": f"{ROOT}/query?q=SELECT+Id+FROM+Contact", "referenceId": str(number)}
                for number in range(6)
            ]
        },
    ],
)
def test_what_is_no_list_of_calls_is_refused(crm: Any, document: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest):
        crm.restful("composite", method="POST", json=document)


@pytest.mark.parametrize("url", [f"{ROOT}/composite", "/elsewhere", f"{ROOT}/sobjects/../limits", ""])
def test_a_call_inside_leads_to_a_resource_only(crm: Any, url: str) -> None:
    ((_, status, _),) = send(crm, [{"method": "POST", "url": url, "referenceId": "a", "body": {}}])
    assert status in (400, 404, 405)


def test_a_batch_makes_its_calls_one_by_one(crm: Any) -> None:
    calls = [
        {"method": "POST", "url": "v64.0/sobjects/Contact", "richInput": {"LastName": "A"}},
        {"method": "GET", "url": "v64.0/sobjects/Contact/none"},
    ]
    answer = crm.restful("composite/batch", method="POST", json={"batchRequests": calls})
    assert answer["hasErrors"] is True
    assert [one["statusCode"] for one in answer["results"]] == [201, 404]


def test_a_graph_is_made_in_whole_or_not_at_all(crm: Any) -> None:
    good = [ORDER, call("fact", "OF_Event__c", "1", Order__c="@{order.id}")]
    worse = call("fact", "OF_Event__c", "2", Order__c="@{order.id}", Nope__c=1)
    bad = [call("order", "OF_Order__c", "2"), worse]
    graphs = [{"graphId": "g", "compositeRequest": good}, {"graphId": "b", "compositeRequest": bad}]
    answer = crm.restful("composite/graph", method="POST", json={"graphs": graphs})
    assert [(one["graphId"], one["isSuccessful"]) for one in answer["graphs"]] == [("g", True), ("b", False)]
    assert crm.query("SELECT Order_Key__c FROM OF_Order__c")["records"][0]["Order_Key__c"] == "UK:1"
    assert crm.query("SELECT COUNT() FROM OF_Order__c")["totalSize"] == 1
