"""Stories of customers: how an order's shopper is known in the CRM, and what is remembered of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sync.core.crm import CrmPolicy, MatchRule
from sync.core.errors import Alarm, Rejected, Retryable
from sync.core.messages import Backoff, Settled, Topic, Wait
from sync.core.ports.conflicts import Resolution
from sync.core.sites import HoldPolicy
from tests.crm_book import Book, Person
from tests.integration.flows.shopping import MAIL, PLACES, SHOPPER, SITE, Shop

RULES = (MatchRule.CUSTOMER_ID, MatchRule.LIST_NUMBER, MatchRule.LIST_EMAIL_NAME)
CONTACT, OTHER, THIRD = "0035g00000AsDfGAAV", "0035g00000AsDfHAAV", "0035g00000AsDfIAAV"
ACCOUNT, BRANCH = "0015g00000QwErTAAV", "0015g00000QwErUAAV"
DOWN = Retryable("remote.unavailable", "crm answered 503", remote_status=503)
Enter = Callable[..., Any]


class Shopping(Shop):
    """Shoppers, and a CRM in memory that they are in."""

    def __init__(self, house: Any, book: Book) -> None:
        super().__init__(house)
        self.book = book


@pytest.fixture
def enter(make_house: Callable[..., Any]) -> Enter:
    def entered(*people: Person, hold: HoldPolicy | None = None, **policy: Any) -> Shopping:
        book = Book(list(people))
        house = make_house(hold or HoldPolicy(), crm=CrmPolicy(**{"match": RULES, **PLACES, **policy}))
        house.bridge.__dict__["crm"] = book
        return Shopping(house, book)

    return entered


REGISTERED = Person(CONTACT, ACCOUNT, MAIL, "Hartley", "00051877", "bdAbc123XyZ")


def test_an_order_that_names_its_contact_asks_nobody_and_is_remembered(enter: Enter) -> None:
    shop = enter(REGISTERED)
    number = shop.buys(c_b2ccrm_contactId=CONTACT[:15], c_b2ccrm_accountId=ACCOUNT[:15])
    again = shop.buys()
    shop.looks_up()
    assert shop.sent(number) == shop.sent(again) == (ACCOUNT, CONTACT)
    assert shop.remembers(number) == [(CONTACT, True)]
    assert shop.book.asked == []


def test_a_registered_customer_is_found_after_the_hand_over_and_asked_for_once(enter: Enter) -> None:
    shop = enter(REGISTERED)
    first = shop.buys()
    assert shop.sent(first) == ("", "")
    assert shop.book.asked == []
    assert shop.looks_up() == {"applied": 1}
    second = shop.buys()
    assert shop.looks_up() == {}
    assert shop.sent(second) == (ACCOUNT, CONTACT)
    assert shop.sent(first) == ("", "")
    assert shop.book.asked == [MatchRule.CUSTOMER_ID]
    assert ("customer", f"linked to {CONTACT} of account {ACCOUNT} by customer_id") in shop.story(first)
    shop.house.nothing_twice()


def test_a_guest_is_found_by_address_and_name_and_remembered_by_the_address(enter: Enter) -> None:
    shop = enter(Person(CONTACT, "", MAIL, "Hartley"))
    first = shop.buys(guest=True, mail="Imogen.HARTLEY@Example.test")
    shop.looks_up()
    second = shop.buys(guest=True)
    shop.looks_up()
    assert shop.sent(second) == ("", CONTACT)
    assert shop.remembers(first) == [(CONTACT, True)]
    assert shop.book.asked == [MatchRule.LIST_EMAIL_NAME]


def test_a_guest_and_the_registered_customer_he_is_may_have_one_contact(enter: Enter) -> None:
    shop = enter(REGISTERED)
    guest, customer = shop.buys(guest=True), shop.buys()
    shop.looks_up()
    assert shop.remembers(guest) == shop.remembers(customer) == [(CONTACT, True)]
    assert shop.house.disputed(guest) == shop.house.disputed(customer) == []


def test_a_plus_address_is_another_person(enter: Enter) -> None:
    shop = enter(Person(CONTACT, "", MAIL, "Hartley"))
    number = shop.buys(guest=True, mail=MAIL.replace("@", "+gifts@"))
    shop.looks_up()
    assert shop.remembers(number) == []
    assert shop.looked_up(number)[:2] == ("done", "no contact by customer_id, list_number, list_email_name")


def test_nobody_is_asked_for_again_with_the_next_order_only(enter: Enter) -> None:
    shop = enter()
    shop.buys()
    assert shop.looks_up() == {"applied": 1}
    assert shop.looks_up() == {}
    shop.book.people = [REGISTERED]
    second = shop.buys()
    shop.looks_up()
    assert shop.remembers(second) == [(CONTACT, True)]


def test_the_buying_contact_of_an_account_with_several_is_known_by_its_order(enter: Enter) -> None:
    buyers = [Person(CONTACT, ACCOUNT, MAIL, "Hartley"), Person(OTHER, BRANCH, MAIL, "Hartley")]
    shop = enter(*buyers)
    number = shop.buys(c_b2ccrm_accountId=BRANCH)
    assert shop.sent(number) == (BRANCH, "")
    shop.looks_up()
    assert shop.remembers(number) == [(OTHER, True)]
    colleague = {**SHOPPER, "customerNo": "00051878", "customerId": "bdOther"}
    second = shop.buys(
        who=colleague, mail="rhys@example.test", c_b2ccrm_accountId=BRANCH, c_b2ccrm_contactId=THIRD
    )
    assert shop.sent(second) == (BRANCH, THIRD)
    assert shop.sent(shop.buys()) == (BRANCH, OTHER)


def test_a_contact_of_two_accounts_buys_for_the_one_that_its_order_names(enter: Enter) -> None:
    shop = enter(Person(CONTACT, ACCOUNT, MAIL, "Hartley"), Person(CONTACT, BRANCH, MAIL, "Hartley"))
    shop.buys()
    shop.looks_up()
    assert shop.sent(shop.buys()) == ("", CONTACT)
    assert shop.sent(shop.buys(c_b2ccrm_accountId=BRANCH)) == (BRANCH, CONTACT)
    assert shop.house.rows("SELECT * FROM conflict") == []


def test_several_contacts_are_a_conflict_that_ends_with_a_persons_choice(enter: Enter) -> None:
    shop = enter(Person(CONTACT, ACCOUNT, MAIL, "Hartley"), Person(OTHER, BRANCH, MAIL, "Hartley"))
    first, second = shop.buys(), shop.buys()
    assert shop.looks_up() == {"conflict": 2}
    (conflict,) = shop.house.disputed(first)
    assert shop.house.disputed(second) == []
    assert (conflict.field, conflict.owner) == ("customer.contact", "crm")
    assert CONTACT in conflict.detail
    assert MAIL not in conflict.detail
    with pytest.raises(Rejected) as refused:
        shop.resolve(first, Resolution.CHOOSE, THIRD)
    assert refused.value.code == "conflict.impossible"
    with pytest.raises(Rejected):
        shop.resolve(first, Resolution.KEEP_THEIRS)
    assert OTHER in shop.resolve(first, Resolution.CHOOSE, OTHER[:15])
    assert shop.looks_up() == {"applied": 1}
    assert shop.sent(shop.buys()) == (BRANCH, OTHER)
    assert any("by a person's word" in words for what, words in shop.story(first) if what == "customer")


def test_a_dismissed_conflict_does_not_come_back_until_the_crm_says_something_else(enter: Enter) -> None:
    shop = enter(Person(CONTACT, "", MAIL, "Hartley"), Person(OTHER, "", MAIL, "Hartley"))
    first = shop.buys()
    shop.looks_up()
    shop.resolve(first, Resolution.KEEP_OURS)
    second = shop.buys()
    assert shop.looks_up() == {"applied": 1}
    assert shop.house.disputed(second) == []
    shop.book.people.append(Person(THIRD, "", MAIL, "Hartley"))
    third = shop.buys()
    assert shop.looks_up() == {"conflict": 1}
    assert len(shop.house.disputed(third)) == 1


def test_contacts_that_were_merged_since_are_looked_up_once_more_on_demand(enter: Enter) -> None:
    shop = enter(Person(CONTACT, "", MAIL, "Hartley"), Person(OTHER, "", MAIL, "Hartley"))
    number = shop.buys()
    shop.looks_up()
    shop.book.people.pop()
    shop.resolve(number, Resolution.REASSERT)
    shop.looks_up()
    assert shop.remembers(number) == [(CONTACT, True)]


def test_the_storefronts_newer_contact_replaces_a_merged_one_which_is_history(enter: Enter) -> None:
    shop = enter(REGISTERED)
    first = shop.buys()
    shop.looks_up()
    second = shop.buys(c_b2ccrm_contactId=OTHER, c_b2ccrm_accountId=BRANCH)
    assert shop.remembers(first) == [(OTHER, True), (CONTACT, False)]
    assert shop.sent(second) == shop.sent(shop.buys()) == (BRANCH, OTHER)


def test_what_is_only_remembered_does_not_outlive_the_storefronts_word_that_ends_it(enter: Enter) -> None:
    shop = enter(match=())
    first = shop.buys(c_b2ccrm_contactId=CONTACT)
    late = shop.places(c_b2ccrm_contactId=OTHER)
    (held,) = shop.house.bridge.ledger.claim([Topic.ORDER_PLACED], limit=1, lease=60)
    second = shop.buys()
    assert shop.sent(second) == ("", CONTACT)
    assert shop.house.bridge.ledger.settle([Settled(held, Wait("order.held", "for now", 0.0))]) == [True]
    shop.house.work()
    assert shop.sent(late) == ("", OTHER)
    assert shop.remembers(first) == [(OTHER, True), (CONTACT, False)]


def test_a_changed_address_leaves_a_customer_who_he_was(enter: Enter) -> None:
    shop = enter(REGISTERED)
    shop.buys()
    shop.looks_up()
    moved = shop.buys(mail="imogen@new.example")
    assert shop.sent(moved) == (ACCOUNT, CONTACT)
    assert len(shop.book.asked) == 1


def test_an_hour_without_the_crm_holds_no_order_and_the_links_come_by_themselves(enter: Enter) -> None:
    shop = enter(REGISTERED)
    shop.book.away = DOWN
    numbers = [shop.buys(mail=f"{n}@example.test", guest=True) for n in range(2)] + [shop.buys()]
    for _ in range(25):
        assert shop.looks_up().keys() <= {"wait"}
    for number in numbers:
        assert shop.house.order(number)["exportStatus"] == "exported"
        assert shop.looked_up(number) == ("due", "", "customer.unlinked")
    assert ("pending", "link.requested, after") in [
        (what, words[:21]) for what, words in shop.story(numbers[2])
    ]
    shop.book.away = None
    assert shop.looks_up() == {"applied": 3}
    assert shop.remembers(numbers[2]) == [(CONTACT, True)]
    assert shop.house.dead() == []
    shop.house.nothing_twice()


def test_while_the_crm_is_away_only_one_of_a_batch_asks_it(enter: Enter) -> None:
    shop = enter()
    for n in range(4):
        shop.buys(mail=f"{n}@example.test", guest=True)
    shop.book.away = DOWN
    bridge = shop.house.bridge
    claimed = bridge.ledger.claim([Topic.LINK_REQUESTED], limit=10, lease=60)
    settled = [one for group in bridge.customers.deliver(claimed) for one in group]
    assert [one.settlement.code for one in settled] == ["customer.unlinked"] * 4
    assert len(shop.book.asked) == 1


def test_pauses_grow_and_a_longer_one_that_the_crm_asks_for_counts(enter: Enter) -> None:
    shop = enter()
    shop.buys()
    flow = replace(shop.house.bridge.customers, backoff=Backoff(first=1.0, longest=900.0, attempts=20))
    (message,) = shop.house.bridge.ledger.claim([Topic.LINK_REQUESTED], limit=1, lease=60)
    shop.book.away = DOWN

    def pause(attempt: int) -> float:
        ((settled,),) = flow.deliver([replace(message, attempt=attempt)])
        return float(settled.settlement.after)

    assert [pause(1), pause(3), pause(40)] == [1.0, 4.0, 900.0]
    shop.book.away = Retryable("remote.throttled", "slow down", retry_after=5000.0)
    assert pause(1) == 5000.0


def test_a_crm_that_refuses_the_login_is_a_dead_letter_and_no_order_waits(enter: Enter) -> None:
    shop = enter(REGISTERED)
    shop.book.away = Alarm("credentials.refused", "crm refused the login")
    number = shop.buys()
    shop.looks_up()
    assert shop.house.dead() == [(number, "credentials.refused")]
    assert shop.house.order(number)["exportStatus"] == "exported"


def test_an_order_waits_for_its_contact_where_the_site_says_so(enter: Enter) -> None:
    shop = enter(REGISTERED, wait=True)
    shop.book.away = DOWN
    number = shop.buys()
    assert shop.house.stored(number) == []
    assert shop.sentence(number).startswith("Held since")
    assert "CRM" in shop.sentence(number)
    shop.book.away = None
    shop.house.bridge.queue.hurry(SITE, number, "storefront")
    shop.house.work()
    assert shop.sent(number) == (ACCOUNT, CONTACT)
    assert shop.remembers(number) == [(CONTACT, True)]
    assert any(what == "held" for what, _ in shop.story(number))
    assert shop.looks_up() == {}


def test_a_crm_that_does_not_answer_is_asked_once_for_a_batch_of_waiting_orders(enter: Enter) -> None:
    shop = enter(REGISTERED, wait=True)
    shop.house.bridge.__dict__["orders"] = replace(shop.house.bridge.orders, parallel=1)
    shop.book.away = DOWN
    numbers = [shop.places() for _ in range(3)]
    messages = shop.house.bridge.ledger.claim([Topic.ORDER_PLACED], limit=50, lease=60)
    settled = [one for group in shop.house.bridge.orders.deliver(messages) for one in group]
    assert [one.settlement.code for one in settled] == ["customer.unlinked"] * len(numbers)
    assert len(shop.book.asked) == 1


def test_what_an_attempt_found_whose_answer_was_lost_is_looked_up_once_more(enter: Enter) -> None:
    shop = enter(REGISTERED, wait=True)
    number = shop.places()
    shop.house.yard("PUT", "faults", {"rules": [{"kind": "cut_after", "path": "importitems", "times": 1}]})
    shop.house.work()
    shop.house.yard("DELETE", "faults")
    assert shop.sent(number) == (ACCOUNT, CONTACT)
    assert shop.looks_up() == {"applied": 1}
    assert shop.remembers(number) == [(CONTACT, True)]
    shop.house.nothing_twice()


def test_a_waiting_order_goes_without_a_contact_that_nobody_knows(enter: Enter) -> None:
    shop = enter(wait=True)
    assert shop.sent(shop.buys()) == ("", "")


@pytest.mark.parametrize(
    ("decision", "choice", "contact"),
    [(Resolution.CHOOSE, OTHER, OTHER), (Resolution.KEEP_OURS, "", "")],
)
def test_a_waiting_order_goes_when_a_person_has_decided(
    enter: Enter, decision: Resolution, choice: str, contact: str
) -> None:
    shop = enter(Person(CONTACT, "", MAIL, "Hartley"), Person(OTHER, "", MAIL, "Hartley"), wait=True)
    number = shop.buys()
    assert shop.house.stored(number) == []
    shop.resolve(number, decision, choice)
    shop.looks_up()
    shop.house.bridge.queue.hurry(SITE, number, "storefront")
    shop.house.work()
    assert shop.sent(number) == ("", contact)


def test_without_rules_nothing_is_looked_up(enter: Enter) -> None:
    shop = enter(REGISTERED, match=())
    shop.buys()
    assert shop.looks_up() == {}
    assert shop.house.rows("SELECT 1 FROM message WHERE topic = 'link.requested'") == []


def test_a_request_carries_nothing_of_the_person(enter: Enter) -> None:
    shop = enter(REGISTERED)
    number = shop.buys()
    (row,) = shop.house.rows("SELECT body, dedupe_key, note FROM message WHERE topic = 'link.requested'")
    assert not any(value in str(row) for value in (MAIL, "Hartley", "00051877", "bdAbc123XyZ"))
    assert number in row["body"]
