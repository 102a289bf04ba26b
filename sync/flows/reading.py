"""Reading: an order as the storefront has it now, or as a stored event had it."""

from dataclasses import dataclass, replace

from sync.core.errors import Rejected, Retryable
from sync.core.messages import Message
from sync.core.orders import Order
from sync.core.ports import OrderBook, OrderReader
from sync.core.privacy import refuse_blank
from sync.core.sites import Site


class InvalidCopy(Rejected):
    """The order in an event is invalid, and the storefront does not know it by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where an order message's order comes from."""

    storefront: OrderBook
    reader: OrderReader

    def order(self, message: Message, site: Site) -> Order:
        """Return the order from the storefront, or from the body of a message that is to be replayed.

        The event may have left before its order was committed, so the storefront's word counts.
        """
        if message.replay:
            return self._copy(message, site)
        try:
            return self.storefront.order(site, self.reader.placed_order_no(message))
        except Retryable as unreadable:
            if unreadable.code == "order.not_readable":
                self._refuse_copy(message, site)
            raise

    def carries_order(self, message: Message, site: Site) -> bool:
        """Tell whether the body holds the whole order; one that is wrong counts, and is told when tried."""
        try:
            return self.reader.placed_order(message, site) is not None
        except Rejected:
            return True

    def _copy(self, message: Message, site: Site) -> Order:
        """Return the body's order with the storefront's statuses: what was canceled since must not go."""
        refuse_blank(message)
        seen = self.storefront.observe(site, self.reader.placed_order_no(message))
        order = self.reader.placed_order(message, site)
        if order is None:
            raise Rejected("replay.impossible", "the stored event has only the order's number")
        return replace(order, status=seen.status, export_status=seen.export_status)

    def _refuse_copy(self, message: Message, site: Site) -> None:
        """Raise what is wrong with the event's own copy; there is no storefront order to mark as failed."""
        try:
            self.reader.placed_order(message, site)
        except Rejected as rejection:
            raise InvalidCopy(rejection.code, rejection.detail, fields=rejection.fields) from rejection
