"""Stories of tests/cases/fulfillment as the sandbox's warehouse can live them: which lever after which."""

import json
import re
from decimal import Decimal
from typing import Any

from tests.unit.core.fulfillment_cases import CASES

Row = dict[str, Any]
DPD = {"courier": "DPD"}
# What a lever leads to is pushed behind what the next one leads to, the newest first, or never.
LATE = {"late": True}
POLL: tuple[str, str, Row] = ("", "poll", {})


def units(**quantities: int) -> Row:
    return {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]}


def back(*, refund: bool = False, reason: str = "Too small", condition: str = "Unopened", **more: Any) -> Row:
    return {"refund": refund, "reason": reason, "condition": condition, **more}


SENT = ("", "despatch", DPD)
LIVED: dict[str, list[tuple[str, str, Row]]] = {
    "straight_through": [("", "pick", {}), ("", "pack", {}), SENT],
    "split_into_two_shipments": [
        ("", "pick", {}),
        ("-1", "split", units(A=1, B=1)),
        ("-1", "pack", {}),
        ("-1", "despatch", DPD),
        ("-2", "despatch", DPD),
    ],
    "back_order_waits_and_is_canceled": [
        ("", "split", units(B=1)),
        ("-1", "despatch", DPD),
        ("-2", "cancel", {}),
    ],
    "a_line_is_canceled_inside_a_shipment": [("", "cancel", units(B=1)), SENT],
    "lines_are_canceled_one_by_one": [
        ("", "cancel", units(A=1)),
        ("", "cancel", units(A=1)),
        ("", "cancel", {}),
    ],
    "part_canceled_then_the_rest_is_sent": [
        ("", "split", units(A=1)),
        ("-1", "pick", LATE),
        ("-2", "cancel", {}),
        ("-1", "despatch", DPD),
    ],
    "order_canceled_with_its_shipment": [("", "cancel", {})],
    "everything_by_poll_alone": [("", "despatch", DPD | LATE), POLL],
    "several_parcels": [("", "despatch", DPD | LATE | {"parcels": 3}), POLL],
    "three_hundred_parcels": [("", "despatch", DPD | LATE | {"parcels": 300}), POLL],
    "push_then_poll_says_the_same": [SENT, POLL],
    "back_order_arrives_later": [
        ("", "split", units(B=1)),
        ("-1", "despatch", DPD),
        ("-2", "despatch", DPD | LATE),
        POLL,
    ],
    "second_half_of_a_split_first": [
        ("", "split", units(A=1, B=1)),
        ("-2", "despatch", DPD),
        ("-1", "despatch", DPD),
    ],
    "pushes_overtake_each_other": [("", "pick", LATE), ("", "pack", LATE), SENT],
    "return_pushed_then_reported": [SENT, ("", "return", back() | units(A=1)), POLL],
    "return_reported_then_pushed": [
        SENT,
        ("", "return", back(refund=True) | units(A=1) | LATE),
        POLL,
        ("", "late", {}),
    ],
    "return_before_the_despatch_is_known": [
        ("", "despatch", DPD | LATE),
        ("", "return", back() | units(A=1)),
    ],
    "split_and_back_order_with_money": [
        ("", "split", units(A=1)),
        ("-1", "despatch", DPD),
        ("-2", "cancel", {}),
        ("", "return", back(refund=True) | units(A=2, B=1)),
    ],
    "shipping_comes_back_with_the_last_refund": [
        SENT,
        ("", "return", back(refund=True) | units(A=3)),
        ("", "return", back(refund=True) | units(B=1)),
    ],
    "two_shipments_of_two_parcels_one_line_canceled_one_returned": [
        ("", "split", units(A=1, B=1, C=1)),
        ("-2", "cancel", units(B=1)),
        ("-1", "despatch", DPD | LATE | {"parcels": 2}),
        POLL,
        ("-2", "despatch", DPD | LATE | {"parcels": 2}),
        POLL,
        ("", "return", back(refund=True) | units(C=1)),
    ],
    "part_comes_back": [SENT, ("", "return", back(refund=True) | units(A=1))],
    "everything_comes_back_bit_by_bit": [
        SENT,
        ("", "return", back() | units(A=1)),
        ("", "return", back() | units(A=1)),
        ("", "return", back(reason="", condition="") | units(A=1, B=1)),
    ],
    "return_expected_then_received": [
        SENT,
        ("", "return", back(state="expected", authorisation="RMA-310", condition="") | units(A=2)),
        ("", "return", back(authorisation="RMA-310", condition="Opened", refund=True) | units(A=1)),
    ],
    "return_refused": [
        SENT,
        ("", "return", back(state="refused", reason="Changed mind", condition="Worn") | units(A=1)),
    ],
}


def document(case: str, number: str, site: str, skus: dict[str, str]) -> Row:
    """Return the storefront's order of a story: its lines and money, with products that the sandbox has."""
    order = json.loads((CASES / case / "order.json").read_text())
    (lines,) = order["parts"].values()
    gross, tax, listed = (Decimal(one) for one in order.get("shipping", {}).get("UK1", ["0"] * 3))
    where = {
        "firstName": "Imogen",
        "lastName": "Hartley",
        "address1": "4 Weir Cottages",
        "city": "Otley",
        "postalCode": "LS21 1AA",
        "countryCode": "GB",
    }
    shipping = {"itemId": "sh", "shipmentId": "me", "itemText": "Shipping"} | _price(listed, gross, tax)
    total = gross + sum(Decimal(line[3]) for line in lines)
    return {
        "orderNo": number,
        "siteId": site,
        "currency": "GBP",
        "taxation": "gross",
        "customerLocale": "en_GB",
        "customerInfo": {"customerName": "Imogen Hartley", "email": "imogen@example.test"},
        "billingAddress": where,
        "shipments": [{"shipmentId": "me", "shippingMethod": {"id": "UK-STD"}, "shippingAddress": where}],
        "productItems": [_item(place, line, skus) for place, line in enumerate(lines, 1)],
        "shippingItems": [shipping],
        "orderTotal": total,
    }


def _item(place: int, line: list[Any], skus: dict[str, str]) -> Row:
    identity, sku, quantity, gross, *more = line
    tax, listed = more or ("0", gross)
    names = {"itemId": identity, "productId": skus[sku], "productName": sku, "shipmentId": "me"}
    return names | {"position": place, "quantity": quantity} | _price(*map(Decimal, (listed, gross, tax)))


def _price(listed: Decimal, gross: Decimal, tax: Decimal) -> Row:
    off = {"priceAdjustmentId": "off", "price": gross - listed, "itemText": "off"}
    return {
        "basePrice": listed,
        "grossPrice": listed,
        "netPrice": listed - tax,
        "tax": tax,
        "adjustedTax": tax,
        "taxRate": Decimal("0.2"),
        "priceAfterItemDiscount": gross,
        "priceAfterOrderDiscount": gross,
        "priceAdjustments": [off] if gross != listed else [],
    }


def wanted(case: str) -> list[Row]:
    """Return the calls of the story, attributes left out, as `plain` has them."""
    entries = json.loads((CASES / case / "expected.json").read_text())
    calls = [call for entry in entries for call in entry.get("calls", ()) if call["method"] != "PATCH"]
    return [plain(call["path"], call["body"], "UK1", parts=parts_known(case)) for call in calls]


def parts_known(case: str) -> bool:
    """Whether the story's lines have their taxes and prices before discounts."""
    order = json.loads((CASES / case / "order.json").read_text())
    return all(len(line) > 4 for lines in order["parts"].values() for line in lines)


def plain(path: str, body: Row, number: str, *, parts: bool) -> Row:
    """Return a call without what differs from day to day: names, numbers of parcels and returns, moments.

    Without `parts`, of money the total alone: the story does not say what it consists of.
    """
    text = json.dumps(body).replace(number, "N")
    call: Row = json.loads(
        re.sub(r"return-N-[0-9a-f]{8}", "return-N", re.sub(r"return-\d+-", "return-n-", text))
    )
    for event in (one for one in call.values() if isinstance(one, dict)):
        assert event.pop("occurredAt")
        told = event.pop("trackingNumber", "")
        assert told in event.pop("trackingUrl", "")
        assert bool(told) is (event["type"] == "shipped")
        if "parcels: " in event.get("description", ""):
            event["description"] = event["description"].partition(": ")[0]
        if not parts and "totals" in event:
            event["totals"] = [one for one in event["totals"] if one["type"] == "total"]
    return {"path": path} | call


def without_steps(calls: list[Row], known: list[Row]) -> list[Row]:
    """Return the calls without those of stages that the story's warehouse was silent about."""
    return [one for one in calls if one in known or not _is_step(one)]


def _is_step(call: Row) -> bool:
    processing = call.get("fulfillmentEvent", {}).get("type") == "processing"
    return processing or call.get("status") in {"picked", "packed"}
