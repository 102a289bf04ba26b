"""What agents see in the CRM: every fact once, in the fewest calls."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest

from sync.core.crm import AgentPlace, CrmPolicy
from sync.core.errors import Alarm, Rejected, Retryable
from sync.core.fulfillment import Item, Known, Shipment, Stage
from sync.core.links import Entity, Kind, Link, Subject, System
from sync.core.messages import Backoff, Dead, Done, Message, Outcome, Settled, Wait
from sync.core.ports import HandoverAccepted, ProgressMade, Selection
from sync.core.sites import Site
from sync.flows.agents import TOGETHER, AgentFlow
from sync.flows.messages import Loop, Work
from sync.store.agents import PostgresStories
from sync.store.ledger import PostgresLedger
from sync.store.letters import PostgresLetters
from sync.store.links import PostgresLinks
from sync.store.records import RECORDERS
from sync.store.stories import News
from sync.store.waiting import PostgresQueue
from tests.agents import FakeCrm
from tests.integration.store.conftest import T0, Book

STAGES = (Stage.ACCEPTED, Stage.PICKED, Stage.PACKED, Stage.SHIPPED)
NO = "UK00048213"


class House:
    """A ledger that notes stories of a site whose agents look at the CRM, and their flow."""

    def __init__(self, book: Book, site: Site, order: Callable[..., Any], draft: Callable[..., Any]) -> None:
        sessions = book.sessions
        self.book, self.order, self.draft = book, order, draft
        self.site = replace(site, crm=CrmPolicy(agent=AgentPlace.CRM))
        self.news = News({site.name: 0.0})
        self.ledger = PostgresLedger(sessions, Backoff(0.0, 0.0, 3), RECORDERS, self.news)
        self.letters = PostgresLetters(sessions, self.news)
        self.stories = PostgresStories(sessions)
        self.crm = FakeCrm()
        self.flow = AgentFlow(
            sites={site.name: self.site},
            stories=self.stories,
            crm=lambda: self.crm,
            links=PostgresLinks(sessions),
            queue=PostgresQueue(sessions),
            clock=lambda: datetime.now(UTC),
        )

    def place(self, *order_nos: str) -> None:
        self.ledger.add([self.draft(order_no) for order_no in order_nos])
        for message in self.ledger.claim(["order.placed"], limit=1000, lease=60):
            order = self.order(message.key)
            self.book.orders.reserve(order, self.site)
            accepted = HandoverAccepted(site="US", order_no=message.key, at=T0 + timedelta(minutes=1))
            self.ledger.settle([Settled(message, Done(Outcome.APPLIED), [accepted])])

    def hear(self, order_no: str, known: Known, version: int = 0, event: str = "1") -> None:
        fact = self.draft(order_no, f"{order_no}-{event}", topic="shipment.changed", origin="warehouse")
        self.ledger.add([fact])
        (message,) = self.ledger.claim(["shipment.changed"], limit=1, lease=60, key=order_no)
        progress = ProgressMade(site="US", order_no=order_no, version=version, known=known, at=T0)
        self.ledger.settle([Settled(message, Done(Outcome.APPLIED), [progress])])

    def claim(self) -> list[Message]:
        return self.ledger.claim(["story.changed"], limit=TOGETHER, lease=60)

    def tell(self) -> dict[str, int]:
        loop = Loop(ledger=self.ledger, bell=lambda _topic: None, clock=lambda: datetime.now(UTC))
        return loop.deliver(["story.changed"], self.flow.deliver, Work(batch=TOGETHER)).as_dict()

    def again(self, *order_nos: str, anew: bool = False) -> dict[str, int]:
        self.stories.tell("US", order_nos, f"hand:{len(self.crm.calls)}", anew=anew)
        return self.tell()

    def value(self, kind: str, key: str, name: str) -> object:
        return self.crm.records[kind][key.casefold()][name]


@pytest.fixture
def house(book: Book, site: Site, order: Callable[..., Any], draft: Callable[..., Any]) -> House:
    return House(book, site, order, draft)


def known(order_no: str, first: int = 4, second: int = 3) -> Known:
    """Two shipments that have come so many stages far."""
    shipments = {}
    for number, stages in ((1, first), (2, second)):
        reached = {stage: T0 + timedelta(hours=number, minutes=n) for n, stage in enumerate(STAGES[:stages])}
        name = f"{order_no}-{number}"
        if reached:
            shipments[name] = Shipment(
                name=name,
                reference=order_no,
                stage=STAGES[stages - 1],
                reached=reached,
                items=(Item(sku="A", quantity=number),),
                carrier="DPD",
                parcels=(f"P{number}",) if stages == 4 else (),
            )
    return Known(shipments=shipments)


def test_a_thousand_facts_take_five_calls_and_their_orders_one(house: House) -> None:
    numbers = [f"UK{number:05d}" for number in range(100)]
    house.place(*numbers)
    for number in numbers:
        house.hear(number, known(number))
    assert house.tell() == {"applied": 100}
    assert house.crm.calls == [
        ("OF_Order__c", 100),
        ("OF_Shipment__c", 200),
        *[("OF_Event__c", 200)] * 5,
    ]
    assert house.crm.taken("OF_Event__c") == 1000
    house.crm.calls.clear()
    assert house.again(*numbers) == {"applied": 100}
    assert house.crm.calls == []


def test_a_burst_of_facts_makes_one_message(house: House) -> None:
    house.place(NO)
    for version in range(4):
        house.hear(NO, known(NO, first=version + 1, second=0), version, str(version))
    (message,) = house.claim()
    assert (message.origin, message.key, message.body) == ("ledger", NO, "")
    # One of a key is claimed at a time: others could stand behind it.
    assert house.book.one("SELECT count(*) FROM message WHERE topic = 'story.changed'") == 1


def test_a_fact_that_comes_while_its_order_is_told_is_told_next(house: House) -> None:
    house.place(NO)
    claimed = house.claim()
    groups = house.flow.deliver(claimed)
    (settled,) = next(iter(groups))
    house.hear(NO, known(NO, first=1, second=0))
    house.ledger.settle([settled])
    house.tell()
    assert house.crm.calls[-1] == ("OF_Event__c", 1)
    assert house.value("OF_Event__c", f"US:{NO}:accepted:{NO}-1", "Text__c") == f"1 x A in {NO}-1"


def test_a_waiting_message_that_a_fact_joins_is_claimed_with_the_fact(house: House) -> None:
    house.place(NO)
    with house.book.sessions.begin() as session:
        house.news.of_order(session, ("US", NO), "fact")
        assert house.claim() == []
    assert len(house.claim()) == 1


def test_only_what_changed_is_written_again(house: House) -> None:
    house.place(NO)
    house.hear(NO, known(NO, first=1, second=0))
    house.tell()
    house.crm.calls.clear()
    house.hear(NO, known(NO, first=2, second=0), 1, "2")
    house.tell()
    # The shipment shows no stage by default.
    assert house.crm.calls == [("OF_Order__c", 1), ("OF_Event__c", 1)]
    assert house.value("OF_Order__c", f"US:{NO}", "Status__c") == "picked"


def test_an_order_has_its_status_times_and_total(house: House) -> None:
    house.place(NO)
    house.hear(NO, known(NO, first=4, second=0))
    house.tell()
    assert house.crm.records["OF_Order__c"][f"US:{NO}".casefold()] == {
        "Order_Key__c": f"US:{NO}",
        "Order_No__c": NO,
        "Status__c": "partly shipped",
        "Placed_At__c": "2026-03-01T12:00:00.000Z",
        "Last_Event_At__c": "2026-03-01T13:03:00.000Z",
        "Total__c": Decimal("11.00"),
    }
    assert house.crm.records["OF_Shipment__c"][f"US:{NO}:{NO}-1".casefold()] == {
        "Shipment_Key__c": f"US:{NO}:{NO}-1",
        "Order__r": {"Order_Key__c": f"US:{NO}"},
        "Carrier__c": "DPD",
        "Tracking_Number__c": "P1",
        "Tracking_Url__c": None,
        "Shipped_At__c": "2026-03-01T13:03:00.000Z",
    }
    event = house.crm.records["OF_Event__c"][f"US:{NO}:shipped:{NO}-1".casefold()]
    assert event["Order__r"] == {"Order_Key__c": f"US:{NO}"}
    assert (event["Type__c"], event["Quantity__c"]) == ("shipped", 1)
    assert event["Occurred_At__c"] == "2026-03-01T13:03:00.000Z"


def test_a_crash_before_the_settlement_writes_the_same_again(house: House) -> None:
    house.place(NO)
    claimed = house.claim()
    next(iter(house.flow.deliver(claimed)))
    written = house.crm.taken("OF_Event__c")
    assert written
    # The process is gone: its lease runs out, and another one claims the message anew.
    next(iter(house.flow.deliver(claimed)))
    assert house.crm.taken("OF_Event__c") == written
    assert house.crm.unchanged == written + 1


def test_a_refused_row_dies_with_the_crms_code_and_holds_up_no_other(house: House) -> None:
    house.place(NO, "UK2")
    house.crm.refuses = {f"US:{NO}:pushed:{NO}": ("FIELD_CUSTOM_VALIDATION_EXCEPTION",)}
    assert house.tell() == {"applied": 1, "dead": 1}
    (row,) = house.letters.rows(Selection(), 10)
    assert (row["error_code"], row["key"]) == ("record.refused", NO)
    told = row["error_detail"]["fields"][f"OF_Event__c[US:{NO}:pushed:{NO}]"]
    assert told == "FIELD_CUSTOM_VALIDATION_EXCEPTION: no such value"
    house.crm.refuses = {}
    house.crm.calls.clear()
    house.letters.requeue([row["id"]], actor="anna")
    assert house.tell() == {"applied": 1}
    assert house.crm.calls == [("OF_Event__c", 1)]


def test_a_later_success_closes_an_earlier_refusal(house: House) -> None:
    house.place(NO)
    house.crm.refuses = {f"US:{NO}:pushed:{NO}": ("INVALID_FIELD",)}
    house.tell()
    house.crm.refuses = {}
    house.hear(NO, known(NO, first=1, second=0))
    house.tell()
    assert house.letters.count_dead(Selection()) == 0


def test_what_belongs_to_a_refused_new_order_is_not_sent(house: House) -> None:
    house.place(NO)
    house.crm.refuses = {f"US:{NO}": ("REQUIRED_FIELD_MISSING",)}
    assert house.tell() == {"dead": 1}
    assert house.crm.calls == [("OF_Order__c", 1)]


def test_a_locked_row_is_tried_again(house: House) -> None:
    house.place(NO)
    house.crm.refuses = {f"US:{NO}:pushed:{NO}": ("UNABLE_TO_LOCK_ROW",)}
    (settled,) = next(iter(house.flow.deliver(house.claim())))
    assert (settled.settlement.code, type(settled.settlement).__name__) == ("record.busy", "Retry")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Retryable("crm.quota", "none left", retry_after=900), Wait),
        (Alarm("credentials.refused", "no"), Dead),
    ],
)
def test_what_was_sent_before_a_failure_is_remembered(house: House, failure: Exception, kind: type) -> None:
    house.place(*(f"UK{number:05d}" for number in range(100)))
    # Orders, and of 300 events the first 200.
    house.crm.fails, house.crm.fails_after = failure, 2
    settled = list(next(iter(house.flow.deliver(house.claim()))))
    house.ledger.settle(settled)
    ends = [type(one.settlement) for one in settled]
    assert ends.count(Done) == 66
    assert ends.count(kind) == 34
    house.crm.fails = None
    house.crm.calls.clear()
    house.again(*(f"UK{number:05d}" for number in range(100)))
    assert house.crm.calls == [("OF_Event__c", 100)]


def test_the_order_shows_the_contact_and_account_of_its_shopper(house: House) -> None:
    shopper = Subject(entity=Entity.CUSTOMER, scope="US", key="7")
    order = Subject(entity=Entity.ORDER, scope="US", key=NO)
    number = Link(subject=order, system=System.STOREFRONT, kind=Kind.ORDER_NO, value=NO, belongs_to=shopper)
    ids = {Kind.CONTACT: "003A0000006Vm9rIAC", Kind.ACCOUNT: "001A0000006Vm9rIAC"}
    people = [Link(subject=shopper, system=System.CRM, kind=kind, value=value) for kind, value in ids.items()]
    house.place(NO)
    known = {order: [number], shopper: people}
    house.flow = replace(house.flow, links=Mock(of=known.__getitem__))
    house.tell()
    shown = house.crm.records["OF_Order__c"][f"US:{NO}".casefold()]
    assert (shown["Contact__c"], shown["Account__c"]) == tuple(ids.values())


def test_a_slow_crm_is_told_the_rest_by_the_next_batch(house: House) -> None:
    numbers = [f"UK{number:05d}" for number in range(100)]
    house.place(*numbers)
    times = iter([T0, T0, T0, *[T0 + timedelta(minutes=2)] * 200])
    slow = replace(house.flow, clock=lambda: next(times))
    settled = list(next(iter(slow.deliver(house.claim()))))
    house.ledger.settle(settled)
    assert house.crm.calls == [("OF_Order__c", 100), ("OF_Event__c", 200)]
    assert [type(one.settlement) for one in settled].count(Done) == 66
    assert house.tell() == {"applied": 34}
    assert house.crm.calls[2:] == [("OF_Event__c", 100)]


def test_a_crm_that_is_away_uses_up_no_tries(house: House) -> None:
    house.place(NO)
    house.crm.fails = Retryable("remote.unavailable", "away")
    for _ in range(5):
        house.stories.tell("US", [NO], "hand")
        assert house.tell() == {"wait": 1}
    house.crm.fails = None
    assert house.again(NO) == {"applied": 1}


def test_a_call_that_can_never_succeed_is_kept_for_a_person(house: House) -> None:
    house.place(NO)
    house.crm.fails = Rejected("record.refused", "NOT_FOUND: OF_Order__c")
    assert house.tell() == {"dead": 1}


def test_everything_is_written_anew_when_asked_for(house: House) -> None:
    house.place(NO)
    house.tell()
    house.crm.calls.clear()
    house.again(NO, anew=True)
    assert house.crm.calls == [("OF_Order__c", 1), ("OF_Event__c", 3)]


def test_a_cured_refusal_is_withdrawn_once(house: House) -> None:
    house.ledger.add([house.draft(NO)])
    (message,) = house.ledger.claim(["order.placed"], limit=1, lease=60)
    reason = {"shippingAddress.phone": "'Imogen Hartley' is no number"}
    house.ledger.settle([Settled(message, Dead("address.invalid", "Imogen Hartley", reason))])
    house.tell()
    rejected = f"US:{NO}:rejected:{message.id}"
    assert house.value("OF_Event__c", rejected, "Text__c") == "order.placed: address.invalid"
    assert house.value("OF_Order__c", f"US:{NO}", "Status__c") == "rejected"
    assert "Imogen" not in str(house.crm.records)
    house.letters.requeue([message.id], actor="anna.schmidt")
    house.place()
    house.tell()
    assert house.value("OF_Event__c", rejected, "Type__c") == "withdrawn"
    assert "anna" not in str(house.crm.records)
    house.crm.calls.clear()
    house.again(NO)
    assert house.crm.calls == []


def test_a_site_whose_agents_look_elsewhere_makes_no_messages(book: Book, draft: Callable[..., Any]) -> None:
    book.add(draft(NO))
    (message,) = book.claim()
    book.settle(message)
    assert book.one("SELECT count(*) FROM message") == 1


def test_a_site_that_has_left_the_crm_writes_no_more(house: House) -> None:
    house.place(NO)
    house.flow.sites["US"] = replace(house.site, crm=CrmPolicy())  # type: ignore[index]
    assert house.tell() == {"applied": 1}
    assert house.crm.calls == []


def test_known_orders_are_listed_page_by_page_the_refused_ones_too(house: House) -> None:
    house.place("UK1", "UK2")
    house.ledger.add([house.draft("UK0")])
    assert [number for page in house.stories.known("US", None) for number in page] == ["UK0", "UK1", "UK2"]
    later = T0 + timedelta(days=1)
    assert [number for page in house.stories.known("US", later) for number in page] == ["UK0"]


def test_waiting_stories_are_counted_by_site(house: House) -> None:
    house.place(NO)
    assert house.stories.waiting()["US"][0] == 1
    house.tell()
    assert house.stories.waiting() == {}
