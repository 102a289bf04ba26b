"""What is read of an order document; the members are optional in SFCC unless we cannot do without."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema
from marshmallow.validate import OneOf

from schemas.addresses import AddressError, normalized
from schemas.fields import Currency, Email, Key, Locale, Money, SharedKey, Text, Timestamp
from schemas.sfcc import AUTHORISED_ATTRIBUTE, INSTRUCTION_ATTRIBUTE
from schemas.sfcc.items import (
    LONGEST_ID,
    LONGEST_MESSAGE,
    AdjustmentSchema,
    DocumentSchema,
    GiftCertificateSchema,
    ProductItemSchema,
    ShippingItemSchema,
    check_parts_unique,
    check_unique,
    custom_attributes,
    listed,
)
from sync.core.addresses import Address

_TAXATION = "must be gross or net"


class AddressSchema(DocumentSchema):
    """A postal address, loaded as a normalized `Address`."""

    salutation = Text()
    title = Text()
    first_name = Text()
    second_name = Text()
    last_name = Text()
    suffix = Text()
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
    address_id = Text(data_key="id")

    @post_load
    def _normalized(self, data: dict[str, str], **_: Any) -> Address:
        try:
            address = normalized(members(data))
        except AddressError as problem:
            raise ValidationError({name: [reason] for name, reason in problem.reasons.items()}) from problem
        return replace(address, address_id=data["address_id"], last_name=data["last_name"])


def members(data: Mapping[str, str]) -> dict[str, str]:
    """Return the members of an address by the storefront's names, those that were not usable as empty."""
    given = {field.data_key or name: data.get(name, "") for name, field in _ADDRESS.fields.items()}
    return given | {"fullName": addressed({name: data.get(name, "") for name in _ADDRESS.fields})}


def addressed(person: dict[str, str]) -> str:
    """Return the whole name with salutation, title and suffix, none of them twice; empty without a name."""
    parts = [person[part] for part in ("first_name", "second_name", "last_name")]
    name = person["full_name"] or " ".join(filter(None, parts))
    if not name:
        return ""
    for before in (person["title"], person["salutation"]):
        name = name if _has(name, before) else f"{before} {name}"
    return name if _has(name, person["suffix"]) else f"{name} {person['suffix']}"


def _has(name: str, words: str) -> bool:
    return not words or f" {words} " in f" {name} "


_ADDRESS = AddressSchema()


class CustomerSchema(DocumentSchema):
    """Who ordered."""

    customer_id = Text(100)
    customer_no = Text(100)
    customer_name = Text()
    email = Email()
    guest = fields.Boolean(load_default=None)


class MethodSchema(DocumentSchema):
    """A shipping method; SCAPI tells only its id."""

    id = Key(256, required=True)


class ShipmentSchema(DocumentSchema):
    """A destination; where nothing is shipped to, SFCC asks for neither method nor address."""

    shipment_id = Key(LONGEST_ID, required=True)
    shipping_method = fields.Nested(MethodSchema, load_default=None)
    shipping_address = fields.Nested(AddressSchema, load_default=None)
    gift = fields.Boolean(load_default=False)
    gift_message = Text(LONGEST_MESSAGE, breaks=True)
    instruction = Text(2000, breaks=True, data_key=INSTRUCTION_ATTRIBUTE)
    shipping_total = Money(load_default=None)
    adjusted_shipping_total_tax = Money(load_default=None)
    custom = custom_attributes()


class AuthorizationSchema(DocumentSchema):
    """The payment provider's word, as a number or in words."""

    status = fields.Raw(load_default=None)


class TransactionSchema(DocumentSchema):
    """What the payment provider knows."""

    amount = Money(load_default=None)
    transaction_id = Text()
    authorization_status = fields.Nested(AuthorizationSchema, load_default=None)
    authorised_at = Timestamp(load_default=None, data_key=AUTHORISED_ATTRIBUTE)


class PaymentSchema(DocumentSchema):
    """A means of payment. Card members are not listed, so they are never read."""

    payment_method_id = Text()
    amount = Money(load_default=None)
    masked_gift_certificate_code = Text()
    authorization_status = fields.Nested(AuthorizationSchema, load_default=None)
    payment_transaction = fields.Nested(TransactionSchema, load_default=dict)


class CouponSchema(DocumentSchema):
    """A coupon the shopper entered."""

    code = Text()
    valid = fields.Boolean(load_default=True)


class OrderSchema(DocumentSchema):
    """The order."""

    order_no = SharedKey(50, required=True)
    site_id = Text(32)
    status = Text(required=True)
    confirmation_status = Text()
    export_status = Text()
    payment_status = Text()
    creation_date = Timestamp(load_default=None)
    place_date = Timestamp(load_default=None)
    channel_type = Text()
    source_code = Text()
    customer_order_reference = Text()
    invoice_no = Text()
    currency = Currency(required=True)
    customer_locale = Locale(load_default="")
    taxation = fields.String(load_default="", validate=OneOf(["", "gross", "net"], error=_TAXATION))
    customer_info = fields.Nested(CustomerSchema, load_default=None)
    customer_name = Text()
    billing_address = fields.Nested(AddressSchema, load_default=None)
    shipments = listed(ShipmentSchema)
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
    custom = custom_attributes()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _ids_are_unique(self, _: Any, original: Any, **__: Any) -> None:
        # Progress is told per line and per shipment: two of one name could not be told apart.
        if isinstance(original, dict):
            for name, member in (("productItems", "itemId"), ("shipments", "shipmentId")):
                rows = original.get(name)
                check_unique(rows if isinstance(rows, list) else [], member, name)
            check_parts_unique(original.get("productItems"))


class StatusSchema(DocumentSchema):
    """The few members a look at an order's state needs."""

    order_no = Text()
    status = Text()
    export_status = Text()
    shipping_status = Text()
    external_order_status = Text()
    shipments = fields.Raw(load_default=None)
    custom = custom_attributes()
    creation_date = Timestamp(load_default=None)
    last_modified = Timestamp(load_default=None)
