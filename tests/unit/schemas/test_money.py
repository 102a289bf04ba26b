"""Whatever prices and taxes an order has, what is handed over adds up to what the shopper owes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.sfcc.mapping import read_order
from sync.core.errors import Rejected
from sync.core.orders import check, total
from tests.unit.schemas.conftest import UK

CENTS = st.integers(0, 500_000).map(lambda cents: Decimal(cents).scaleb(-2))
ADDRESS = {
    "fullName": "A B",
    "address1": "1 Row",
    "city": "Otley",
    "postalCode": "LS21 1AA",
    "countryCode": "GB",
}


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    gross = draw(st.booleans())
    rate = draw(st.sampled_from([Decimal("0.2"), Decimal("0.055"), Decimal(0)]))
    items = [draw(lines(number, rate, gross=gross)) for number in range(draw(st.integers(1, 6)))]
    before = sum((item["priceAfterItemDiscount"] for item in items), Decimal(0))
    after = sum((item["priceAfterOrderDiscount"] for item in items), Decimal(0))
    taxes = sum((item["adjustedTax"] for item in items), Decimal(0))
    lost = tax_of(before - after, rate, gross=gross) if draw(st.booleans()) else Decimal(0)
    shipping = draw(CENTS)
    shipping_tax = tax_of(shipping, rate, gross=gross)
    tax_total = taxes - min(lost, taxes) + shipping_tax
    owed = after + shipping + (0 if gross else tax_total)
    return {
        "orderNo": "1",
        "status": "new",
        "currency": "GBP",
        "taxation": "gross" if gross else "net",
        "creationDate": "2026-08-19T09:31:05.000Z",
        "shipments": [
            {"shipmentId": "me", "shippingMethod": {"id": "UK-STD"}, "shippingAddress": dict(ADDRESS)}
        ],
        "productItems": items,
        "shippingItems": [
            {"shipmentId": "me", "priceAfterItemDiscount": shipping, "adjustedTax": shipping_tax}
        ],
        "orderPriceAdjustments": [{"price": after - before, "promotionId": "p", "tax": -lost}],
        "taxTotal": tax_total,
        "orderTotal": owed,
    }


@st.composite
def lines(draw: st.DrawFn, number: int, rate: Decimal, *, gross: bool) -> dict[str, Any]:
    price = draw(CENTS)
    share = Decimal(draw(st.integers(0, 100))) / 100
    weights = draw(st.lists(CENTS, max_size=4))
    return {
        "itemId": f"i{number}",
        "productId": f"sku-{number}",
        "quantity": draw(st.integers(1, 9)),
        "taxRate": rate,
        "priceAfterItemDiscount": price,
        "priceAfterOrderDiscount": price - (price * share).quantize(Decimal("0.01")),
        "adjustedTax": tax_of(price, rate, gross=gross),
        "bundledProductItems": [
            {"itemId": f"i{number}-{part}", "productId": f"part-{part}", "quantity": 2, "basePrice": weight}
            for part, weight in enumerate(weights)
        ],
    }


def tax_of(price: Decimal, rate: Decimal, *, gross: bool) -> Decimal:
    return (price * rate / (1 + rate if gross else 1)).quantize(Decimal("0.01"))


@given(orders())
def test_lines_and_shipping_reconcile_to_the_last_minor_unit(document: dict[str, Any]) -> None:
    order = read_order(document, UK)
    check(order, UK)
    assert total(line.amounts for line in order.lines) + order.shipments[0].charge == order.amounts
    assert order.amounts.tax == document["taxTotal"]


@given(orders(), st.integers(1, 10_000))
def test_tax_that_nothing_explains_is_rejected(document: dict[str, Any], cents: int) -> None:
    document["orderPriceAdjustments"] = []
    unexplained = Decimal("0.10") + Decimal(cents).scaleb(-2)
    taxes = sum((item["adjustedTax"] for item in document["productItems"]), Decimal(0))
    document["taxTotal"] = taxes + document["shippingItems"][0]["adjustedTax"] + unexplained
    with pytest.raises(Rejected) as caught:
        read_order(document, UK)
    assert caught.value.code == "order.total_mismatch"
    assert set(caught.value.fields) == {"taxTotal"}
