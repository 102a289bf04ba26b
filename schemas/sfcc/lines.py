"""From the lines of an order document to what is shipped, and to what is not but must be accounted for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.sfcc.amounts import Item, Tariff, discounted, line_amounts, parts
from schemas.sfcc.attributes import attributes, is_true
from sync.core.money import ZERO
from sync.core.orders import Amounts, Discount, Line
from sync.core.sites import LinePolicy
from sync.core.spelling import own_path


@dataclass(frozen=True, slots=True)
class Reading:
    """How a document is to be understood."""

    ocapi: bool
    policy: LinePolicy

    def path(self, path: str) -> str:
        """Return a path in the document's own spelling."""
        return own_path(path, snake_case=self.ocapi)


@dataclass(frozen=True, slots=True)
class Priced:
    """A line or an option with its amounts after and before discounts."""

    path: str
    item: Item
    worth: Amounts
    listed: Amounts


def priced(data: Item, tariff: Tariff, other_tax: Any) -> list[Priced]:
    """Return every line and option, virtual ones too, with amounts that make the order's tax total."""
    found = list(_items(data))
    items = [item for _, item in found]
    worths = line_amounts(discounted(items, tariff, data), tariff, data, other_tax)
    return [
        Priced(path, item, worth, tariff.listed(item))
        for (path, item), worth in zip(found, worths, strict=True)
    ]


def is_virtual(item: Item, policy: LinePolicy) -> bool:
    """Tell whether a line is never shipped, by the site's own signs."""
    if policy.virtual_skus and item["product_id"].startswith(policy.virtual_skus):
        return True
    return bool(policy.virtual_attribute) and is_true(item["custom"].get(policy.virtual_attribute))


def shipped(one: Priced, tariff: Tariff, reading: Reading) -> Iterator[Line]:
    """Yield the line itself, or a bundle's parts with the bundle's amounts shared among them."""
    item = one.item
    bundled = item.get("bundled_product_items", [])
    if not bundled:
        yield _line(one, item, tariff, reading)
        return
    weights = [part["quantity"] * (part["base_price"] or ZERO) for part in bundled]
    bundles = item["quantity"] if reading.policy.per_bundle else 1
    shares = zip(
        parts(one.worth, weights, tariff.digits), parts(one.listed, weights, tariff.digits), strict=True
    )
    for number, (part, (worth, listed)) in enumerate(zip(bundled, shares, strict=True)):
        inside = part | {"quantity": part["quantity"] * bundles, "belongs_to": item["item_id"]}
        path = f"{one.path}.bundledProductItems.{number}"
        yield _line(Priced(path, item, worth, listed), inside, tariff, reading, bundle=item["product_id"])


def _items(data: Item) -> Iterator[tuple[str, dict[str, Any]]]:
    """Lines and their options, each with its path; an option goes where its line goes."""
    only = data["shipments"][0]["shipment_id"] if len(data["shipments"]) == 1 else ""
    for index, item in enumerate(data["product_items"]):
        item["shipment_id"] = item["shipment_id"] or only
        yield f"productItems.{index}", item
        for number, option in enumerate(item["option_items"]):
            inherited = {
                "shipment_id": option["shipment_id"] or item["shipment_id"],
                "quantity": option["quantity"] or item["quantity"],
                "tax_rate": item["tax_rate"] if option["tax_rate"] is None else option["tax_rate"],
                "tax_class_id": option["tax_class_id"] or item["tax_class_id"],
                "belongs_to": item["item_id"],
            }
            yield f"productItems.{index}.optionItems.{number}", option | inherited


def _line(one: Priced, thing: Item, tariff: Tariff, reading: Reading, *, bundle: str = "") -> Line:
    item = one.item
    return Line(
        item_id=thing["item_id"],
        shipment_id=item["shipment_id"],
        sku=thing["product_id"],
        name=thing["product_name"] or thing["item_text"],
        quantity=thing["quantity"],
        amounts=one.worth,
        listed=one.listed,
        tax_rate=item["tax_rate"],
        tax_class=item["tax_class_id"],
        discounts=discounts(item["price_adjustments"], tariff),
        gift_message=item.get("gift_message", ""),
        wish=_wish(thing, reading.policy, reading.path(one.path)),
        kinds=tuple(_kinds(item)),
        belongs_to=thing.get("belongs_to", ""),
        bundle=bundle,
        path=reading.path(one.path),
    )


def _kinds(item: Item) -> Iterator[str]:
    if "option_id" in item:
        yield "option"
    if item.get("bonus_product_line_item"):
        yield "bonus"
    if item.get("gift"):
        yield "gift"


def _wish(thing: Item, policy: LinePolicy, path: str) -> str:
    """What the shopper chose of an option, and the words for it."""
    chosen = ": ".join(filter(None, (thing.get("option_id", ""), thing.get("option_value_id", ""))))
    words = thing["item_text"] if "option_id" in thing and thing["item_text"] != thing["product_name"] else ""
    name = policy.text_attribute
    own = attributes(thing["custom"], {name: ""}, f"{path}.").get(name, "") if name else ""
    return "\n".join(filter(None, (chosen, words, own)))


def discounts(adjustments: Sequence[Item], tariff: Tariff) -> tuple[Discount, ...]:
    """Return what each adjustment takes off, in the order's taxation mode."""
    return tuple(
        Discount(
            amount=tariff.before_discount(one),
            promotion=one["promotion_id"],
            text=one["item_text"],
            coupon=one["coupon_code"],
        )
        for one in adjustments
    )
