from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from sync.core.errors import Alarm
from sync.core.messages import Done, Draft, Message, Outcome, Retry, Settled
from sync.core.sites import Route, Site, StockPolicy
from sync.flows.messages import Loop, Work, of_each

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def message(number: int) -> Message:
    return Message(
        id=number,
        attempt=1,
        site="US",
        topic="order.placed",
        origin="storefront",
        key=str(number),
        dedupe_key=str(number),
        body="{}",
        correlation_id="c",
    )


class Memory:
    """A ledger that gives each batch once and remembers what was settled."""

    def __init__(self, *batches: list[Message]) -> None:
        self.batches = list(batches)
        self.settled: list[Settled] = []

    def add(self, drafts: Sequence[Draft]) -> int:
        return len(drafts)

    def claim(
        self,
        topics: Collection[str],
        *,
        limit: int,
        lease: float,
        site: str | None = None,
        key: str | None = None,
    ) -> list[Message]:
        del topics, limit, lease, site, key
        return self.batches.pop(0) if self.batches else []

    def settle(self, settled: Sequence[Settled]) -> list[bool]:
        self.settled += settled
        return [True] * len(settled)


def site(name: str) -> Site:
    return Site(
        name=name,
        currency="USD",
        currencies={"USD": 2},
        locale="en_US",
        taxation="net",
        routes=(Route(channel=name, organisation="o"),),
        country="US",
        stock=StockPolicy(inventory_list="list", warehouses=("MAIN",)),
        shipping_methods={},
    )


def test_a_site_that_cannot_be_collected_holds_up_no_other_and_is_reported() -> None:
    collected, rung = [], []

    def collect(one: Site) -> int:
        if one.name == "US":
            raise Alarm("credentials.refused", "not this site")
        collected.append(one.name)
        return 1

    with pytest.raises(Alarm):
        of_each(map(site, ["US", "UK", "EU"]), collect, lambda: rung.append("bell"))
    assert (collected, rung) == (["UK", "EU"], ["bell"])


def test_a_bug_in_a_whole_batch_is_a_fault_of_what_it_left_unsettled_and_work_goes_on() -> None:
    ledger = Memory([message(1), message(2), message(3)], [message(4)])

    def handle(messages: Sequence[Message]) -> Iterator[Iterable[Settled]]:
        for one in messages:
            if one.id == 2:
                raise UnicodeEncodeError("latin-1", "x", 0, 1, "a channel's name no header can carry")
            yield [Settled(one, Done(Outcome.APPLIED))]

    loop = Loop(ledger=ledger, bell=lambda _topic: None, clock=lambda: T0)
    report = loop.deliver(["order.placed"], handle, Work())
    ends = {one.message.id: one.settlement for one in ledger.settled}
    fault = Retry("bridge.fault", "UnicodeEncodeError")
    assert ends == {1: Done(Outcome.APPLIED), 2: fault, 3: fault, 4: Done(Outcome.APPLIED)}
    assert report.as_dict() == {"applied": 2, "retry": 2}


def test_what_is_left_when_a_turn_is_over_is_rung_for_and_stands_in_line_again() -> None:
    ledger, rung = Memory([message(1)], [message(2)], [message(3)]), list[str]()
    moments = iter(T0 + timedelta(seconds=seconds / 2) for seconds in range(1000))
    loop = Loop(ledger=ledger, bell=rung.append, clock=lambda: next(moments))

    def handle(messages: Sequence[Message]) -> Iterator[Iterable[Settled]]:
        yield [Settled(one, Done(Outcome.APPLIED)) for one in messages]

    loop.deliver(["order.placed"], handle, Work().in_turns())
    assert ([one.message.id for one in ledger.settled], rung) == ([1], ["order.placed"])
    loop.deliver(["order.placed"], handle, Work())
    assert ([one.message.id for one in ledger.settled], rung) == ([1, 2, 3], ["order.placed"])
