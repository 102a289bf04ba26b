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


@dataclass(frozen=True, slots=True)
class Part:
    """What a bundle is broken into: where it stands, and of how many units."""

    path: str
    item: Item
    quantity: int


def priced(data: Item, tariff: Tariff, other_tax: Any, *, per_bundle: bool) -> list[Priced]:
    """Return every line and option, virtual ones too, with amounts that make the order's tax total."""
    found = list(_items(data, per_bundle=per_bundle))
    items = [item for _, item in found]
    worths = line_amounts(discounted(items, tariff, data), tariff, data, other_tax)
    return [
        Priced(path, item, worth, tariff.listed(item))
        for (path, item), worth in zip(found, worths, strict=True)
    ]


def is_virtual(item: Item, policy: LinePolicy) -> bool:
    """Tell whether a line is never shipped, by the site's own signs; an option goes with its line."""
    if policy.virtual_skus and item["product_id"].startswith(policy.virtual_skus):
        return True
    if policy.virtual_attribute and is_true(item["custom"].get(policy.virtual_attribute)):
        return True
    return "bought_with" in item and is_virtual(item["bought_with"], policy)


def broken_up(one: Priced, tariff: Tariff, reading: Reading) -> Iterator[tuple[Line, bool]]:
    """Yield the line itself, or a bundle's parts with its amounts shared among them; and if it is virtual."""
    item = one.item
    if not item.get("bundled_product_items"):
        yield _line(one, item, tariff, reading), is_virtual(item, reading.policy)
        return
    found = list(_parts(item, one.path, per_bundle=reading.policy.per_bundle))
    weights = [part.quantity * (part.item["base_price"] or ZERO) for part in found]
    shares = zip(
        parts(one.worth, weights, tariff.digits), parts(one.listed, weights, tariff.digits), strict=True
    )
    for part, (worth, listed) in zip(found, shares, strict=True):
        inside = {**part.item, "quantity": part.quantity, "belongs_to": item["item_id"]}
        line = _line(
            Priced(part.path, item, worth, listed), inside, tariff, reading, bundle=item["product_id"]
        )
        yield line, is_virtual(item, reading.policy) or is_virtual(part.item, reading.policy)


def _parts(item: Item, path: str, *, per_bundle: bool, inner: bool = True) -> Iterator[Part]:
    """Everything inside of a bundle; a bundle within it is broken up too, unless `inner` is False."""
    for number, part in enumerate(item.get("bundled_product_items", [])):
        quantity = part["quantity"] * (item["quantity"] if per_bundle else 1)
        one = Part(f"{path}.bundledProductItems.{number}", {**part, "quantity": quantity}, quantity)
        within = list(_parts(one.item, one.path, per_bundle=per_bundle, inner=inner))
        yield from within if within and inner else [one, *within]


def _items(data: Item, *, per_bundle: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Lines and their options, each with its path; an option goes where its line goes."""
    only = data["shipments"][0]["shipment_id"] if len(data["shipments"]) == 1 else ""
    for index, item in enumerate(data["product_items"]):
        item["shipment_id"] = item["shipment_id"] or only
        path = f"productItems.{index}"
        yield path, item
        bought = Part(path, item, item["quantity"])
        for part in (bought, *_parts(item, path, per_bundle=per_bundle, inner=False)):
            yield from _options(part, item)


def _options(part: Part, item: Item) -> Iterator[tuple[str, dict[str, Any]]]:
    """The options of a line, or of something in the bundle that the line is."""
    for number, option in enumerate(part.item["option_items"]):
        inherited = {
            "shipment_id": option["shipment_id"] or item["shipment_id"],
            "quantity": option["quantity"] or part.quantity,
            "tax_rate": item["tax_rate"] if option["tax_rate"] is None else option["tax_rate"],
            "tax_class_id": option["tax_class_id"] or item["tax_class_id"],
            "belongs_to": part.item["item_id"],
            "bought_with": part.item if part.item is item else {**part.item, "bought_with": item},
        }
        yield f"{part.path}.optionItems.{number}", option | inherited


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
