"""Who owns which field: a table, so that a conflict is a lookup and never a code path."""

from enum import StrEnum


class Owner(StrEnum):
    """The system whose value is the truth."""

    STOREFRONT = "storefront"
    WAREHOUSE = "warehouse"


OWNERS: dict[str, Owner] = {
    "order.lines": Owner.STOREFRONT,
    "order.amounts": Owner.STOREFRONT,
    "order.customer": Owner.STOREFRONT,
    "order.billing": Owner.STOREFRONT,
    "order.payments": Owner.STOREFRONT,
    "order.cancellation": Owner.STOREFRONT,
    "shipment.address": Owner.STOREFRONT,
    "shipment.method": Owner.STOREFRONT,
    "shipment.stage": Owner.WAREHOUSE,
    "shipment.items": Owner.WAREHOUSE,
    "shipment.parcels": Owner.WAREHOUSE,
    "shipment.carrier": Owner.WAREHOUSE,
    "shipment.tracking": Owner.WAREHOUSE,
    "shipment.times": Owner.WAREHOUSE,
    "return.items": Owner.WAREHOUSE,
    "stock.count": Owner.WAREHOUSE,
}


def may_write(field: str, sender: Owner) -> bool:
    """Tell whether `sender` owns `field`; an unknown field is owned by nobody and never written."""
    return OWNERS.get(field) is sender
