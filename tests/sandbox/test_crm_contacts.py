"""The stand-in of the CRM, called by the library most Python integrations use."""

from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

KEY = "B2C_Customer_ID__c"


def test_an_upsert_creates_once_and_updates_afterwards(crm: Any) -> None:
    assert crm.Contact.upsert(f"{KEY}/bd1", {"LastName": "Hartley"}) == 201
    assert crm.Contact.upsert(f"{KEY}/BD1", {"LastName": "O'Brien"}) == 200
    found = crm.query("SELECT Id, LastName, Email FROM Contact WHERE LastName = 'O\\'Brien' LIMIT 5")
    assert (found["totalSize"], found["done"]) == (1, True)
    assert [(row["LastName"], row["Email"]) for row in found["records"]] == [("O'Brien", None)]


def test_an_update_before_version_46_has_no_body(crm: Any) -> None:
    crm.Contact.upsert(f"{KEY}/a", {"LastName": "A"})
    old = crm.base_url.replace("v64.0", "v45.0")
    answer = crm.session.patch(f"{old}sobjects/Contact/{KEY}/a", json={"LastName": "B"}, headers=crm.headers)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_key_may_hold_anything_that_is_encoded(crm: Any) -> None:
    assert crm.Contact.upsert(f"{KEY}/bd%2F1", {"LastName": "A"}) == 201
    assert crm.Contact.get_by_custom_id(KEY, "BD/1")[KEY] == "bd/1"


def test_a_field_is_shown_as_its_type_is(crm: Any) -> None:
    crm.Contact.upsert(f"{KEY}/a", {"LastName": " A ", "DoNotCall": True, "Email": ""})
    crm.OF_Order__c.upsert("Order_Key__c/o", {"Total__c": 7, "Placed_At__c": "2026-01-02T03:04:05+01:00"})
    (row,) = crm.query("SELECT LastName, DoNotCall, Email FROM Contact WHERE DoNotCall = true")["records"]
    assert (row["LastName"], row["DoNotCall"], row["Email"]) == ("A", True, None)
    (order,) = crm.query("SELECT Total__c, Placed_At__c FROM OF_Order__c WHERE Total__c = 7.00")["records"]
    assert (order["Total__c"], order["Placed_At__c"]) == (7.0, "2026-01-02T02:04:05.000+0000")


def test_an_upsert_may_be_forbidden_to_create_and_to_change_the_key(crm: Any) -> None:
    with pytest.raises(SalesforceResourceNotFound):
        crm.Contact.upsert(f"{KEY}/none?updateOnly=true", {"LastName": "X"})
    with pytest.raises(SalesforceMalformedRequest):
        crm.Contact.upsert(f"{KEY}/one", {KEY: "two", "LastName": "X"})
    assert crm.query("SELECT Id FROM Contact")["totalSize"] == 0


def test_every_answer_counts_towards_the_calls_of_the_day(crm: Any) -> None:
    crm.query("SELECT Id FROM Contact")
    assert crm.limits()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_998}
    assert crm.api_usage["api-usage"] == (2, 100_000)
