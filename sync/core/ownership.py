"""Who owns which field: a table, so that a conflict is a lookup and never a code path."""

from enum import StrEnum

from sync.core.ports.records import ConflictFound


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


def conflict(site: str, order_no: str, field: str, *, storefront: str, warehouse: str) -> ConflictFound:
    """Return the record of a disagreement about a field of the table, with both values and its owner."""
    detail = f"storefront: {storefront}; warehouse: {warehouse}; the {OWNERS[field]} owns it"
    return ConflictFound(site=site, order_no=order_no, field=field, detail=detail)
