from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync.core.fulfillment import Fact, Item, Known, PaymentRequest, ReturnFact, ShipmentFact, Stage, advance
from sync.core.messages import Outcome

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMES = st.integers(0, 600).map(lambda minutes: T0 + timedelta(minutes=minutes))
ITEMS = st.lists(
    st.builds(
        Item, sku=st.sampled_from("AB"), quantity=st.integers(1, 3), item_id=st.sampled_from(["", "i1"])
    ),
    max_size=2,
).map(tuple)
SHIPMENTS = st.builds(
    ShipmentFact,
    shipment=st.sampled_from(["1-1", "1-2"]),
    stage=st.sampled_from(Stage),
    items=ITEMS,
    carrier=st.sampled_from(["", "DPD", "UPS"]),
    service=st.sampled_from(["", "next day"]),
    parcels=st.lists(st.sampled_from(["P1", "P2", "P3"]), max_size=2).map(tuple),
    tracking_url=st.sampled_from(["", "https://t/1"]),
    at=st.none() | TIMES,
)
RETURNS = st.builds(
    ReturnFact,
    return_id=st.sampled_from(["R1", "R2"]),
    items=ITEMS,
    at=TIMES,
    reason=st.sampled_from(["", "torn"]),
)
FACTS = st.builds(
    Fact,
    reference=st.just("1"),
    at=TIMES,
    shipments=st.lists(SHIPMENTS, max_size=2, unique_by=lambda s: s.shipment).map(tuple),
    returns=st.lists(RETURNS, max_size=2, unique_by=lambda r: r.return_id).map(tuple),
    sequence=st.integers(0, 5),
)


def joined(facts: list[Fact]) -> Known:
    known = Known()
    for fact in facts:
        known = advance(known, fact).known
    return known


def seen(
    stage: Stage, minute: int = 0, *, shipment: str = "1-1", quantity: int = 2, parcel: str = ""
) -> Fact:
    fact = ShipmentFact(
        shipment=shipment,
        stage=stage,
        items=(Item(sku="A", quantity=quantity),),
        parcels=(parcel,) if parcel else (),
    )
    return Fact(reference="1", at=T0 + timedelta(minutes=minute), shipments=(fact,))


@given(facts=st.lists(FACTS, max_size=6).flatmap(lambda fs: st.tuples(st.just(fs), st.permutations(fs))))
def test_shuffled_facts_lead_to_the_same_state(facts: tuple[list[Fact], list[Fact]]) -> None:
    told, shuffled = facts
    assert joined(told) == joined(shuffled)


@given(facts=st.lists(FACTS, min_size=1, max_size=6))
def test_a_repeated_fact_changes_nothing(facts: list[Fact]) -> None:
    known = joined(facts)
    for fact in facts:
        again = advance(known, fact)
        assert again.known == known
        assert again.outcome is not Outcome.APPLIED
        assert (again.reached, again.returned) == ((), ())


@given(facts=st.lists(FACTS, max_size=6))
def test_nothing_that_is_known_is_ever_taken_back(facts: list[Fact]) -> None:
    states = [joined(facts[:number]) for number in range(len(facts) + 1)]
    for before, after in pairwise(states):
        assert before.returns.keys() <= after.returns.keys()
        for name, shipment in before.shipments.items():
            assert shipment.stage.rank <= after.shipments[name].stage.rank
            assert set(shipment.parcels) <= set(after.shipments[name].parcels)


def test_a_new_stage_is_applied_and_named() -> None:
    step = advance(joined([seen(Stage.PICKED)]), seen(Stage.PACKED, 1))
    assert (step.outcome, step.reached) == (Outcome.APPLIED, (("1-1", Stage.PACKED),))


def test_a_late_fact_fills_in_its_time_but_is_superseded() -> None:
    known = joined([seen(Stage.SHIPPED, 9)])
    step = advance(known, seen(Stage.PICKED, 1))
    assert step.outcome is Outcome.SUPERSEDED
    assert step.known.shipments["1-1"].stage is Stage.SHIPPED
    assert step.known.shipments["1-1"].reached[Stage.PICKED] == T0 + timedelta(minutes=1)


def test_the_earliest_time_of_a_stage_is_kept() -> None:
    known = joined([seen(Stage.PICKED, 5), seen(Stage.PICKED, 2), seen(Stage.PICKED, 8)])
    assert known.shipments["1-1"].reached == {Stage.PICKED: T0 + timedelta(minutes=2)}


def test_the_items_are_those_of_the_fact_furthest_along() -> None:
    split = [
        seen(Stage.PICKED, 1, quantity=5),
        seen(Stage.SHIPPED, 2, quantity=3),
        seen(Stage.PICKED, 3, quantity=5),
    ]
    assert joined(split).shipments["1-1"].items == (Item(sku="A", quantity=3),)


def test_parcels_that_become_known_later_are_applied() -> None:
    step = advance(joined([seen(Stage.SHIPPED, 1, parcel="P1")]), seen(Stage.SHIPPED, 2, parcel="P2"))
    assert step.outcome is Outcome.APPLIED
    assert step.known.shipments["1-1"].parcels == ("P1", "P2")


def test_a_shipment_both_shipped_and_canceled_is_shipped_and_a_conflict() -> None:
    for first, second in [(Stage.SHIPPED, Stage.CANCELED), (Stage.CANCELED, Stage.SHIPPED)]:
        step = advance(joined([seen(first)]), seen(second, 1))
        assert step.known.shipments["1-1"].stage is Stage.SHIPPED
        assert step.conflicts == ("shipment 1-1 was shipped and canceled",)


def test_payment_requests_are_kept_by_shipment_whatever_order_they_come_in() -> None:
    items = (Item(sku="A", quantity=1),)
    early = PaymentRequest(shipment="1-1", at=T0, items=items)
    late = PaymentRequest(shipment="1-1", at=T0 + timedelta(hours=1))
    facts = [Fact(reference="1", at=one.at, payments=(one,)) for one in (early, late)]
    for order in (facts, facts[::-1]):
        known = Known()
        for fact in order:
            known = advance(known, fact).known
        assert known.payments == {"1-1": replace(early, reference="1")}
    assert advance(known, facts[0]).outcome is Outcome.DUPLICATE


def test_a_fact_that_contradicts_what_is_known_is_a_conflict_and_its_repetition_a_duplicate() -> None:
    canceled = ShipmentFact(shipment="1-1", stage=Stage.CANCELED, items=(Item(sku="A", quantity=1),))
    shipped = replace(canceled, stage=Stage.SHIPPED)
    first = advance(Known(), Fact(reference="1", at=T0, shipments=(canceled,)))
    second = advance(first.known, Fact(reference="1", at=T0, shipments=(shipped,)))
    assert (first.outcome, second.outcome) == (Outcome.APPLIED, Outcome.CONFLICT)
    again = advance(second.known, Fact(reference="1", at=T0, shipments=(shipped,)))
    assert again.outcome is Outcome.DUPLICATE
