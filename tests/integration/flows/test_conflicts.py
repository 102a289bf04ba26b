"""A person's decision about a conflict, and what follows from it on the sandbox."""

from typing import Any

import pytest

from sync.core.errors import Rejected
from sync.core.ports.conflicts import Resolution

ELSEWHERE: Any = {"shipments": [{"shippingAddress": {"address1": "1 Other Street"}}]}


def resolve(house: Any, number: str, how: Resolution) -> str:
    (one,) = house.disputed(number)
    follows: str = house.bridge.conflicts.resolve(one.id, how, actor="ann", reason="a test")
    house.work()
    return follows


def refused_cancellation(house: Any) -> str:
    number: str = house.handed_over()
    house.yard("PUT", "switches", {"cancel_limit": "released"})
    house.move(number, "pick")
    house.news(number, "order.cancel_requested")
    house.work()
    return number


def test_a_cancellation_that_counts_is_asked_for_once_more(house: Any) -> None:
    number = refused_cancellation(house)
    house.yard("PUT", "switches", {"cancel_limit": "packed"})

    follows = resolve(house, number, Resolution.REASSERT)

    assert follows == "the warehouse is asked once more to cancel"
    assert house.order(number)["status"] == "cancelled"
    assert house.conflicts(number) == []


def test_what_is_refused_again_is_open_again(house: Any) -> None:
    number = refused_cancellation(house)
    resolve(house, number, Resolution.REASSERT)
    assert [field for field, _ in house.conflicts(number)] == ["order.cancellation"]


def test_an_order_that_goes_on_is_told_to_the_storefront(house: Any) -> None:
    number = refused_cancellation(house)
    house.edit(number, status="cancelled")

    resolve(house, number, Resolution.KEEP_THEIRS)

    assert house.order(number)["status"] == "new"
    assert house.conflicts(number) == []


def test_an_address_that_counts_is_sent_once_more(house: Any) -> None:
    number = house.handed_over()
    house.yard("PUT", "switches", {"cancel_limit": "released"})
    house.move(number, "pick")
    house.edit(number, **ELSEWHERE)
    house.news(number)
    house.work()
    house.yard("PUT", "switches", {"cancel_limit": "packed"})

    resolve(house, number, Resolution.REASSERT)

    assert [row["details"]["deliveryAddressLine1"] for row in house.alive(number)] == ["1 Other Street"]
    assert house.conflicts(number) == []


@pytest.mark.parametrize("how", [Resolution.KEEP_THEIRS, Resolution.REASSERT])
def test_what_no_command_can_do_says_what_to_do_by_hand_and_stays_open(house: Any, how: Resolution) -> None:
    number = house.handed_over()
    house.edit(number, productItems=[{"productId": "RA-00199"}])
    house.news(number)
    house.work()

    with pytest.raises(Rejected, match="then keep ours") as refused:
        resolve(house, number, how)

    assert refused.value.code == "conflict.impossible"
    assert [field for field, _ in house.conflicts(number)] == ["order.lines"]
    resolve(house, number, Resolution.KEEP_OURS)
    assert house.conflicts(number) == []


def test_a_status_of_the_storefront_may_be_left_as_somebody_set_it(house: Any) -> None:
    number = house.handed_over()
    house.edit(number, shippingStatus="shipped")
    house.news(number)
    house.work()
    assert house.order(number)["shippingStatus"] == "not_shipped"

    resolve(house, number, Resolution.KEEP_THEIRS)
    assert house.order(number)["shippingStatus"] == "shipped"

    # What a person has accepted is no contradiction any more.
    house.news(number, event="2")
    house.work()
    assert house.order(number)["shippingStatus"] == "shipped"
    assert house.conflicts(number) == []


def test_a_decision_has_its_effect_once_however_often_it_is_told(house: Any) -> None:
    number = refused_cancellation(house)
    (one,) = house.disputed(number)
    words = {
        house.bridge.conflicts.resolve(one.id, Resolution.REASSERT, actor="ann", reason="x") for _ in range(3)
    }
    assert words == {"the warehouse is asked once more to cancel"}
    (asked,) = house.rows("SELECT count(*) FROM message WHERE dedupe_key LIKE 'resolve:%'")
    assert asked["count"] == 1


def test_of_two_decisions_at_once_the_first_counts(house: Any) -> None:
    number = refused_cancellation(house)
    (one,) = house.disputed(number)
    house.bridge.conflicts.resolve(one.id, Resolution.KEEP_OURS, actor="ann", reason="x")
    with pytest.raises(Rejected, match="resolved already: keep ours by ann"):
        house.bridge.conflicts.resolve(one.id, Resolution.REASSERT, actor="bob", reason="y")


def test_what_was_never_a_conflict_cannot_be_resolved(house: Any) -> None:
    with pytest.raises(Rejected, match="no conflict 4711"):
        house.bridge.conflicts.resolve(4711, Resolution.KEEP_OURS, actor="ann", reason="x")
