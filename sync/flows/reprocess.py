"""Reprocess: dead letters selected by what they have in common, put to work again after the cure."""

from collections.abc import Mapping
from dataclasses import dataclass

from sync.core.errors import OrderbridgeError
from sync.core.messages import Message, Topic
from sync.core.orders import check
from sync.core.ports import DeadLetters, Reader, Selection, Storefront
from sync.core.sites import Site
from sync.flows.messages import site_of


@dataclass(frozen=True, slots=True)
class Trial:
    """What a dry run found: whether the message would pass its checks now."""

    message: Message
    passes: bool
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessFlow:
    """The story of a cure."""

    sites: Mapping[str, Site]
    letters: DeadLetters
    storefront: Storefront
    reader: Reader

    def requeue(self, selection: Selection, limit: int = 10_000) -> list[Message]:
        """Put the selected dead messages to work again and return them."""
        selected = self.letters.select_dead(selection, limit)
        self.letters.requeue([message.id for message in selected])
        return selected

    def dry_run(self, selection: Selection, limit: int = 1_000) -> list[Trial]:
        """Check what would happen, without sending or changing anything."""
        return [self._try(message) for message in self.letters.select_dead(selection, limit)]

    def _try(self, message: Message) -> Trial:
        try:
            site = site_of(self.sites, message.site)
            if message.topic == Topic.ORDER_PLACED:
                check(self.storefront.order(site, self.reader.placed_order_no(message)), site)
            elif message.topic in {Topic.SHIPMENT_CHANGED, Topic.RETURN_RECEIVED}:
                self.reader.fact(message, site)
        except OrderbridgeError as error:
            return Trial(message, passes=False, code=error.code, detail=error.detail)
        return Trial(message, passes=True)
