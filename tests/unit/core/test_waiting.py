"""A fact about an order that was not handed over waits for it, and not for ever."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from sync.core.errors import Rejected
from sync.core.fulfillment import Fact, Item, ReturnFact
from sync.core.messages import Message, Wait
from sync.core.people import Pseudonyms
from sync.flows.fulfillment import PATIENCE, FulfillmentFlow
from sync.flows.linking import Linking
from tests.unit.core.warehouse_stories import SITE

T0 = datetime(2026, 3, 1, tzinfo=UTC)
BACK = ReturnFact(return_id="R1", items=(Item(sku="A", quantity=1),), at=T0)


def delivered(fact: Fact, age: timedelta) -> Any:
    nothing = SimpleNamespace(find=lambda *_: None, handover=lambda *_: None)
    unused: Any = SimpleNamespace()
    reader: Any = SimpleNamespace(fact=lambda *_: fact)
    flow = FulfillmentFlow(
        sites={"US": SITE},
        storefront=unused,
        warehouse=unused,
        orders=nothing,
        reader=reader,
        clock=lambda: T0 + age,
        linking=Linking(names=Pseudonyms(), clock=lambda: T0),
    )
    message = Message(
        id=1,
        attempt=9,
        site="US",
        topic="shipment.changed",
        origin="warehouse",
        key="1",
        dedupe_key="1",
        body="",
        correlation_id="1",
        received_at=T0,
    )
    return flow.deliver(message).settlement


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(seconds=-30), 5),
        (timedelta(), 5),
        (timedelta(seconds=40), 40),
        (timedelta(minutes=25), 1500),
        (timedelta(hours=60), 3600),
    ],
)
def test_a_fact_that_is_ahead_of_its_order_waits_as_long_again_as_it_has_and_uses_up_no_attempts(
    age: timedelta, pause: float
) -> None:
    settlement = delivered(Fact(reference="1", at=T0), age)
    assert isinstance(settlement, Wait)
    assert settlement.after == pause


@pytest.mark.parametrize(("returns", "code"), [((), "order.not_linked"), ((BACK,), "return.unmatched")])
def test_what_nobody_handed_over_is_for_a_person_in_the_end(
    returns: tuple[ReturnFact, ...], code: str
) -> None:
    with pytest.raises(Rejected) as caught:
        delivered(Fact(reference="1", at=T0, returns=returns), PATIENCE)
    assert caught.value.code == code
