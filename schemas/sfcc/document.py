"""What is read of an order document; the members are optional in SFCC unless we cannot do without."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load
from marshmallow.validate import Length, OneOf, Regexp

from schemas.addresses import AddressError, normalized
from schemas.base import WireSchema
from schemas.fields import CrmId, Currency, Key, Locale, Money, Quantity, Sku, Text, Timestamp
from schemas.sfcc import ACCOUNT_ATTRIBUTE, CONTACT_ATTRIBUTE, INSTRUCTION_ATTRIBUTE
from sync.core.addresses import Address

MOST_LINES = 2000
# As the Orders API limits ids of lines and shipments, and gift messages.
LONGEST_ID = 256
LONGEST_MESSAGE = 4000


class DocumentSchema(WireSchema):
    """A part of the order document; null means the same as absent."""

    @pre_load
    def _without_nulls(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


def listed(schema: type[DocumentSchema]) -> fields.List[Any]:
    """A list that may be absent."""
    return fields.List(fields.Nested(schema), load_default=list, validate=Length(max=MOST_LINES))


class AddressSchema(DocumentSchema):
    """A postal address, loaded as a normalized `Address`."""

    first_name = Text()
    last_name = Text()
    full_name = Text()
    company_name = Text()
    address1 = Text()
    address2 = Text()
    suite = Text()
    post_box = Text()
    city = Text()
    postal_code = Text()
    state_code = Text()
    country_code = Text()
    phone = Text()

    @post_load
    def _normalized(self, data: dict[str, str], **_: Any) -> Address:
        given = {self.fields[name].data_key or name: value for name, value in data.items()}
        try:
            return normalized(given)
        except AddressError as problem:
            raise ValidationError({name: [reason] for name, reason in problem.reasons.items()}) from problem


class CustomerSchema(DocumentSchema):
    """Who ordered."""

    customer_id = Text(100)
    customer_no = Text(100)
    customer_name = Text()
    email = fields.String(
        load_default="",
        validate=[Length(max=256), Regexp(r"([^@\s]+@[^@\s]+)?$", error="is not an e-mail address")],
    )
    guest = fields.Boolean(load_default=None)


class AdjustmentSchema(DocumentSchema):
    """A discount (negative) or surcharge on a line, on shipping or on the order."""

    promotion_id = Text()
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
    price_adjustments = listed(AdjustmentSchema)


class PartSchema(DocumentSchema):
    """A product inside a bundle; its price, if any, only weighs its share of the bundle's."""

    item_id = Key(LONGEST_ID, required=True)
    product_id = Sku(required=True)
    product_name = Text(4000)
    item_text = Text(4000)
    quantity = Quantity(required=True)
    base_price = Money(load_default=None)


class OptionSchema(PricedSchema):
    """An extra bought with a line (gift wrap, engraving): a product of its own to the warehouse.

    SCAPI's OptionItem tells neither id, quantity, tax rate nor prices after discounts; OCAPI tells them all.
    """

    item_id = Text(LONGEST_ID)
    product_id = Sku(required=True)
    product_name = Text(4000)
    item_text = Text(4000)
    quantity = Quantity(load_default=None)
    shipment_id = Text(LONGEST_ID)


class ProductItemSchema(PricedSchema):
    """A line."""

    item_id = Key(LONGEST_ID, required=True)
    product_id = Sku(required=True)
    product_name = Text(4000)
    item_text = Text(4000)
    quantity = Quantity(required=True)
    shipment_id = Text(LONGEST_ID)
    inventory_id = Text()
    gift_message = Text(LONGEST_MESSAGE, breaks=True)
    bundled_product_items = listed(PartSchema)
    option_items = listed(OptionSchema)


class ShippingItemSchema(PricedSchema):
    """A shipping charge or a surcharge."""

    shipment_id = Text(LONGEST_ID)


class GiftCertificateSchema(DocumentSchema):
    """A gift certificate sold with the order: paid here, not shipped."""

    gross_price = Money(load_default=None)
    net_price = Money(load_default=None)
    base_price = Money(load_default=None)
    amount = Money(load_default=None)
    tax = Money(load_default=None)


class MethodSchema(DocumentSchema):
    """A shipping method; SCAPI tells only its id."""

    id = Key(256, required=True)


class ShipmentSchema(DocumentSchema):
    """A destination."""

    shipment_id = Key(LONGEST_ID, required=True)
    shipping_method = fields.Nested(MethodSchema, required=True)
    shipping_address = fields.Nested(AddressSchema, required=True)
    gift_message = Text(LONGEST_MESSAGE, breaks=True)
    instruction = Text(2000, breaks=True, data_key=INSTRUCTION_ATTRIBUTE)
    shipping_total = Money(load_default=None)
    adjusted_shipping_total_tax = Money(load_default=None)


class TransactionSchema(DocumentSchema):
    """What the payment provider knows."""

    amount = Money(load_default=None)
    transaction_id = Text()


class PaymentSchema(DocumentSchema):
    """A means of payment. Card members are not listed, so they are never read."""

    payment_method_id = Text()
    amount = Money(load_default=None)
    masked_gift_certificate_code = Text()
    payment_transaction = fields.Nested(TransactionSchema, load_default=dict)


class CouponSchema(DocumentSchema):
    """A coupon the shopper entered."""

    code = Text()
    valid = fields.Boolean(load_default=True)


class OrderSchema(DocumentSchema):
    """The order."""

    order_no = Key(50, required=True)
    site_id = Text(32)
    status = Text(required=True)
    export_status = Text()
    payment_status = Text()
    shipping_status = Text()
    external_order_status = Text()
    creation_date = Timestamp(load_default=None)
    place_date = Timestamp(load_default=None)
    currency = Currency(required=True)
    customer_locale = Locale(load_default="")
    taxation = fields.String(load_default="", validate=OneOf(["", "gross", "net"]))
    customer_info = fields.Nested(CustomerSchema, load_default=None)
    customer_name = Text()
    billing_address = fields.Nested(AddressSchema, load_default=None)
    shipments = fields.List(fields.Nested(ShipmentSchema), required=True, validate=Length(1, MOST_LINES))
    product_items = listed(ProductItemSchema)
    shipping_items = listed(ShippingItemSchema)
    gift_certificate_items = listed(GiftCertificateSchema)
    order_price_adjustments = listed(AdjustmentSchema)
    coupon_items = listed(CouponSchema)
    payment_instruments = listed(PaymentSchema)
    shipping_total = Money(load_default=None)
    adjusted_shipping_total_tax = Money(load_default=None)
    tax_total = Money(load_default=None)
    order_total = Money(required=True)
    account_id = CrmId(data_key=ACCOUNT_ATTRIBUTE)
    contact_id = CrmId(data_key=CONTACT_ATTRIBUTE)


class StatusSchema(DocumentSchema):
    """The few members a look at an order's state needs."""

    order_no = Text()
    status = Text()
    export_status = Text()
    shipping_status = Text()
    external_order_status = Text()
    last_modified = Timestamp(load_default=None)
