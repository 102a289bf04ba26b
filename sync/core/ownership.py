"""Who owns which field: a table, so that a conflict is a lookup and never a code path."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sync.core.ports.records import ConflictFound


class Owner(StrEnum):
    """The system whose value is the truth."""

    STOREFRONT = "storefront"
    WAREHOUSE = "warehouse"
    CRM = "crm"


class Remedy(StrEnum):
    """How the owner's value is written to the other system once more."""

    RESEND = "the order is canceled in the warehouse and imported there anew, unless it is too late"
    CANCEL = "the warehouse is asked once more to cancel"
    POST = "the storefront is told once more"
    PUBLISH = "the count is published once more"
    LINK = "the customer's contact is looked up once more"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table; `at_once`: the remedy needs no person's word."""

    owner: Owner
    remedy: Remedy
    at_once: bool = False


_SHOP, _YARD = Owner.STOREFRONT, Owner.WAREHOUSE

OWNERSHIP: Mapping[str, Rule] = {
    # What goods the warehouse shows may be a split that is half told: no order is torn down for that.
    "order.lines": Rule(_SHOP, Remedy.RESEND),
    "order.quantities": Rule(_SHOP, Remedy.RESEND),
    "order.prices": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "order.taxes": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "order.discounts": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "order.customer": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "order.billing": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "order.payments": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "order.cancellation": Rule(_SHOP, Remedy.CANCEL),
    "shipment.address": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "shipment.method": Rule(_SHOP, Remedy.RESEND, at_once=True),
    "order.reference": Rule(_YARD, Remedy.POST, at_once=True),
    "shipment.stage": Rule(_YARD, Remedy.POST, at_once=True),
    "shipment.items": Rule(_YARD, Remedy.POST, at_once=True),
    "shipment.canceled": Rule(_YARD, Remedy.POST, at_once=True),
    "shipment.parcels": Rule(_YARD, Remedy.POST, at_once=True),
    "shipment.carrier": Rule(_YARD, Remedy.POST, at_once=True),
    "shipment.tracking": Rule(_YARD, Remedy.POST, at_once=True),
    "shipment.times": Rule(_YARD, Remedy.POST, at_once=True),
    "return.items": Rule(_YARD, Remedy.POST, at_once=True),
    "stock.count": Rule(_YARD, Remedy.PUBLISH, at_once=True),
}
# Between storefront and CRM: who a customer is there. Of several contacts only a person knows which.
PEOPLE: Mapping[str, Rule] = {"customer.contact": Rule(Owner.CRM, Remedy.LINK)}
RULES: Mapping[str, Rule] = {**OWNERSHIP, **PEOPLE}
OWNERS: Mapping[str, Owner] = {field: rule.owner for field, rule in RULES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What showed a disagreement: whose word, its message in the ledger, the reference it is about.

    `alarm`: it is about goods that are on their way.
    """

    sender: Owner
    message: int | None
    reference: str = ""
    alarm: bool = False


def conflict(
    site: str, order_no: str, field: str, *, storefront: str, warehouse: str, word: Word
) -> ConflictFound:
    """Return the record of a disagreement about a field of the table, with both values and its evidence."""
    return ConflictFound(
        site=site,
        order_no=order_no,
        field=field,
        storefront=storefront,
        warehouse=warehouse,
        owner=OWNERS[field],
        sender=word.sender,
        reference=word.reference,
        message=word.message,
        alarm=word.alarm,
    )
