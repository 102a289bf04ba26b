"""When an order must wait before it is handed over: a pure look at its statuses and the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.errors import Rejected
from sync.core.messages import NOTHING_TO_SHIP, Done, Outcome, Settlement, Wait
from sync.core.orders import Order
from sync.core.sites import HoldPolicy, Site

_UNPLACED = {"created"}
# OCAPI says `open` where SCAPI says `new`.
_HANDED_OVER = {"new", "open", "completed"}
_GONE = {"cancelled", "failed", "replaced"}


@dataclass(frozen=True, slots=True)
class Held:
    """Why an order waits, and in how many seconds to look again."""

    reason: str
    seconds: float


def unready(order: Order, site: Site, now: datetime) -> Settlement | None:
    """Return why the order does not go now, None when it may.

    Raises `Rejected` order.invalid for a status that nobody has described: it is told, never guessed.
    """
    if order.status in _UNPLACED:
        return Wait("order.not_placed", f"the order is {order.status}", site.hold.recheck)
    if order.status not in _HANDED_OVER | _GONE:
        reason = f"'{order.status}' is no status of an order that is known here; correct it in the storefront"
        raise Rejected("order.invalid", reason, fields={"status": reason})
    if order.status in _GONE:
        return Done(Outcome.SUPERSEDED, f"the storefront order is {order.status}")
    if order.export_status == "exported":
        return Done(Outcome.DUPLICATE, "exported, though not by this bridge")
    waiting = held(order, site.hold, now)
    return Wait("order.held", waiting.reason, waiting.seconds) if waiting else None


def nothing_to_ship(order: Order) -> Done | None:
    """Return how an order of virtual lines and gift certificates alone ends, None for any other."""
    if order.lines or not order.virtual:
        return None
    paid = f"{order.amounts.gross} {order.currency}"
    return Done(Outcome.APPLIED, f"{NOTHING_TO_SHIP}: {paid} for virtual lines and gift certificates")


def held(order: Order, policy: HoldPolicy, now: datetime) -> Held | None:
    """Return why the order must still wait, None when it may go.

    Payment and confirmation are looked at again every `recheck` seconds; the cooling-off time is known.
    """
    if policy.until == "paid" and order.payment_status != "paid":
        return Held(f"payment status is {order.payment_status or 'unknown'}, paid is needed", policy.recheck)
    if policy.until == "authorised" and not _authorised(order):
        return Held("no payment is authorised", policy.recheck)
    if policy.confirmed and order.confirmation_status != "confirmed":
        return Held(f"confirmation status is {order.confirmation_status or 'unknown'}", policy.recheck)
    rest = (order.placed_at + timedelta(seconds=policy.cooling_off) - now).total_seconds()
    return Held(f"cooling off for another {rest:.0f} s", rest) if rest > 0 else None


def _authorised(order: Order) -> bool:
    """Paid is more than authorised; of several means of payment each must be authorised."""
    if order.payment_status == "paid":
        return True
    return bool(order.payments) and all(payment.authorised for payment in order.payments)
