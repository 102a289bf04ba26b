"""What the CRM takes into a record, and how it refuses."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import (
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from tests.sandbox.crm_org import code_of, said

ORDER = "Order_Key__c/UK%3A1"


@pytest.mark.parametrize(
    ("fields", "code", "about"),
    [
        ({"Nope__c": "x"}, "INVALID_FIELD", []),
        ({"Nope__r": {"Order_Key__c": "x"}}, "INVALID_FIELD", []),
        ({"Order_No__c": "x" * 256}, "STRING_TOO_LONG", ["Order_No__c"]),
        ({"Order_No__c": 7}, "JSON_PARSER_ERROR", []),
        ({"Order_No__c": "a\0b"}, "JSON_PARSER_ERROR", []),
        ({"Placed_At__c": "2026-13-01T00:00:00Z"}, "JSON_PARSER_ERROR", []),
        ({"Placed_At__c": "2026-01-01T00:00:00"}, "JSON_PARSER_ERROR", []),
        ({"Placed_At__c": "0001-01-01T00:00:00+14:00"}, "JSON_PARSER_ERROR", []),
        ({"Total__c": "12.50"}, "JSON_PARSER_ERROR", []),
        ({"Total__c": 1e30}, "NUMBER_OUTSIDE_VALID_RANGE", ["Total__c"]),
        ({"Contact__r": {"B2C_Customer_ID__c": "nobody"}}, "INVALID_FIELD", []),
        ({"Contact__r": {"LastName": "Hartley"}}, "INVALID_FIELD", ["LastName"]),
        ({"Contact__r": {}}, "INVALID_FIELD", ["Contact__r"]),
        ({"CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]),
        ({"Id": "a015g0000000000"}, "INVALID_FIELD", ["Id"]),
        ([], "JSON_PARSER_ERROR", []),
    ],
)
def test_a_field_is_refused_by_its_code_and_nothing_is_written(
    crm: Any, fields: Any, code: str, about: list[str]
) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.OF_Order__c.upsert(ORDER, fields)
    (error,) = said(refused)
    assert (error["errorCode"], error.get("fields", [])) == (code, about)
    assert crm.query("SELECT COUNT() FROM OF_Order__c")["totalSize"] == 0


def test_a_missing_parent_is_named(crm: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.OF_Event__c.upsert("Event_Key__c/1", {"Order__r": {"Order_Key__c": "UK:9"}})
    message = "Foreign key external ID: UK:9 not found for field Order_Key__c in entity OF_Order__c"
    assert said(refused)[0]["message"] == message


def test_a_child_needs_its_parent(crm: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.OF_Event__c.upsert("Event_Key__c/1", {"Type__c": "packed"})
    assert code_of(refused) == "REQUIRED_FIELD_MISSING"


@pytest.mark.parametrize("path", ["Nope__c/Key__c/1", "OF_Order__c/Status__c/1", "OF_Order__c/Nope__c/1"])
def test_an_unknown_object_or_key_field_is_not_found(crm: Any, path: str) -> None:
    kind, _, rest = path.partition("/")
    with pytest.raises(SalesforceResourceNotFound) as refused:
        getattr(crm, kind).upsert(rest, {})
    assert code_of(refused) == "NOT_FOUND"


def test_a_value_that_is_unique_belongs_to_one_record(crm: Any) -> None:
    first = crm.OF_Order__c.create({"Order_Key__c": "UK:1"})["id"]
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.OF_Order__c.create({"Order_Key__c": "uk:1"})
    (error,) = said(refused)
    assert error["errorCode"] == "DUPLICATE_VALUE"
    assert error["message"].endswith(f"record with id: {first}")


def test_several_records_with_one_external_id_are_listed(crm: Any, lever: Callable[..., Any]) -> None:
    key = {"name": "Order_Key__c", "external_id": True, "unique": False}
    lever("POST", "objects", {"name": "OF_Order__c", "fields": [key]})
    ids = [crm.OF_Order__c.create({"Order_Key__c": "UK:1"})["id"] for _ in range(2)]
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        crm.OF_Order__c.upsert(ORDER, {"Status__c": "open"})
    assert [address.rpartition("/")[2] for address in said(several)] == ids
    assert crm.query("SELECT COUNT() FROM OF_Order__c WHERE Status__c != null")["totalSize"] == 0


def test_an_object_of_other_names_is_defined_and_described(crm: Any, lever: Callable[..., Any]) -> None:
    fields = [
        {"name": "Key__c", "external_id": True, "unique": True, "length": 10},
        {"name": "Parcel__c", "type": "lookup", "object": "OF_Shipment__c"},
        {"name": "Sent__c", "type": "date"},
    ]
    lever("POST", "objects", {"name": "Parcel_Fact__c", "fields": fields})
    assert crm.Parcel_Fact__c.upsert("Key__c/1", {"sent__C": "2026-02-28"}) == 201
    assert crm.query("SELECT Sent__c FROM Parcel_Fact__c WHERE Sent__c < 2026-03-01")["totalSize"] == 1
    told = {one["name"]: one for one in crm.Parcel_Fact__c.describe()["fields"]}
    assert (told["Key__c"]["length"], told["Key__c"]["externalId"], told["Key__c"]["unique"]) == (
        10,
        True,
        True,
    )
    assert (told["Parcel__c"]["relationshipName"], told["Parcel__c"]["referenceTo"]) == (
        "Parcel__r",
        ["OF_Shipment__c"],
    )
    lever("POST", "objects", {"name": "Parcel_Fact__c", "remove": ["Sent__c"]})
    with pytest.raises(SalesforceMalformedRequest):
        crm.Parcel_Fact__c.upsert("Key__c/1", {"Sent__c": "2026-02-28"})


@pytest.mark.parametrize(
    "definition",
    [
        [],
        {"name": "a b"},
        {"name": "X__c", "fields": [{"name": "Y__c", "type": "colour"}]},
        {"name": "X__c", "fields": [{"name": "Y__c", "type": []}]},
        {"name": "X__c", "fields": [{"name": "Y__c", "values": 5}]},
        {"name": "X__c", "fields": [{"name": "Y__c", "type": "lookup", "object": "Nope__c"}]},
        {"name": "X__c", "fields": [{"name": "Id"}]},
        {"name": "Contact", "remove": ["id"]},
    ],
)
def test_a_definition_that_is_not_understood_changes_nothing(sandbox: Any, definition: Any) -> None:
    answer = requests.post(f"{sandbox.crm_url}/_sandbox/objects", json=definition, timeout=10)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert requests.get(f"{sandbox.crm_url}/_sandbox/records/X__c", timeout=10).status_code == 400


def test_a_row_that_says_nothing_new_is_told_from_one_that_does(crm: Any, lever: Callable[..., Any]) -> None:
    for status in ("open", "open", "shipped"):
        crm.OF_Order__c.upsert(ORDER, {"Status__c": status, "Total__c": 12.5})
    summary = lever("GET", "summary")
    told = {
        name: summary[f"rows_{name}"] for name in ("written", "applied", "changed", "unchanged", "refused")
    }
    assert told == {"written": 2, "applied": 1, "changed": 1, "unchanged": 1, "refused": 0}
    assert (summary["calls"], summary["rows"], summary["duplicates"]) == (3, 3, [])
