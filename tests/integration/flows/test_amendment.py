"""Amendments on the sandbox: another address or method before packing, a conflict afterwards."""

from typing import Any

import pytest

SITE = "RefArchUK"
ELSEWHERE: Any = {"shipments": [{"shippingAddress": {"address1": "1 Other Street", "city": "Leeds"}}]}
FURTHER: Any = {"shipments": [{"shippingAddress": {"address1": "2 Third Road"}}]}
EXPRESS: Any = {"shipments": [{"shippingMethod": {"id": "UK-NDD"}}]}


def addresses(house: Any, number: str) -> list[str]:
    return [row["details"]["deliveryAddressLine1"] for row in house.alive(number)]


def amended(house: Any, number: str, event: str = "1", **change: Any) -> None:
    house.edit(number, **change)
    house.news(number, event=event)
    house.work()


def settled(house: Any, number: str) -> None:
    """One order lives in the warehouse, it goes on as any other, and the ledger holds nothing open."""
    assert len(house.alive(number)) == 1
    (handover,) = house.rows("SELECT freed_at FROM handover WHERE reference = :number", number=number)
    assert handover["freed_at"] is None
    house.move(number, "pick", "pack", "despatch")
    house.look(number)
    house.work()
    row = house.order(number)
    assert (row["status"], row["externalOrderStatus"]) == ("completed", "shipped")
    assert house.rows("SELECT id FROM message WHERE state IN ('due', 'working')") == []
    house.nothing_twice()


def test_another_address_is_sent_anew_under_the_same_reference(house: Any) -> None:
    number = house.handed_over()

    amended(house, number, **ELSEWHERE)

    assert addresses(house, number) == ["1 Other Street"]
    assert house.stored(number)[0]["reference"].startswith(f"{number}_cancelled_")
    assert house.conflicts(number) == []
    settled(house, number)


def test_another_method_is_sent_anew(house: Any) -> None:
    number = house.handed_over()

    amended(house, number, **EXPRESS)

    (row,) = house.alive(number)
    assert row["shipments"][0]["details"]["deliverySuggestionCode"] == "NDD24"
    settled(house, number)


def test_a_change_that_does_not_concern_the_warehouse_amends_nothing(house: Any) -> None:
    number = house.handed_over()

    amended(house, number, paymentStatus="paid", c_note="x")

    assert len(house.stored(number)) == 1


def test_only_the_reference_that_changed_is_sent_anew(house: Any) -> None:
    number = house.handed_over(seed=2)

    amended(house, number, shipments=[{}, ELSEWHERE["shipments"][0]])

    assert addresses(house, f"{number}-S2") == ["1 Other Street"]
    assert len(house.stored(number)) == 1


@pytest.mark.parametrize(("change", "field"), [(ELSEWHERE, "shipment.address"), (EXPRESS, "shipment.method")])
def test_a_change_after_packing_is_a_conflict_and_the_order_goes_its_way(
    house: Any, change: dict[str, Any], field: str
) -> None:
    number = house.handed_over()
    house.move(number, "pick", "pack")

    amended(house, number, **change)

    ((found, detail),) = house.conflicts(number)
    assert found == field
    assert "No cancel operation performed" in detail
    assert len(house.stored(number)) == 1


def test_a_despatch_that_is_known_already_spares_the_warehouse_the_question(house: Any) -> None:
    number = house.handed_over()
    house.move(number, "despatch")
    house.look(number)
    house.work()

    amended(house, number, **ELSEWHERE)

    ((_, detail),) = house.conflicts(number)
    assert "too late, it is shipped" in detail
    assert house.calls("cancel:", "refused") == []


def test_other_lines_are_a_conflict_with_both_values_and_nothing_is_sent(house: Any) -> None:
    number = house.handed_over()
    sku = house.edit(number)["productItems"][0]["productId"]

    amended(house, number, productItems=[{"productId": "RA-00199"}], **ELSEWHERE)

    assert len(house.stored(number)) == 1
    ((field, detail),) = house.conflicts(number)
    assert field == "order.lines"
    storefront, warehouse, _ = detail.split("; ")
    assert ("RA-00199" in storefront, sku in warehouse) == (True, True)


def test_an_invalid_address_is_refused_before_anything_is_canceled(house: Any) -> None:
    number = house.handed_over()

    amended(house, number, shipments=[{"shippingAddress": {"postalCode": "nowhere"}}])

    assert house.dead() == [(number, "address.invalid")]
    assert len(house.alive(number)) == 1


@pytest.mark.parametrize(
    ("actions", "edit", "back"),
    [
        (("pick",), {"externalOrderStatus": "delivered"}, {"externalOrderStatus": "picked"}),
        (("despatch",), {"shippingStatus": "not_shipped"}, {"shippingStatus": "shipped"}),
        (("despatch",), {"status": "new"}, {"status": "completed"}),
        (("cancel",), {"status": "new"}, {"status": "cancelled"}),
    ],
)
def test_a_status_that_the_warehouse_owns_is_put_back_and_the_edit_is_a_conflict(
    house: Any, actions: tuple[str, ...], edit: dict[str, str], back: dict[str, str]
) -> None:
    number = house.handed_over()
    house.move(number, *actions)
    house.look(number)
    house.work()
    assert back.items() <= house.order(number).items()

    amended(house, number, **edit)

    assert back.items() <= house.order(number).items()
    ((field, detail),) = house.conflicts(number)
    assert field == "shipment.stage"
    assert detail.endswith("the warehouse owns it")


def test_a_status_that_is_only_not_told_yet_is_no_edit(house: Any) -> None:
    number = house.handed_over()
    house.move(number, "pick")
    house.look(number)
    house.join()
    house.news(number)
    house.amend()
    assert house.conflicts(number) == []
