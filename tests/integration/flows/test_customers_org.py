"""Stories of customers on the CRM's stand-in: its client, its queries, and its bad hours."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from sync.core.crm import CrmPolicy, MatchRule
from sync.core.sites import HoldPolicy
from tests.integration.flows.shopping import MAIL, PLACES, SHOPPER, SITE, Shop

RULES = (MatchRule.CUSTOMER_ID, MatchRule.LIST_NUMBER, MatchRule.LIST_EMAIL_NAME)
CONTACT, OTHER = "0035g00000AsDfGAAV", "0035g00000AsDfHAAV"
ACCOUNT, BRANCH = "0015g00000QwErTAAV", "0015g00000QwErUAAV"
ANN = {"LastName": "Hartley", "Email": MAIL, "B2C_CustomerList_ID__c": SITE}
MINE = {"B2C_Customer_ID__c": SHOPPER["customerId"], "B2C_Customer_No__c": SHOPPER["customerNo"]}


class Org(Shop):
    """Shoppers, and the stand-in of the CRM that they are in."""

    def crm(self, method: str, door: str, body: Any = None) -> Any:
        url = f"{self.house.sandbox.crm_url}/_sandbox/{door}"
        answer = requests.request(method, url, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer

    def knows(self, contact: str, account: str = "", **fields: Any) -> None:
        person = {**ANN, "Id": contact, **fields}
        self.crm("POST", "contacts", [{**person, "AccountId": account} if account else person])

    def accounts(self, *ids: str) -> None:
        self.crm("POST", "accounts", [{"Id": one, "Name": f"Company {one[-4:]}"} for one in ids])

    def people(self) -> list[dict[str, Any]]:
        """The contacts that there are; none is ever created."""
        return list(self.crm("GET", "records/Contact").json())

    def looks_up_now(self, number: str) -> dict[str, int]:
        """The same, for what the CRM has asked to wait for long."""
        self.house.bridge.queue.hurry(SITE, number, "crm")
        return self.looks_up()


@pytest.fixture
def enter(make_house: Callable[..., Any]) -> Callable[..., Org]:
    def entered(**policy: Any) -> Org:
        house = make_house(HoldPolicy(), crm=CrmPolicy(**{"match": RULES, **PLACES, **policy}))
        org = Org(house)
        org.crm("POST", "reset")
        return org

    return entered


Enter = Callable[..., Org]


def test_a_registered_customer_of_a_company_is_found_and_remembered(enter: Enter) -> None:
    org = enter()
    org.accounts(ACCOUNT)
    org.knows(CONTACT, ACCOUNT, **MINE)
    first = org.buys()
    org.looks_up()
    assert org.sent(first) == ("", "")
    assert org.sent(org.buys()) == (ACCOUNT, CONTACT)
    assert len(org.people()) == 1


@pytest.mark.parametrize(
    ("mail", "stored"),
    [
        ("Imogen.HARTLEY@Example.test", MAIL),
        ("o'brien+gifts@example.test", "O'Brien+Gifts@example.test"),
        ("100%_sure@example.test", "100%_sure@example.test"),
    ],
)
def test_a_guest_is_found_however_the_address_is_written(enter: Enter, mail: str, stored: str) -> None:
    org = enter()
    org.knows(CONTACT, Email=stored)
    org.knows(OTHER, Email="somebody@example.test")
    number = org.buys(mail=mail, guest=True)
    org.looks_up()
    assert org.remembers(number) == [(CONTACT, True)]


def test_a_wildcard_in_an_address_finds_nobody_else(enter: Enter) -> None:
    org = enter()
    org.knows(CONTACT, Email="imogen@example.test")
    number = org.buys(mail="%@example.test", guest=True)
    org.looks_up()
    assert org.remembers(number) == []
    assert org.house.dead() == []


def test_a_person_account_is_both_of_its_ids(enter: Enter) -> None:
    org = enter(person_accounts=True)
    org.crm("PUT", "switches", {"person_accounts": True})
    person = {"Id": ACCOUNT, "LastName": "Hartley", "PersonEmail": MAIL}
    listed = {"B2C_CustomerList_ID__pc": SITE, "B2C_Customer_ID__pc": SHOPPER["customerId"]}
    org.crm("POST", "accounts", [person | listed])
    (contact,) = org.people()
    org.buys()
    org.looks_up()
    assert org.sent(org.buys()) == (ACCOUNT, contact["Id"])


def test_a_merged_contact_is_replaced_when_its_customer_is_looked_up_anew(enter: Enter) -> None:
    org = enter()
    org.knows(CONTACT, **MINE)
    org.knows(OTHER, B2C_Customer_ID__c="bdOther")
    number = org.buys()
    org.looks_up()
    # The master takes the loser's place, and its external ids by the hand of who merges.
    org.crm("POST", "merge", {"object": "Contact", "master": OTHER, "loser": CONTACT})
    org.knows(OTHER, **MINE)
    assert org.looks_up_anew(number) == {"applied": 1}
    assert org.remembers(number) == [(OTHER, True), (CONTACT, False)]
    assert org.sent(org.buys()) == ("", OTHER)


def test_two_contacts_with_one_address_are_a_conflict(enter: Enter) -> None:
    org = enter()
    org.knows(CONTACT)
    org.knows(OTHER, Email=MAIL.upper())
    number = org.buys()
    assert org.looks_up() == {"conflict": 1}
    (conflict,) = org.house.disputed(number)
    assert CONTACT in conflict.warehouse
    assert OTHER in conflict.warehouse


def test_while_the_crm_does_not_answer_orders_flow_and_links_come_later(enter: Enter) -> None:
    org = enter()
    org.knows(CONTACT, **MINE)
    org.crm("PUT", "faults", {"rules": [{"kind": "status", "status": 503, "path": ".*services.*"}]})
    number = org.buys()
    for _ in range(25):
        assert org.looks_up_now(number) == {"wait": 1}
    assert org.house.order(number)["exportStatus"] == "exported"
    org.crm("DELETE", "faults")
    assert org.looks_up_now(number) == {"applied": 1}
    assert org.remembers(number) == [(CONTACT, True)]
    assert org.house.dead() == []
    org.house.nothing_twice()


def test_when_the_calls_of_the_day_are_used_up_look_ups_wait_and_orders_flow(enter: Enter) -> None:
    org = enter()
    org.crm("PUT", "limits", {"daily_calls": 1, "used": 1})
    number = org.buys()
    for _ in range(25):
        assert org.looks_up_now(number) == {"wait": 1}
    assert org.house.order(number)["exportStatus"] == "exported"
    assert org.house.dead() == []
    (row,) = org.house.rows("SELECT error_detail FROM message WHERE topic = 'link.requested'")
    assert "crm.quota" in str(row)
