"""Means of payment: method, amount, the provider's reference and word; never card data."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas.sfcc import AUTHORISED, GIFT_CERTIFICATE
from schemas.sfcc.amounts import Item, Tariff
from sync.core.money import ZERO
from sync.core.orders import Payment


def payments(data: Item, tariff: Tariff) -> Iterator[Payment]:
    """Yield every means of payment; the amount of the only one is the whole order when none is told."""
    instruments = data["payment_instruments"]
    for instrument in instruments:
        transaction = instrument["payment_transaction"]
        amount = transaction.get("amount")
        if amount is None:
            amount = instrument["amount"]
        if amount is None:
            amount = data["order_total"] if len(instruments) == 1 else ZERO
        certificate = GIFT_CERTIFICATE if instrument["masked_gift_certificate_code"] else ""
        yield Payment(
            method=instrument["payment_method_id"] or certificate,
            amount=tariff.rounded(amount),
            reference=transaction.get("transaction_id", ""),
            authorised=_authorised(instrument),
        )


def authorised_at(data: Item, paid: Sequence[Payment], placed_at: datetime) -> datetime | None:
    """Return when the last payment was authorised, None while one is not."""
    if not paid or not all(payment.authorised for payment in paid):
        return None
    told = [one["payment_transaction"].get("authorised_at") for one in data["payment_instruments"]]
    return max(filter(None, told), default=placed_at)


def _authorised(instrument: Item) -> bool:
    word = instrument["payment_transaction"].get("authorization_status") or instrument["authorization_status"]
    if word is None or word["status"] is None:
        # A redeemed certificate is paid with; no provider has to agree.
        return bool(instrument["masked_gift_certificate_code"])
    return str(word["status"]).lower() in AUTHORISED
