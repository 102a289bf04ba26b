"""The priced things of an order document: lines, their options and parts, shipping, adjustments."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load
from marshmallow.validate import Length

from schemas.base import WireSchema
from schemas.fields import Key, Money, Quantity, Sku, Text
from sync.core.spelling import CUSTOM_PREFIX

MOST_LINES = 2000
# As the Orders API limits ids of lines and shipments, and gift messages.
LONGEST_ID = 256
LONGEST_MESSAGE = 4000
# What no member of a document can be called.
CUSTOM = "c_*"


# What marshmallow says of a member → how it goes on after the member's value.
_SAYS = {
    "required": "is required",
    "null": "is required",
    "type": "must be an object",
}
_KINDS: Mapping[type[fields.Field[Any]], str] = {
    fields.Boolean: "must be true or false",
    fields.List: "must be a list",
    fields.String: "must be a text",
}


class DocumentSchema(WireSchema):
    """A part of the order document; null means the same as absent."""

    error_messages = _SAYS

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Let the field say what is wrong the way that all problems are told."""
        super().on_bind_field(field_name, field_obj)
        kinds = [word for kind, word in _KINDS.items() if isinstance(field_obj, kind)]
        field_obj.error_messages |= _SAYS | ({"invalid": kinds[0]} if kinds else {})

    @pre_load
    def _without_nulls(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        told = {name: value for name, value in data.items() if value is not None}
        if "custom" in self.fields and self.fields["custom"].data_key == CUSTOM:
            told[CUSTOM] = {name: value for name, value in told.items() if name.startswith(CUSTOM_PREFIX)}
        return told


def custom_attributes() -> fields.Dict:
    """All custom attributes of a thing, as they are; which of them count is the site's business."""
    return fields.Dict(load_default=dict, data_key=CUSTOM)


def listed(schema: type[Schema]) -> fields.List[Any]:
    """A list that may be absent."""
    return fields.List(fields.Nested(schema), load_default=list, validate=at_most(MOST_LINES))


def at_most(entries: int) -> Length:
    """Return the check of a list's length."""
    return Length(max=entries, error=f"must have at most {entries} entries")


def check_unique(rows: Any, member: str, path: str) -> None:
    """Raise `ValidationError` at each row whose id an earlier row of the list has; empty ids may recur."""
    first: dict[str, int] = {}
    found: dict[int, dict[str, list[str]]] = {}
    for index, row in enumerate(rows or []):
        name = row.get(member, "") if isinstance(row, dict) else ""
        if isinstance(name, str) and name and first.setdefault(name, index) != index:
            found[index] = {member: [f"is also the id of entry {first[name]}"]}
    if found:
        raise ValidationError({path: found})


def check_parts_unique(rows: Any) -> None:
    """Raise `ValidationError` at each part or option that has the id of another line, part or option."""
    first: dict[str, str] = {}
    problems: dict[str, list[str]] = {}
    for path, row in _things(rows, "productItems"):
        name = row.get("itemId")
        if isinstance(name, str) and name and first.setdefault(name, path) != path:
            problems[f"{path}.itemId"] = [f"is also the id of {first[name]}"]
    if problems:
        raise ValidationError(problems)


def _things(rows: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Lines, then everything inside of them, each with its path; what is no object is told elsewhere."""
    found = [(f"{path}.{n}", row) for n, row in enumerate(rows if isinstance(rows, list) else [])]
    for place, row in ((place, row) for place, row in found if isinstance(row, dict)):
        yield place, row
        for inside in ("bundledProductItems", "optionItems"):
            yield from _things(row.get(inside), f"{place}.{inside}")


class AdjustmentSchema(DocumentSchema):
    """A discount (negative) or surcharge on a line, on shipping or on the order."""

    promotion_id = Text()
    coupon_code = Text()
    item_text = Text(4000)
    gross_price = Money(load_default=None)
    net_price = Money(load_default=None)
    price = Money(load_default=None)
    base_price = Money(load_default=None)
    tax = Money(load_default=None)


class PricedSchema(DocumentSchema):
    """What every priced item says of its amounts; which one counts is decided in `amounts`."""

    base_price = Money(load_default=None)
    gross_price = Money(load_default=None)
    net_price = Money(load_default=None)
    price = Money(load_default=None)
    price_after_item_discount = Money(load_default=None)
    price_after_order_discount = Money(load_default=None)
    tax = Money(load_default=None)
    adjusted_tax = Money(load_default=None)
    tax_rate = Money(load_default=None)
    tax_class_id = Text()
    price_adjustments = listed(AdjustmentSchema)


class OptionSchema(PricedSchema):
    """An extra bought with a line (gift wrap, engraving): a product of its own to the warehouse.

    SCAPI's OptionItem tells neither id, quantity, tax rate nor prices after discounts; OCAPI tells them all.
    """

    item_id = Text(LONGEST_ID)
    product_id = Sku(required=True)
    product_name = Text(4000)
    item_text = Text(4000)
    option_id = Text()
    option_value_id = Text()
    quantity = Quantity(load_default=None)
    shipment_id = Text(LONGEST_ID)
    gift = fields.Boolean(load_default=False)
    custom = custom_attributes()


class PartSchema(DocumentSchema):
    """A product inside a bundle; its price, if any, only weighs its share of the bundle's.

    It may be bought with options, and be a bundle itself.
    """

    item_id = Key(LONGEST_ID, required=True)
    product_id = Sku(required=True)
    product_name = Text(4000)
    item_text = Text(4000)
    quantity = Quantity(required=True)
    base_price = Money(load_default=None)
    option_items = listed(OptionSchema)
    bundled_product_items = fields.List(
        fields.Nested("PartSchema"), load_default=list, validate=at_most(MOST_LINES)
    )
    custom = custom_attributes()


class ProductItemSchema(PricedSchema):
    """A line."""

    item_id = Key(LONGEST_ID, required=True)
    product_id = Sku(required=True)
    product_name = Text(4000)
    item_text = Text(4000)
    quantity = Quantity(required=True)
    shipment_id = Text(LONGEST_ID)
    gift = fields.Boolean(load_default=False)
    gift_message = Text(LONGEST_MESSAGE, breaks=True)
    bonus_product_line_item = fields.Boolean(load_default=False)
    bundled_product_items = listed(PartSchema)
    option_items = listed(OptionSchema)
    custom = custom_attributes()


class ShippingItemSchema(PricedSchema):
    """A shipping charge or a surcharge."""

    item_text = Text(4000)
    shipment_id = Text(LONGEST_ID)


class GiftCertificateSchema(DocumentSchema):
    """A gift certificate sold with the order: paid here, not shipped."""

    gross_price = Money(load_default=None)
    net_price = Money(load_default=None)
    base_price = Money(load_default=None)
    amount = Money(load_default=None)
    tax = Money(load_default=None)
