"""SOQL as the CRM reads it."""

from collections.abc import Callable
from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest
from simple_salesforce.format import format_soql

from tests.sandbox.crm_org import code_of

SELECT = "SELECT B2C_Customer_ID__c FROM Contact"
PEOPLE = [
    {
        "LastName": "Hartley",
        "FirstName": "Imogen",
        "Email": "imogen+shop@example.test",
        "B2C_Customer_ID__c": "a",
    },
    {"LastName": "O'Brien", "Email": "O_Brien@example.test", "B2C_Customer_ID__c": "b", "DoNotCall": True},
    {"LastName": "100%", "FirstName": "back\\slash", "B2C_Customer_ID__c": "c"},
]


@pytest.fixture
def people(crm: Any, lever: Callable[..., Any]) -> Callable[[str], str]:
    lever("POST", "contacts", PEOPLE)
    lever("POST", "accounts", [{"Name": "Ltd", "Contacts": [{"LastName": "Zed", "B2C_Customer_ID__c": "d"}]}])

    def found(where: str) -> str:
        rows = crm.query(f"{SELECT} {where}")["records"]
        return "".join(row["B2C_Customer_ID__c"] for row in rows)

    return found


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", "abcd"),
        ("WHERE LastName = 'HARTLEY'", "a"),
        ("WHERE LastName = 'O\\'Brien' OR LastName = '100%'", "bc"),
        ("WHERE FirstName = 'back\\\\slash'", "c"),
        ("WHERE FirstName = null", "bd"),
        ("WHERE FirstName != null AND Email != null", "a"),
        ("WHERE FirstName != 'Imogen'", "bcd"),
        ("WHERE NOT (FirstName = 'Imogen' OR DoNotCall = true)", "cd"),
        ("WHERE Email = 'imogen+shop@example.test'", "a"),
        ("WHERE Email LIKE 'o\\_brien@%'", "b"),
        ("WHERE LastName LIKE '%\\%'", "c"),
        ("WHERE LastName LIKE '_artl_y'", "a"),
        ("WHERE LastName LIKE '%r%e%'", "ab"),
        ("WHERE LastName LIKE 'Hartley%Hartley'", ""),
        ("WHERE LastName IN ('zed', 'hartley') AND B2C_Customer_ID__c NOT IN ('a')", "d"),
        ("WHERE LastName > 'P'", "d"),
        ("WHERE Account.Name = 'ltd'", "d"),
        ("WHERE Contact.LastName = 'Zed'", "d"),
        ("WHERE CreatedDate > 2020-01-01T00:00:00Z AND (LastName = 'Zed' OR (FirstName = 'Imogen'))", "ad"),
        ("ORDER BY LastName", "cabd"),
        ("ORDER BY FirstName DESC NULLS LAST, LastName LIMIT 3", "acb"),
        ("ORDER BY B2C_Customer_ID__c DESC LIMIT 2 OFFSET 1", "cb"),
        ("LIMIT 0", ""),
    ],
)
def test_a_condition_selects(people: Callable[[str], str], where: str, expected: str) -> None:
    assert people(where) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id", "MALFORMED_QUERY"),
        ("SELECT Id, Id FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id FROM Nope__c", "INVALID_TYPE"),
        ("SELECT Nope__c FROM Contact", "INVALID_FIELD"),
        ("SELECT Nope.Name FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Nope__c = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Id > 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE DoNotCall > true", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE DoNotCall = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE LastName = 'O'Brien'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = 'a\\z'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = 'open", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = 'a' AND", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName IN ()", "MALFORMED_QUERY"),
        (
            "SELECT Id FROM Contact WHERE LastName = 'a' AND LastName = 'b' OR LastName = 'c'",
            "MALFORMED_QUERY",
        ),
        ("SELECT Id FROM Contact LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact; DROP", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE " + "(" * 3_000, "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE " + "NOT " * 3_000, "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(crm: Any, query: str, code: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.query(query)
    assert code_of(refused) == code


def test_what_the_vendors_library_escapes_is_found(crm: Any) -> None:
    crm.Contact.create({"LastName": "Somebody else"})
    for nasty in ("' OR LastName != '", "a\\", "line\nfeed\ttab", '"quoted"', "ünïcode"):
        crm.Contact.upsert("B2C_Customer_ID__c/n", {"LastName": nasty})
        query = format_soql("SELECT LastName FROM Contact WHERE LastName = {}", nasty)
        assert [row["LastName"] for row in crm.query(query)["records"]] == [nasty]


def test_parents_are_nested_below_their_names(crm: Any) -> None:
    crm.Contact.upsert("B2C_Customer_ID__c/a", {"LastName": "Hartley"})
    crm.OF_Order__c.upsert("Order_Key__c/o", {"Contact__r": {"B2C_Customer_ID__c": "A"}})
    crm.OF_Event__c.upsert("Event_Key__c/e", {"Order__r": {"Order_Key__c": "o"}, "Quantity__c": 3})
    query = "SELECT Quantity__c, Order__r.Contact__r.LastName, Order__r.Account__r.Name FROM OF_Event__c"
    (row,) = crm.query(query)["records"]
    assert row["Quantity__c"] == 3
    assert row["Order__r"]["Contact__r"]["LastName"] == "Hartley"
    assert row["Order__r"]["Account__r"] is None
    assert row["Order__r"]["attributes"]["type"] == "OF_Order__c"


def test_a_long_result_comes_in_pages(crm: Any, lever: Callable[..., Any]) -> None:
    lever("POST", "contacts", [{"LastName": f"{number:03}"} for number in range(250)])
    lever("PUT", "switches", {"query_batch": 100})
    first = crm.query("SELECT LastName FROM Contact ORDER BY LastName")
    assert (first["totalSize"], first["done"], len(first["records"])) == (250, False, 100)
    every = crm.query_all("SELECT LastName FROM Contact ORDER BY LastName")
    assert [row["LastName"] for row in every["records"]] == [f"{number:03}" for number in range(250)]
    assert crm.query("SELECT COUNT() FROM Contact")["totalSize"] == 250
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.query_more("/services/data/v64.0/query/01g000000000000000-100", identifier_is_url=True)
    assert code_of(refused) == "INVALID_QUERY_LOCATOR"


def test_an_address_that_is_too_long_is_refused(crm: Any) -> None:
    with pytest.raises(SalesforceGeneralError) as refused:
        crm.query(format_soql("SELECT Id FROM Contact WHERE LastName = {}", "x" * 17_000))
    assert refused.value.status == 414


def test_a_pattern_of_many_wildcards_is_answered(crm: Any, lever: Callable[..., Any]) -> None:
    lever("POST", "contacts", [{"LastName": "a" * 80}])
    start = "SELECT Id FROM Contact WHERE LastName LIKE '" + "%a" * 40
    assert crm.query(start + "b'")["totalSize"] == 0
    assert crm.query(start + "'")["totalSize"] == 1
