"""The core's `Reader`: bodies as received become core values."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.base import parse_object, reject
from schemas.baskets import read_reservation
from schemas.events import CANCEL_REQUEST, is_order, order_number
from schemas.orderflow import LONDON, PUSH_AGE
from schemas.orderflow.facts import fact
from schemas.orderflow.stock import counts
from schemas.sfcc.mapping import read_order
from sync.core.fulfillment import Fact
from sync.core.inventory import Count
from sync.core.messages import Message
from sync.core.orders import Order
from sync.core.ports import Held
from sync.core.sites import Site


class WireReader:
    """Reads SFCC's JSON and Orderflow's XML; `zone` names that of Orderflow's zoneless times."""

    def __init__(self, zone: str = LONDON.key, push_age: timedelta = PUSH_AGE) -> None:
        """Take how old a pushed count may be at most when it arrives."""
        self._zone = ZoneInfo(zone)
        self._push_age = push_age

    def placed_order_no(self, message: Message) -> str:
        """Return the order number; raises `Rejected` event.invalid when the body names none."""
        body = parse_object(message.body)
        number = order_number(body) or order_number(_order_in(body) or {})
        if not isinstance(number, str) or not number:
            reject("event.invalid", {"orderNo": "is required"})
        return number

    def asks_to_cancel(self, message: Message) -> bool:
        """Tell whether the event asks for a cancellation."""
        body = parse_object(message.body)
        return (body.get("type") or body.get("event")) == CANCEL_REQUEST

    def placed_order(self, message: Message, site: Site) -> Order | None:
        """Return the order the body carries in full, None when there is only its number."""
        order = _order_in(parse_object(message.body))
        return None if order is None else read_order(order, site)

    def fact(self, message: Message, site: Site) -> Fact:
        """Return what the warehouse's document says; its own time, else the time of receipt, holds."""
        return fact(message.body, site, _received(message), self._zone)

    def reservation(self, message: Message) -> Held:
        """Return what is told of a basket; its window begins when it was received."""
        site, basket, units, over = read_reservation(message.body)
        return Held(site=site, basket=basket, units=units, at=_received(message), over=over)

    def counts(self, message: Message, site: Site) -> list[Count]:
        """Return the counts of a push, as of a moment not later than they were computed."""
        return counts(message.body, site.organisation, _received(message) - self._push_age)


def _order_in(body: dict[str, Any]) -> dict[str, Any] | None:
    candidates = [inner for inner in (body, body.get("order")) if isinstance(inner, dict)]
    return next((inner for inner in candidates if is_order(inner)), None)


def _received(message: Message) -> datetime:
    # A message that was never received from outside was made now.
    return message.received_at or datetime.now(UTC)
