import json
import pickle
import traceback
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.crm.contacts import RULES, question
from schemas.crm.soql import quoted
from sync.clients.crm import CrmClient
from sync.clients.http import Call
from sync.core.crm import Contact, MatchRule
from sync.core.customers import Customer
from sync.core.errors import OrderbridgeError
from sync.sandbox.crm.soql.words import literal, words
from tests.unit.clients.conftest import Remote

LIST = "BrightfieldUK"
ANN = {
    "B2C_Customer_ID__c": "bdAbc123XyZ",
    "B2C_Customer_No__c": "00051877",
    "B2C_CustomerList_ID__c": LIST,
    "FirstName": "Ann",
    "LastName": "Hartley",
    "Email": "Ann+Shop@Example.com",
}


def add(org: Remote, *people: dict[str, Any]) -> None:
    org.control("POST", "contacts", list(people))


def found(client: CrmClient, rule: MatchRule, who: Customer, *, person: bool = False) -> list[str]:
    return [one.contact_id for one in client.contacts(rule, who, LIST, person_accounts=person)]


@pytest.mark.parametrize("rule", MatchRule)
def test_every_rule_finds_the_customer_whatever_case_the_address_is_in(
    client: CrmClient, org: Remote, ann: Customer, rule: MatchRule
) -> None:
    org.control("POST", "accounts", [{"Id": "001Ab00000XyZ12", "Name": "Hartley Ltd"}])
    add(org, {**ANN, "Id": "003Ab00000QrS34", "AccountId": "001Ab00000XyZ12"})
    add(org, {"LastName": "Other", "Email": "shop@example.com", "B2C_Customer_ID__c": "other"})
    (contact,) = client.contacts(rule, ann, LIST, person_accounts=False)
    assert contact == Contact(contact_id="003Ab00000QrS34IAF", account_id="001Ab00000XyZ12IAF")


@pytest.mark.parametrize("rule", MatchRule)
def test_a_customer_without_a_value_of_the_rule_is_nobody_and_costs_no_call(
    client: CrmClient, org: Remote, ann: Customer, rule: MatchRule
) -> None:
    names = {"Customer_ID": "storefront_id", "Customer_No": "number"}
    for value in set(RULES[rule]) - {"CustomerList_ID"}:
        lacking = replace(ann, **{names.get(value, value): " "})  # type: ignore[arg-type]
        assert client.contacts(rule, lacking, LIST, person_accounts=False) == ()
    if "CustomerList_ID" in RULES[rule]:
        assert client.contacts(rule, ann, "", person_accounts=False) == ()
    assert org.calls("POST", "/token") == 0


def test_plus_addresses_are_told_apart(client: CrmClient, org: Remote, ann: Customer) -> None:
    add(org, {**ANN, "Email": "ann@example.com"})
    assert found(client, MatchRule.LIST_EMAIL, ann) == []


def test_everybody_that_a_rule_finds_is_returned_once(client: CrmClient, org: Remote, ann: Customer) -> None:
    twins = [{**ANN, "B2C_Customer_ID__c": f"twin{n}", "B2C_Customer_No__c": str(n)} for n in range(3)]
    add(org, *twins)
    assert len(set(found(client, MatchRule.LIST_EMAIL, ann))) == 3
    org.control("PUT", "switches", {"query_batch": 1})
    assert len(set(found(client, MatchRule.LIST_EMAIL, ann))) == 3
    assert org.calls("GET", "/query") == 2


def test_a_contact_of_another_list_is_not_found_by_name_and_address_alone(
    client: CrmClient, org: Remote, ann: Customer
) -> None:
    for number, listed in enumerate(("BrightfieldDE", None, LIST.upper())):
        add(org, {**ANN, "B2C_Customer_ID__c": str(number), "B2C_CustomerList_ID__c": listed})
    known = org.control("GET", "records/Contact")
    ours = {one["Id"] for one in known if one["B2C_CustomerList_ID__c"] != "BrightfieldDE"}
    assert set(found(client, MatchRule.EMAIL_NAME, ann)) == ours
    everywhere = client.contacts(MatchRule.EMAIL_NAME, ann, "", person_accounts=False)
    assert len(everywhere) == 3


def test_a_contact_of_two_accounts_has_the_one_it_is_primarily_of(
    client: CrmClient, org: Remote, ann: Customer
) -> None:
    first, second = "001Ab00000XyZ12IAF", "001Ab00000XyZ13IAF"
    org.control("POST", "accounts", [{"Id": one, "Name": one} for one in (second, first)])
    add(org, {**ANN, "Id": "003Ab00000QrS34IAF", "AccountId": first})
    related = [{"AccountId": second, "ContactId": "003Ab00000QrS34IAF"}]
    org.control("POST", "records/AccountContactRelation", related)
    (contact,) = client.contacts(MatchRule.CUSTOMER_ID, ann, LIST, person_accounts=False)
    assert contact.account_id == first


@pytest.mark.parametrize("rule", MatchRule)
def test_a_person_account_is_found_with_both_its_ids(
    client: CrmClient, org: Remote, ann: Customer, rule: MatchRule
) -> None:
    org.control("PUT", "switches", {"person_accounts": True})
    person = {name.replace("__c", "__pc"): value for name, value in ANN.items()}
    person["PersonEmail"] = person.pop("Email")
    org.control("POST", "accounts", [person])
    (account,) = org.control("GET", "records/Account")
    (contact,) = client.contacts(rule, ann, LIST, person_accounts=True)
    assert contact == Contact(contact_id=account["PersonContactId"], account_id=account["Id"])


TRAPS = ["' OR Name != '", "\\", "\\'", "a\nb", "%", "_", '"', "--", "x' LIMIT 1 --", "Ann\u2028", "😀"]


@pytest.mark.parametrize("trap", TRAPS)
def test_signs_of_the_query_language_find_exactly_who_has_them(
    client: CrmClient, org: Remote, ann: Customer, trap: str
) -> None:
    name = f"a{trap}z"
    add(org, ANN, {**ANN, "B2C_Customer_ID__c": "trap", "B2C_Customer_No__c": "1", "LastName": name})
    (one,) = found(client, MatchRule.LIST_EMAIL_NAME, replace(ann, last_name=name))
    kept = {row["LastName"]: row["Id"] for row in org.control("GET", "records/Contact")}
    assert kept[name] == one


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "\x7f", "\x1b[2J", "x" * 256])
def test_what_no_record_can_hold_finds_nobody_without_a_call(
    client: CrmClient, org: Remote, ann: Customer, value: str
) -> None:
    assert found(client, MatchRule.EMAIL_NAME, replace(ann, last_name=value)) == []
    assert org.calls("POST", "/token") == 0


@given(st.text(max_size=255))
def test_whatever_a_text_holds_it_is_one_literal_of_that_value(text: str) -> None:
    try:
        written = quoted(text)
    except ValueError:
        return
    word, end = words(written)
    assert end.kind == "end"
    assert literal(word) == ("string", text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=255))
def test_a_text_without_control_characters_can_always_be_asked_for(text: str) -> None:
    assert quoted(text)


def test_nothing_of_a_person_is_in_what_goes_wrong(client: CrmClient, org: Remote, ann: Customer) -> None:
    private = replace(ann, last_name="Secretname")
    echo = [{"errorCode": "MALFORMED_QUERY", "message": "LastName = 'Secretname' AND Email = 'ann+shop@exam"}]
    faults: list[dict[str, Any]] = [
        {"kind": "status", "status": 400, "body": json.dumps(echo)},
        {"kind": "status", "status": 502, "body": "<p>GET /query?q=Secretname</p>"},
        {"kind": "status", "status": 403, "body": "Secretname"},
        {"kind": "html"},
        {"kind": "truncate"},
        {"kind": "cut_before"},
        {"kind": "cut_middle"},
    ]
    asked = question(MatchRule.LIST_EMAIL_NAME, private, LIST, person_accounts=False)
    assert asked
    seen = [repr(asked), repr(Call("GET", "http://crm", params={"q": asked.soql}))]
    for fault in faults:
        org.fault(path="query", **fault)
        with pytest.raises(OrderbridgeError) as raised:
            found(client, MatchRule.LIST_EMAIL_NAME, private)
        error = raised.value
        seen += [repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]
        seen.append(repr(pickle.loads(pickle.dumps(error))))  # noqa: S301  our own
    whole = "".join(seen).casefold()
    assert "secretname" not in whole
    assert "ann+shop" not in whole


def test_what_is_missing_over_there_is_named(client: CrmClient, org: Remote, ann: Customer) -> None:
    org.control("POST", "objects", {"name": "Contact", "remove": ["B2C_Customer_No__c"]})
    with pytest.raises(OrderbridgeError, match=r"crm answered 400 INVALID_FIELD \(B2C_Customer_No__c\)"):
        found(client, MatchRule.LIST_NUMBER, ann)
