"""From the storefront's amounts to net and tax per line that add up to its totals exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.base import reject
from sync.core.money import ZERO, apportion, quantize
from sync.core.orders import Amounts

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tariff:
    """How the order's amounts are meant: is tax inside of prices, and how many decimals count."""

    gross: bool
    digits: int

    def amounts(self, price: Decimal, tax: Decimal) -> Amounts:
        """Return what a price in the order's taxation mode and its tax come to."""
        price, tax = self.rounded(price), self.rounded(tax)
        return Amounts(net=price - tax if self.gross else price, tax=tax)

    def rounded(self, amount: Decimal) -> Decimal:
        """Return the amount in whole minor units: JSON doubles carry noise behind them."""
        return quantize(amount, self.digits)

    def whole(self, amount: Decimal) -> bool:
        """Tell whether an amount is one of whole minor units, but for the noise of a JSON double."""
        return abs(amount - self.rounded(amount)) < Decimal(1).scaleb(-self.digits - 2)

    def price(self, item: Item) -> Decimal:
        """Return the item's price after every discount, by the best member it has."""
        told = item.get("price_after_order_discount")
        return self.after_item_discount(item) if told is None else self.rounded(told)

    def after_item_discount(self, item: Item) -> Decimal:
        """Return the item's price after its own discounts, before those of the order."""
        if item.get("price_after_item_discount") is not None:
            return self.rounded(item["price_after_item_discount"])
        whole = self.before_discount(item)
        return whole + sum((self.before_discount(a) for a in item.get("price_adjustments", [])), ZERO)

    def before_discount(self, item: Item) -> Decimal:
        """Return the item's price in the taxation mode before adjustments."""
        for name in ("gross_price" if self.gross else "net_price", "price", "amount"):
            if item.get(name) is not None:
                return self.rounded(item[name])
        # A line's base price is that of one unit.
        return self.rounded((item.get("base_price") or ZERO) * (item.get("quantity") or 1))

    def listed(self, item: Item) -> Amounts:
        """Return the item's amounts before any discount."""
        tax = item.get("adjusted_tax") if item.get("tax") is None else item["tax"]
        return self.amounts(self.before_discount(item), tax or ZERO)

    def tax(self, item: Item) -> Decimal:
        """Return the item's tax after its own adjustments."""
        if item.get("adjusted_tax") is not None:
            return self.rounded(item["adjusted_tax"])
        adjustments = item.get("price_adjustments", [])
        return sum((self.rounded(one["tax"] or ZERO) for one in (item, *adjustments) if "tax" in one), ZERO)


def discounted(items: Sequence[Item], tariff: Tariff, order: Item) -> list[Item]:
    """Return the items with the order's discounts in their prices, also where a price does not tell.

    SCAPI's option items have no price after order discount: what the other lines leave of the order's
    discounts is theirs, spread by their prices.
    """
    silent = [item for item in items if item.get("price_after_order_discount") is None]
    left = sum((tariff.before_discount(one) for one in order["order_price_adjustments"]), ZERO)
    left -= sum((tariff.price(item) - tariff.after_item_discount(item) for item in items), ZERO)
    prices = [tariff.after_item_discount(item) for item in silent]
    shares = iter(zip(prices, apportion(left, prices, tariff.digits), strict=True))
    return [
        _told(item, *next(shares)) if item.get("price_after_order_discount") is None else item
        for item in items
    ]


def _told(item: Item, price: Decimal, discount: Decimal) -> Item:
    return {**item, "price_after_item_discount": price, "price_after_order_discount": price + discount}


def line_amounts(items: Sequence[Item], tariff: Tariff, order: Item, other_tax: Decimal) -> list[Amounts]:
    """Return the amounts of `items` so that their tax and `other_tax` make the order's tax total.

    A line's tax knows the line's own discounts, the order's total also the order-level ones: their
    difference is spread over the lines by the tax each line's part of the discount carries. It may not
    be larger than those discounts explain: then the document contradicts itself (order.total_mismatch).
    """
    taxes = [tariff.tax(item) for item in items]
    spread = [ZERO] * len(items)
    if order["tax_total"] is not None and items:
        difference = tariff.rounded(order["tax_total"]) - other_tax - sum(taxes, ZERO)
        _check_explained(sum(taxes, ZERO), other_tax, items, tariff, order)
        spread = apportion(difference, _weights(items, taxes, tariff), tariff.digits)
    return [
        tariff.amounts(tariff.price(item), tax + part)
        for item, tax, part in zip(items, taxes, spread, strict=True)
    ]


def _weights(items: Sequence[Item], taxes: Sequence[Decimal], tariff: Tariff) -> list[Decimal]:
    """How much each line takes part: by the tax in its order discount, else by its tax, else its price."""
    discounts = [_order_discount(item) * (item.get("tax_rate") or ZERO) for item in items]
    if any(discounts):
        return discounts
    return list(taxes) if any(taxes) else [tariff.price(item) for item in items]


def _order_discount(item: Item) -> Decimal:
    before, after = item.get("price_after_item_discount"), item.get("price_after_order_discount")
    return ZERO if before is None or after is None else before - after


def _check_explained(
    goods_tax: Decimal, other_tax: Decimal, items: Sequence[Item], tariff: Tariff, order: Item
) -> None:
    told = tariff.rounded(order["tax_total"])
    difference = told - goods_tax - other_tax
    adjustments = order["order_price_adjustments"]
    taxes = [abs(adjustment["tax"]) for adjustment in adjustments if adjustment["tax"] is not None]
    # OCAPI tells only the price of an adjustment; the tax inside of it cannot be more.
    bound = sum(taxes or [abs(tariff.before_discount(a)) for a in adjustments], ZERO)
    # Tax may be rounded per line, per rate or per order: every amount that is rounded may miss by one unit.
    rounded = (items, order["shipping_items"] or order["shipments"], adjustments)
    rounding = Decimal(sum(map(len, rounded)) + 1).scaleb(-tariff.digits)
    if abs(difference) > bound + rounding:
        arithmetic = (
            f"tax of lines {goods_tax} + of shipping and gift certificates {other_tax}"
            f" = {goods_tax + other_tax}, tax total {told}, difference {difference},"
            f" more than order discounts ({bound}) and rounding ({rounding}) explain; correct the order"
        )
        reject("order.total_mismatch", {"taxTotal": arithmetic})


def shipping_amounts(order: Item, tariff: Tariff) -> list[Amounts]:
    """Return the charge of each shipment after its adjustments, surcharges included."""
    shipments = order["shipments"]
    if order["shipping_items"]:
        return [_charge(shipping_items(order, shipment), tariff) for shipment in shipments]
    if len(shipments) == 1 and shipments[0]["shipping_total"] is None:
        return [_total(order, tariff)]
    return [_total(shipment, tariff) for shipment in shipments]


def shipping_items(order: Item, shipment: Item) -> list[Item]:
    """Return the charges of a shipment; one that names no shipment can only belong to the only one."""
    mine = {shipment["shipment_id"], "" if len(order["shipments"]) == 1 else shipment["shipment_id"]}
    return [item for item in order["shipping_items"] if item["shipment_id"] in mine]


def _charge(mine: Sequence[Item], tariff: Tariff) -> Amounts:
    price = sum((tariff.price(item) for item in mine), ZERO)
    return tariff.amounts(price, sum((tariff.tax(item) for item in mine), ZERO))


def _total(totals: Item, tariff: Tariff) -> Amounts:
    return tariff.amounts(totals["shipping_total"] or ZERO, totals["adjusted_shipping_total_tax"] or ZERO)


def parts(amounts: Amounts, weights: Sequence[Decimal], digits: int) -> list[Amounts]:
    """Split a bundle's amounts over its parts; net and tax each add up exactly."""
    nets = apportion(amounts.net, weights, digits)
    taxes = apportion(amounts.tax, weights, digits)
    return [Amounts(net=net, tax=tax) for net, tax in zip(nets, taxes, strict=True)]
