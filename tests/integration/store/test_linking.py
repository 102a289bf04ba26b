"""Facts about an order that was not handed over yet, on a real ledger: linked at once when it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.core.messages import Dead, Done, Draft, Message, Outcome, Settled, Wait
from sync.core.orders import Order
from sync.core.ports import HandoverAccepted
from sync.core.sites import Site
from sync.flows.messages import Loop, Work, one_by_one

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOT_LINKED = Wait("order.not_linked", "no hand-over", 3600.0)
FACT = {"topic": "shipment.changed", "origin": "warehouse"}


@pytest.fixture
def place(
    book: Any, draft: Callable[..., Draft], order: Callable[..., Order], site: Site
) -> Callable[[str], Message]:
    def placed(number: str) -> Message:
        book.orders.reserve(order(number), site)
        book.add(draft(number))
        claimed: list[Message] = book.claim(key=number)
        return claimed[0]

    return placed


def accepted(number: str) -> HandoverAccepted:
    return HandoverAccepted(site="US", order_no=number, at=T0)


def claim(book: Any) -> list[Message]:
    return list(book.ledger.claim(["shipment.changed"], limit=10, lease=60))


def test_what_waits_for_its_order_is_due_the_moment_the_order_is_accepted(
    book: Any, draft: Callable[..., Draft], place: Callable[[str], Message]
) -> None:
    orders = {number: place(number) for number in ("1", "2")}
    book.add(*(draft(number, f"{number}{n}", **FACT) for number in orders for n in range(2)))
    for message in claim(book):
        book.settle(message, NOT_LINKED)
    assert claim(book) == []
    book.settle(orders["1"], Done(Outcome.APPLIED), accepted("1"))
    assert [message.key for message in claim(book)] == ["1"]


def test_a_fact_that_looked_just_before_the_acceptance_does_not_fall_asleep(
    book: Any, draft: Callable[..., Draft], place: Callable[[str], Message]
) -> None:
    order = place("1")
    book.add(draft("1", **FACT))
    (message,) = claim(book)
    book.settle(order, Done(Outcome.APPLIED), accepted("1"))
    book.settle(message, NOT_LINKED)
    assert [again.attempt for again in claim(book)] == [2]


def test_a_fact_that_was_given_up_is_joined_when_its_order_arrives_after_all(
    book: Any, draft: Callable[..., Draft], place: Callable[[str], Message]
) -> None:
    order = place("1")
    book.add(draft("1", "fact", **FACT), draft("1", "odd", **FACT))
    (message,) = claim(book)
    book.settle(message, Dead("order.not_linked", "no hand-over in three days"))
    (odd,) = claim(book)
    book.settle(odd, Dead("stage.unknown", "no such stage"))
    book.settle(order, Done(Outcome.APPLIED), accepted("1"))
    assert [again.dedupe_key for again in claim(book)] == ["fact"]
    assert book.row(odd)["state"] == "dead"


def test_the_bell_of_facts_is_rung_when_an_order_was_accepted(
    book: Any, place: Callable[[str], Message]
) -> None:
    order, rung = place("1"), list[str]()
    book.settle(order, Wait("order.held", "not yet", 0.0))
    loop = Loop(ledger=book.ledger, bell=rung.append, clock=lambda: T0)

    def accept(message: Message) -> Settled:
        return Settled(message, Done(Outcome.APPLIED), [accepted(message.key)])

    loop.deliver(["order.placed"], one_by_one(accept), Work())
    assert rung == ["shipment.changed"]
