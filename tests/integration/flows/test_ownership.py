"""Both directions of every row of the ownership table, over the flows: the owner's word counts alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sync.core.ownership import OWNERSHIP, Owner
from sync.core.ports import Shelf
from tests.integration.flows.conftest import SITE

Edit = Callable[[Any, str], None]


def shop_edit(**change: Any) -> Edit:
    """A person changes the order in the storefront, and the storefront tells of a change."""

    def edit(house: Any, number: str) -> None:
        house.edit(number, **change)
        house.news(number, event="edit")

    return edit


def attribute_edit(name: str, change: Callable[[Any], Any]) -> Edit:
    """A person changes what an attribute says of the first shipment or return."""

    def edit(house: Any, number: str) -> None:
        rows = json.loads(house.edit(number)[name])
        rows[0] = change(rows[0])
        house.edit(number, **{name: json.dumps(rows)})
        house.news(number, event="edit")

    return edit


def yard_says(order: str = "", line: str = "", quantity: int = 0, sku: str = "") -> Edit:
    """The warehouse's order detail has another commercial value; it is seen by the poll."""

    def edit(house: Any, number: str) -> None:
        (stored,) = house.alive(number)
        lines = [
            f'<orderLine product="{row["sku"]}" quantity="{row["quantity"]}" state="pickable"/>'
            for row in stored["lines"]
        ]
        first = stored["lines"][0]
        lines[0] = (
            f'<orderLine product="{sku or first["sku"]}" quantity="{first["quantity"] + quantity}"'
            f' state="pickable" {line}/>'
        )
        house.said(
            f'<order externalReference="{number}" state="validated" channel="{SITE}" {order}><shipments>'
            f'<shipment sequence="1" state="pickable" externalReference="{number}-1">'
            f"<orderLines>{''.join(lines)}</orderLines></shipment></shipments></order>",
            number,
            "edit",
        )

    return edit


def no_shelf_is_read(house: Any, number: str) -> None:
    """The storefront has no way to tell a count: nothing reads it there."""
    del house, number
    assert [name for name in vars(Shelf) if not name.startswith("_")] == ["write"]


def refuses_to_cancel(house: Any, number: str) -> None:
    house.yard("PUT", "switches", {"cancel_limit": "released"})
    house.move(number, "pick")
    house.news(number, "order.cancel_requested")


# What somebody who does not own the field does; every row of the table must be here.
STRANGERS: Mapping[str, Edit] = {
    "order.lines": yard_says(sku="RA-99999"),
    "order.quantities": yard_says(quantity=1),
    "order.prices": yard_says('totalPriceGross="0.01"'),
    "order.taxes": yard_says('totalTax="0.01"'),
    "order.discounts": yard_says('promotionCode="FREE-FOR-ALL"'),
    "order.customer": yard_says('deliveryEmailAddress="mallory@example.com"'),
    "order.billing": yard_says('invoicePostCode="ZZ1 1ZZ"'),
    "order.payments": yard_says('paymentGatewayIdentifier="BITCOIN"'),
    "order.cancellation": refuses_to_cancel,
    "shipment.address": yard_says('deliveryAddressLine1="9 Other Street"'),
    "shipment.method": yard_says('deliverySuggestionCode="PIGEON"'),
    "order.reference": shop_edit(c_ofOrderRef="somebody else's"),
    "shipment.stage": shop_edit(shippingStatus="not_shipped"),
    "shipment.items": attribute_edit("c_ofShipments", lambda row: {**row, "items": []}),
    "shipment.canceled": attribute_edit("c_ofShipments", lambda row: {**row, "canceled": [{"sku": "X"}]}),
    "shipment.parcels": attribute_edit("c_ofShipments", lambda row: {**row, "moreParcels": 7}),
    "shipment.carrier": attribute_edit("c_ofShipments", lambda row: {**row, "carrier": "Pigeon"}),
    "shipment.tracking": attribute_edit(
        "c_ofShipments",
        lambda row: {**row, "parcels": [{**one, "url": "https://evil"} for one in row["parcels"]]},
    ),
    "shipment.times": attribute_edit("c_ofShipments", lambda row: {**row, "at": "2015-01-01T00:00:00.000Z"}),
    "return.items": attribute_edit("c_ofReturns", lambda row: {**row, "items": []}),
    "stock.count": no_shelf_is_read,
}
SILENT = {"stock.count"}


@dataclass(frozen=True)
class Before:
    """Everything that must be the same after somebody else's word."""

    storefront: Any
    warehouse: Any
    known: Any
    lines: Any


def seen(house: Any, number: str) -> Before:
    row = house.edit(number)
    owned = {name: value for name, value in row.items() if name.startswith("c_of") or name.endswith("Status")}
    stored = [one["details"] | {"exported": ""} for one in house.alive(number)]
    site = house.bridge.settings.sites[SITE]
    lines = house.rows("SELECT sku, quantity, gross FROM handover_line ORDER BY sku, position")
    return Before(owned, stored, house.bridge.orders_store.known(site, number)[1].returns, lines)


def traded(house: Any, field: str) -> str:
    """An order that has come as far as the field needs."""
    number: str = house.handed_over()
    if OWNERSHIP[field].owner is Owner.WAREHOUSE and field != "stock.count":
        house.move(number, "despatch")
        house.look(number)
        house.work()
        back = (
            f'<event messageId="77" eventType="return_applied" entity="return"><detail><return id="R1"'
            f' orderReference="{number}"><returnLine product="{house.stored(number)[0]["lines"][0]["sku"]}"'
            f' quantity="1" reason="torn" refund="false"/></return></detail></event>'
        )
        house.said(back, number, "back")
        house.work()
    return number


@pytest.mark.parametrize("field", OWNERSHIP)
def test_a_value_from_the_system_that_does_not_own_it_is_a_conflict_and_never_applied(
    house: Any, field: str
) -> None:
    number = traded(house, field)
    before = seen(house, number)

    STRANGERS[field](house, number)
    house.work()

    after, rule = seen(house, number), OWNERSHIP[field]
    assert after.lines == before.lines
    assert after.known == before.known
    assert after.storefront == before.storefront
    if rule.owner is Owner.STOREFRONT:
        assert after.warehouse == before.warehouse
    if field in SILENT:
        assert house.conflicts(number) == []
        return
    found = [one for one in house.disputed(number) if one.field == field]
    assert len(found) == 1
    (one,) = found
    assert one.storefront != one.warehouse
    assert (one.owner, {one.sender}) == (rule.owner, {Owner.STOREFRONT, Owner.WAREHOUSE} - {rule.owner})
    (evidence,) = house.rows("SELECT dedupe_key FROM message WHERE id = :id", id=one.message_id)
    assert ("edit" in evidence["dedupe_key"]) or field == "order.cancellation"
    assert one.created_at <= one.seen_at
    assert house.dead() == []


@pytest.mark.parametrize(
    "field", [field for field in OWNERSHIP if field not in {*SILENT, "order.cancellation"}]
)
def test_the_same_difference_shown_again_is_one_conflict_and_set_right_once(house: Any, field: str) -> None:
    number = traded(house, field)
    for _ in range(2):
        STRANGERS[field](house, number)
        house.work()
    (again,) = house.rows("SELECT count(*) FROM message WHERE body LIKE '%order.reassert%'")
    rule = OWNERSHIP[field]
    assert again["count"] == int(rule.owner is Owner.STOREFRONT and rule.at_once)
    assert len([one for one in house.disputed(number) if one.field == field]) == 1


OWNERS_WORD: Mapping[str, Edit] = {
    field: yard_says() if rule.owner is Owner.WAREHOUSE else shop_edit() for field, rule in OWNERSHIP.items()
}


@pytest.mark.parametrize("field", OWNERSHIP)
def test_the_owners_own_word_is_no_conflict(house: Any, field: str) -> None:
    number = traded(house, field)
    OWNERS_WORD[field](house, number)
    house.work()
    assert house.conflicts(number) == []


@pytest.mark.parametrize(
    "spelled",
    [
        'deliveryCountryCode="gb"',
        'deliverySuggestionCode="std48"',
        'currency="gbp"',
        'deliveryPostCode="{post}"',
        'totalPriceGross="{total}000"',
    ],
)
def test_another_spelling_of_the_same_value_is_no_conflict(house: Any, spelled: str) -> None:
    number = house.handed_over()
    (stored,) = house.alive(number)
    post, total = stored["details"]["deliveryPostCode"], stored["details"]["totalPriceGross"]
    yard_says(spelled.format(post=post.replace(" ", "").lower(), total=total))(house, number)
    house.work()
    assert house.conflicts(number) == []
