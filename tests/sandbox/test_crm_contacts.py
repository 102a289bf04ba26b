"""The stand-in of the CRM, called by the library most Python integrations use."""

from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from sync.sandbox.serve import Running


class Plain(requests.Session):
    """The library knows https alone; the stand-in speaks plain HTTP on loopback."""

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, url.replace("https://", "http://"), **kwargs)


@pytest.fixture
def crm(sandbox: Running) -> Any:
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    told = requests.post(f"{sandbox.crm_url}/services/oauth2/token", data=form, timeout=60).json()
    address = told["instance_url"].replace("http://", "https://")
    return Salesforce(session_id=told["access_token"], instance_url=address, session=Plain(), version="64.0")


def test_an_upsert_creates_once_and_updates_afterwards(crm: Any) -> None:
    assert crm.Contact.upsert("B2C_Customer_ID__c/bd1", {"LastName": "Hartley"}) == 201
    assert crm.Contact.upsert("B2C_Customer_ID__c/BD1", {"LastName": "O'Brien"}) == 200
    found = crm.query("SELECT Id, LastName, Email FROM Contact WHERE LastName = 'O\\'Brien' LIMIT 5")
    assert (found["totalSize"], found["done"]) == (1, True)
    assert [(row["LastName"], row["Email"]) for row in found["records"]] == [("O'Brien", None)]


def test_queries_join_their_terms(crm: Any) -> None:
    for name in ("a", "b"):
        crm.Contact.upsert(
            f"B2C_Customer_ID__c/{name}", {"LastName": "Hartley", "Email": f"{name}@example.test"}
        )
    both = crm.query("SELECT Id FROM Contact WHERE LastName = 'Hartley' AND Email = 'b@example.test'")
    assert [row["Id"][-1] for row in both["records"]] == ["b"]
    assert crm.query("SELECT Id FROM Contact")["totalSize"] == 2


def test_a_field_is_shown_as_it_was_written(crm: Any) -> None:
    crm.Contact.upsert("B2C_Customer_ID__c/a", {"DoNotCall": False, "Score__c": 7, "Email": None})
    (row,) = crm.query("SELECT DoNotCall, Score__c, Email FROM Contact WHERE Score__c = '7'")["records"]
    assert (row["DoNotCall"], row["Score__c"], row["Email"]) == (False, 7, None)


@pytest.mark.parametrize(
    "query", ["", "SELECT FROM Contact", "SELECT Id FROM Account", "SELECT Id FROM Contact WHERE Id > 'x'"]
)
def test_a_query_that_is_not_understood_is_refused(crm: Any, query: str) -> None:
    with pytest.raises(SalesforceMalformedRequest):
        crm.query(query)


def test_an_upsert_may_be_forbidden_to_create_and_to_change_the_key(crm: Any) -> None:
    with pytest.raises(SalesforceResourceNotFound):
        crm.Contact.upsert("B2C_Customer_ID__c/none?updateOnly=true", {"LastName": "X"})
    with pytest.raises(SalesforceMalformedRequest):
        crm.Contact.upsert("B2C_Customer_ID__c/one", {"B2C_Customer_ID__c": "two"})
    assert crm.query("SELECT Id FROM Contact")["totalSize"] == 0


def test_every_answer_counts_towards_the_calls_of_the_day(crm: Any) -> None:
    crm.query("SELECT Id FROM Contact")
    assert crm.limits()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}
    assert crm.api_usage["api-usage"] == (2, 100_000)
