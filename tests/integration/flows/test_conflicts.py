"""A person's decision about a conflict, and what follows from it on the sandbox."""

from typing import Any

import pytest

from sync.core.errors import Rejected
from sync.core.ownership import Owner

ELSEWHERE: Any = {"shipments": [{"shippingAddress": {"address1": "1 Other Street"}}]}


def resolve(house: Any, number: str, keep: Owner) -> str:
    (row,) = [row for row in house.bridge.letters.conflicts() if row["order_no"] == number]
    follows: str = house.bridge.conflicts.resolve(row["id"], keep)
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

    follows = resolve(house, number, Owner.STOREFRONT)

    assert follows == "the warehouse is asked once more to cancel"
    assert house.order(number)["status"] == "cancelled"
    assert house.conflicts(number) == []


def test_what_is_refused_again_is_open_again(house: Any) -> None:
    number = refused_cancellation(house)
    resolve(house, number, Owner.STOREFRONT)
    assert [field for field, _ in house.conflicts(number)] == ["order.cancellation"]


def test_an_order_that_goes_on_is_told_to_the_storefront(house: Any) -> None:
    number = refused_cancellation(house)
    house.edit(number, status="cancelled")

    resolve(house, number, Owner.WAREHOUSE)

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

    resolve(house, number, Owner.STOREFRONT)

    assert [row["details"]["deliveryAddressLine1"] for row in house.alive(number)] == ["1 Other Street"]
    assert house.conflicts(number) == []


@pytest.mark.parametrize("keep", list(Owner))
def test_what_no_command_can_assert_is_closed_with_a_word_on_what_to_do(house: Any, keep: Owner) -> None:
    number = house.handed_over()
    house.edit(number, productItems=[{"productId": "RA-00199"}])
    house.news(number)
    house.work()

    assert resolve(house, number, keep).endswith("by hand")
    assert house.conflicts(number) == []


def test_a_conflict_is_resolved_once(house: Any) -> None:
    with pytest.raises(Rejected, match="no open conflict 4711"):
        house.bridge.conflicts.resolve(4711, Owner.STOREFRONT)
