"""What the warehouse asks money for before it goes on; whether and how it is taken is the storefront's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sync.core.goods import Item, most


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """A shipment of an order that was handed over unpaid and waits for its money."""

    shipment: str
    at: datetime
    items: tuple[Item, ...] = ()
    reference: str = ""


def joined(known: Mapping[str, PaymentRequest], seen: PaymentRequest) -> dict[str, PaymentRequest]:
    """Return the requests by shipment with one more word of one of them, the same in any order of arrival."""
    before = known.get(seen.shipment, replace(seen, items=()))
    after = replace(
        before,
        at=min(before.at, seen.at),
        items=most(before.items, seen.items),
        reference=max(before.reference, seen.reference),
    )
    return {**known, seen.shipment: after}
