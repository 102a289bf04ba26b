"""Records as they are read back, good and bad."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from schemas.sfcc.shown import availability_shown, listed_shown, record_shown
from sync.core.errors import Retryable
from sync.core.inventory import Manner, Shown

AT = datetime(2026, 8, 20, 6, tzinfo=UTC)
RECORD = {
    "product_id": "BF-MUG",
    "allocation": {"amount": Decimal("212.0"), "reset_date": "2026-08-20T06:00:00.000Z"},
    "pre_order_back_order_handling": "none",
    "pre_order_back_order_allocation": Decimal("0.0"),
    "perpetual_flag": False,
    "last_modified": "2026-08-20T06:00:04.000Z",
}


def test_a_record_is_read_in_the_names_of_both_interfaces() -> None:
    camel = {
        "productId": "BF-MUG",
        "allocation": {"amount": Decimal("212.0"), "resetDate": "2026-08-20T06:00:00.000Z"},
        "preOrderBackOrderHandling": "none",
        "preOrderBackOrderAllocation": Decimal("0.0"),
        "perpetualFlag": False,
        "lastModified": "2026-08-20T06:00:04.000Z",
    }
    sku, shown = record_shown(RECORD)
    assert sku == "BF-MUG"
    assert shown == Shown(
        units=Decimal(212),
        at=AT,
        changed=AT.replace(second=4),
        manner=Manner(perpetual=False, handling="none", future_units=0),
    )
    assert listed_shown(camel) == (sku, shown)


def test_a_record_without_a_number_offers_nothing() -> None:
    assert record_shown({"product_id": "A"}) == ("A", Shown(units=Decimal(0), at=None))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"product_id": None}, "product_id"),
        ({"product_id": 7}, "product_id"),
        ({"allocation": []}, "object"),
        ({"allocation": {"amount": "many"}}, "amount"),
        ({"allocation": {"amount": True}}, "amount"),
        ({"allocation": {"amount": 1, "reset_date": "yesterday"}}, "reset_date"),
        ({"last_modified": 5}, "last_modified"),
    ],
)
def test_a_record_that_makes_no_sense_names_the_member(change: dict[str, Any], names: str) -> None:
    with pytest.raises(Retryable, match=f"cannot be read: .*{names}") as caught:
        record_shown(RECORD | change)
    assert caught.value.code == "remote.malformed"


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_what_is_no_record_at_all_is_malformed(document: Any) -> None:
    for read in (record_shown, listed_shown, lambda one: availability_shown(one, "here")):
        with pytest.raises(Retryable):
            read(document)


def test_availability_is_read_at_one_location_and_unknown_products_are_left_out() -> None:
    row = {"sku": "A", "onHand": 5, "effectiveDate": "2026-08-20T06:00:00Z"}
    places = [{"id": "there", "records": [row | {"onHand": 9}]}, {"id": "here", "records": [row, {}]}]
    assert availability_shown({"locations": places}, "here") == {"A": Shown(units=Decimal(5), at=AT)}
    assert availability_shown({"groups": []}, "here") == {}
