"""Who ordered becomes known after the CRM was told of the order: its record gets the contact at once."""

from collections.abc import Callable
from typing import Any

import pytest

from sync.core.links import Entity, Kind, Link, Subject, System
from sync.core.messages import Dead, Done, Outcome, Settled, Settlement, Wait
from sync.core.ports import LinksProven
from sync.core.proofs import order_subject
from sync.core.sites import Site
from sync.flows.drafts import link_requested
from tests.integration.store.conftest import T0, Book
from tests.integration.store.test_agents import NO, House

OTHER = "UK00048214"
SHOPPER = Subject(entity=Entity.CUSTOMER, scope="US", key="number:00051877")
CONTACT = "003A0000006Vm9rIAC"


@pytest.fixture
def house(book: Book, site: Site, order: Callable[..., Any], draft: Callable[..., Any]) -> House:
    return House(book, site, order, draft)


def shopper_of(order_no: str) -> Link:
    return Link(
        subject=order_subject("US", order_no),
        system=System.STOREFRONT,
        kind=Kind.ORDER_NO,
        value=order_no,
        belongs_to=SHOPPER,
    )


def looked_up(house: House, order_no: str, settlement: Settlement, *links: Link) -> None:
    """End an order's look-up, with the links that it proves."""
    house.ledger.add([link_requested("US", order_no, f"link:{order_no}")])
    (message,) = house.ledger.claim(["link.requested"], limit=1, lease=60, key=order_no)
    proven = [LinksProven(links=links, at=T0, site="US", order_no=order_no, message=message.id)]
    assert all(house.ledger.settle([Settled(message, settlement, proven if links else [])]))


def test_a_contact_that_is_found_is_written_with_the_fact(house: House) -> None:
    house.place(NO)
    house.tell()
    assert "Contact__c" not in house.crm.records["OF_Order__c"][f"us:{NO.lower()}"]
    contact = Link(subject=SHOPPER, system=System.CRM, kind=Kind.CONTACT, value=CONTACT)
    looked_up(house, NO, Done(Outcome.APPLIED, "linked"), shopper_of(NO), contact)
    assert house.tell() == {"applied": 1}
    assert house.value("OF_Order__c", f"US:{NO}", "Contact__c") == CONTACT
    types = [row["Type__c"] for row in house.crm.records["OF_Event__c"].values()]
    assert types.count("customer") == 1


def test_a_look_up_that_another_order_has_spared_brings_the_contact_too(house: House) -> None:
    house.place(NO, OTHER)
    house.tell()
    contact = Link(subject=SHOPPER, system=System.CRM, kind=Kind.CONTACT, value=CONTACT)
    looked_up(house, OTHER, Done(Outcome.APPLIED, "linked"), shopper_of(NO), shopper_of(OTHER), contact)
    house.tell()
    looked_up(house, NO, Done(Outcome.DUPLICATE, "the customer is known already"))
    assert house.tell() == {"applied": 1}
    assert house.value("OF_Order__c", f"US:{NO}", "Contact__c") == CONTACT


def test_a_look_up_that_waits_is_no_news_and_one_that_died_is(house: House) -> None:
    house.place(NO)
    house.tell()
    looked_up(house, NO, Wait("customer.unlinked", "away", 0.0))
    assert house.tell() == {}
    (message,) = house.ledger.claim(["link.requested"], limit=1, lease=60, key=NO)
    house.ledger.settle([Settled(message, Dead("credentials.refused", "refused"), [])])
    assert house.tell() == {"applied": 1}
