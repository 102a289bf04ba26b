"""What can be wrong with an order: ways to spoil a good one."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sync.sandbox.chance import Chance

Document = dict[str, Any]


def spoil(chance: Chance, document: Document) -> str:
    """Make the order invalid in one way and say which."""
    reason = chance.choice(tuple(WAYS))
    WAYS[reason](document)
    return reason


def _first_address(document: Document) -> Document:
    address: Document = document["shipments"][0]["shippingAddress"]
    return address


def _no_country(document: Document) -> None:
    del _first_address(document)["countryCode"]


def _no_postal_code(document: Document) -> None:
    del _first_address(document)["postalCode"]


def _unknown_method(document: Document) -> None:
    document["shipments"][0]["shippingMethod"] = {"id": "DRONE"}


def _other_currency(document: Document) -> None:
    document["currency"] = "CHF"


def _unknown_sku(document: Document) -> None:
    item = document["productItems"][0]
    item["productId"] = "RA-99999"
    item.pop("bundledProductItems", None)


def _broken_total(document: Document) -> None:
    document["orderTotal"] += Decimal("1.00")


WAYS: dict[str, Callable[[Document], None]] = {
    "missing country": _no_country,
    "missing postal code": _no_postal_code,
    "unknown shipping method": _unknown_method,
    "currency mismatch": _other_currency,
    "unknown sku": _unknown_sku,
    "broken total": _broken_total,
}
