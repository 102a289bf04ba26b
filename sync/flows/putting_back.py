"""Putting back: what the warehouse owns and somebody changed in the storefront is told there once more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sync.core.messages import Message
from sync.core.ownership import Owner, Word, conflict
from sync.core.ports import Handover, OrderBook, Orders, Record
from sync.core.postings import Posting
from sync.core.showing import Shown, edits
from sync.core.sites import Site
from sync.flows.drafts import posting_draft
from sync.flows.storefront import OBSERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class PuttingBack:
    """The story of an edit by somebody who does not own the field."""

    storefront: OrderBook
    orders: Orders

    def records(self, message: Message, site: Site, handovers: Sequence[Handover]) -> Iterator[Record]:
        """Yield a conflict for every edit, and each posting that puts back, once."""
        before = self.orders.told(site, message.key)
        seen = self.storefront.observe(site, message.key)
        told = self.orders.told(site, message.key)
        if told != before:
            # What is told in the same moment may be what was seen.
            return
        statuses = {kind: observed(seen) for kind, observed in OBSERVED.items()}
        shown = Shown(statuses=statuses, attributes=seen.attributes, tracking=seen.tracking)
        _, known = self.orders.known(site, message.key)
        found = list(edits(site, told, shown, known, handovers[0].placed_status))
        for edit in found:
            yield conflict(
                site.name,
                message.key,
                edit.field,
                storefront=edit.storefront,
                warehouse=edit.warehouse,
                word=Word(sender=Owner.STOREFRONT, message=message.id),
            )
        postings = {edit.posting.key: edit.posting for edit in found if edit.posting}
        yield from (once_more(message, posting) for posting in postings.values())


def once_more(message: Message, posting: Posting) -> Record:
    """Return the posting's message; the same may have been told before, and set back since."""
    return posting_draft(message, message.key, replace(posting, key=f"{posting.key}:{message.id}"))
