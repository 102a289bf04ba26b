"""The arithmetic an order must satisfy: line sums, tax sum and order total."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any


def lines(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every priced line: product items and, by themselves, option items; bundled parts have no price."""
    for item in document.get("productItems", []):
        yield item
        yield from item.get("optionItems", [])


def total(rows: Iterable[dict[str, Any]], member: str) -> Decimal:
    """The sum of one member over rows; a row without it adds nothing."""
    return sum((Decimal(str(row.get(member, 0))) for row in rows), Decimal(0))


def expected_total(document: dict[str, Any]) -> Decimal:
    """What `orderTotal` must be, given the totals beside it."""
    # ASSUMPTION: gift certificates sold are part of the order total.
    certificates = total(document.get("giftCertificateItems", []), "grossPrice")
    amount = total([document], "productTotal") + total([document], "shippingTotal") + certificates
    return amount + total([document], "taxTotal") if document.get("taxation") == "net" else amount


def wrong_total(document: dict[str, Any]) -> str | None:
    """The slug of the first total that does not add up, or None."""
    # SCAPI tells no discounted price of an option.
    other = "netPrice" if document.get("taxation") == "net" else "grossPrice"
    subtotal = total(
        ({"priceAfterItemDiscount": line.get(other, 0), **line} for line in lines(document)),
        "priceAfterItemDiscount",
    )
    if "productSubTotal" in document and subtotal != total([document], "productSubTotal"):
        return "invalid-order-total"
    if "orderTotal" in document and expected_total(document) != total([document], "orderTotal"):
        return "invalid-order-total"
    taxes = total([document], "adjustedMerchandizeTotalTax") + total([document], "adjustedShippingTotalTax")
    if "taxTotal" in document and taxes != total([document], "taxTotal"):
        return "invalid-tax-total"
    return None


def sum_up(document: dict[str, Any]) -> None:
    """Write the totals of every shipment and of the order."""
    net = document["taxation"] == "net"
    for shipment in document["shipments"]:
        name = shipment["shipmentId"]
        own = [line for line in lines(document) if line["shipmentId"] == name]
        shipping = [item for item in document["shippingItems"] if item["shipmentId"] == name]
        totals = _totals(own, shipping, [])
        taxes = totals["taxTotal"] if net else Decimal(0)
        shipment.update(totals, shipmentTotal=totals["productSubTotal"] + totals["shippingTotal"] + taxes)
    adjustments = document.get("orderPriceAdjustments", [])
    document |= _totals(list(lines(document)), document["shippingItems"], adjustments)
    document["orderTotal"] = document["productTotal"] + document["shippingTotal"]
    if net:
        document["orderTotal"] += document["taxTotal"]


def _totals(
    own: list[dict[str, Any]], shipping: list[dict[str, Any]], adjustments: list[dict[str, Any]]
) -> dict[str, Decimal]:
    goods_tax = total(own, "adjustedTax") + total(adjustments, "tax")
    shipping_tax = total(shipping, "adjustedTax")
    return {
        "productSubTotal": total(own, "priceAfterItemDiscount"),
        "productTotal": total(own, "priceAfterOrderDiscount"),
        "shippingTotal": total(shipping, "priceAfterItemDiscount"),
        "merchandizeTotalTax": total(own, "tax"),
        "adjustedMerchandizeTotalTax": goods_tax,
        "shippingTotalTax": total(shipping, "tax"),
        "adjustedShippingTotalTax": shipping_tax,
        "taxTotal": goods_tax + shipping_tax,
    }
