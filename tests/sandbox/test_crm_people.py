"""Accounts, contacts and persons, as the control calls and the connector's flows have them."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceMalformedRequest

from tests.sandbox.crm_org import code_of

FLOW = "actions/custom/flow/"


def flow(crm: Any, name: str, **source: Any) -> Any:
    (answer,) = crm.restful(FLOW + name, method="POST", json={"inputs": [{"sourceContact": source}]})
    return answer


@pytest.fixture
def persons(lever: Callable[..., Any]) -> Any:
    """An org with person accounts."""
    lever("PUT", "switches", {"person_accounts": True})
    return lever


def test_a_person_account_shows_its_contacts_fields_as_its_own(crm: Any, persons: Any) -> None:
    person = {"FirstName": "Imogen", "LastName": "Hartley", "PersonEmail": "i@example.test"}
    (made,) = persons("POST", "accounts", [{**person, "B2C_Customer_ID__pc": "bd1"}])["ids"]
    query = "SELECT Id, Name, IsPersonAccount, PersonContactId, PersonEmail FROM Account "
    (row,) = crm.query(query + "WHERE B2C_Customer_ID__pc = 'BD1'")["records"]
    assert (row["Id"], row["Name"], row["IsPersonAccount"]) == (made, "Imogen Hartley", True)
    (contact,) = crm.query("SELECT Id, AccountId, Email, IsPersonAccount FROM Contact")["records"]
    assert (contact["Id"], contact["AccountId"]) == (row["PersonContactId"], made)
    assert (contact["Email"], contact["IsPersonAccount"]) == ("i@example.test", True)


def test_a_person_is_upserted_as_an_account(crm: Any, persons: Any) -> None:
    assert persons
    assert crm.Account.upsert("B2C_Customer_ID__pc/bd1", {"LastName": "Hartley"}) == 201
    assert crm.Account.upsert("B2C_Customer_ID__pc/bd1", {"LastName": "Moss", "Phone": "1"}) == 200
    (row,) = crm.query("SELECT Name, LastName, Phone FROM Account")["records"]
    assert (row["Name"], row["LastName"], row["Phone"]) == ("Moss", "Moss", "1")
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.Contact.create({"LastName": "Other", "B2C_Customer_ID__c": "bd1"})
    assert code_of(refused) == "DUPLICATE_VALUE"


def test_a_contacts_id_is_no_other_persons(crm: Any, persons: Any) -> None:
    persons("POST", "contacts", {"LastName": "A", "B2C_Customer_ID__c": "bd1"})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.Account.upsert("B2C_Customer_ID__pc/bd1", {"LastName": "Hartley"})
    assert code_of(refused) == "DUPLICATE_VALUE"
    assert crm.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_an_org_without_person_accounts_has_no_such_fields(crm: Any) -> None:
    for query in ("SELECT IsPersonAccount FROM Account", "SELECT B2C_Customer_ID__pc FROM Account"):
        with pytest.raises(SalesforceMalformedRequest) as refused:
            crm.query(query)
        assert code_of(refused) == "INVALID_FIELD"


def test_merged_persons_are_one_account_and_one_contact(crm: Any, persons: Any) -> None:
    ids = persons("POST", "accounts", [{"LastName": "A"}, {"LastName": "B"}])["ids"]
    persons("POST", "merge", {"object": "Account", "master": ids[0], "loser": ids[1]})
    (contact,) = crm.query("SELECT LastName, AccountId FROM Contact")["records"]
    assert (contact["LastName"], contact["AccountId"]) == ("A", ids[0])


def test_a_company_has_several_contacts_and_a_contact_several_companies(crm: Any, lever: Any) -> None:
    company = {"Name": "Ltd", "Contacts": [{"LastName": "A"}, {"LastName": "B"}]}
    one, other = lever("POST", "accounts", [company, {"Name": "Inc"}])["ids"]
    people = crm.query("SELECT Id FROM Contact ORDER BY LastName")["records"]
    crm.AccountContactRelation.create({"AccountId": other, "ContactId": people[0]["Id"]})
    query = "SELECT AccountId, IsDirect FROM AccountContactRelation WHERE Contact.LastName = 'A'"
    rows = crm.query(query)["records"]
    assert [(row["AccountId"], row["IsDirect"]) for row in rows] == [(one, True), (other, False)]


def test_a_contact_may_come_with_its_ids(crm: Any, lever: Any) -> None:
    given = {"Id": "003Ab00000QrS34", "AccountId": "001Ab00000XyZ12IAF", "LastName": "A"}
    assert lever("POST", "contacts", [given])["ids"] == ["003Ab00000QrS34IAF"]
    (row,) = crm.query("SELECT Id, Account.Name FROM Contact")["records"]
    assert row["Account"]["Name"] == "Account 001Ab00000XyZ12IAF"
    assert lever("POST", "contacts", [{**given, "LastName": "B"}])["contacts"] == 1
    assert [row["LastName"] for row in lever("GET", "records/Contact")] == ["B"]


@pytest.mark.parametrize(
    "document",
    [[5], [{"Nope__c": 1}], {"Id": "001Ab00000XyZ12"}, [{"LastName": "a\0"}], [{"LastName": "\ud800"}]],
)
def test_contacts_that_cannot_be_are_refused_together(sandbox: Any, lever: Any, document: Any) -> None:
    given = [{"LastName": "Good"}, *document] if isinstance(document, list) else document
    answer = requests.post(f"{sandbox.crm_url}/_sandbox/contacts", json=given, timeout=10)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert lever("GET", "records/Contact") == []


def test_an_account_whose_people_cannot_be_is_refused(sandbox: Any, lever: Any) -> None:
    for people in ([5], 5, [{"LastName": "A"}, {"Nope__c": 1}]):
        given = {"Name": "Ltd", "Contacts": people}
        answer = requests.post(f"{sandbox.crm_url}/_sandbox/accounts", json=given, timeout=10)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert (lever("GET", "records/Account"), lever("GET", "records/Contact")) == ([], [])


@pytest.mark.parametrize(
    "source",
    [
        {"B2C_Customer_ID__c": "BD1", "LastName": "other"},
        {"B2C_CustomerList_ID__c": "UK", "B2C_Customer_No__c": "7"},
        {"B2C_CustomerList_ID__c": "uk", "Email": "I@example.test"},
    ],
)
def test_the_connectors_flow_finds_a_contact(crm: Any, lever: Any, source: dict[str, str]) -> None:
    person = {"LastName": "Hartley", "Email": "i@example.test", "B2C_Customer_ID__c": "bd1"}
    person |= {"B2C_Customer_No__c": "7", "B2C_CustomerList_ID__c": "UK"}
    lever("POST", "accounts", {"Name": "Ltd", "Contacts": [person]})
    answer = flow(crm, "B2CContactResolve", **source)
    outputs = answer["outputValues"]
    assert (answer["isSuccess"], outputs["isSuccess"]) == (True, True)
    assert outputs["Flow__InterviewStatus"] == "Finished"
    assert outputs["Contact"]["AccountId"] == outputs["Account"]["Id"]
    assert crm.query("SELECT COUNT() FROM Contact")["totalSize"] == 1


def test_only_the_other_flow_makes_a_contact(crm: Any) -> None:
    source = {"LastName": "Hartley", "Email": "i@example.test"}
    assert flow(crm, "B2CContactResolve", **source)["outputValues"]["isSuccess"] is False
    made = flow(crm, "B2CContactProcess", **source)["outputValues"]["Contact"]["Id"]
    assert flow(crm, "B2CContactProcess", **source)["outputValues"]["Contact"]["Id"] == made
    assert crm.query("SELECT COUNT() FROM Contact")["totalSize"] == 1
    refused = flow(crm, "B2CContactProcess", Nope__c="x")
    assert (refused["isSuccess"], refused["errors"][0]["statusCode"]) == (False, "INVALID_FIELD")
