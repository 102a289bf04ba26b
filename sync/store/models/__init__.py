"""The tables: `work` is the ledger, `orders` what was handed over, `links` ids, `stock` counts."""

from sync.store.models.base import Base
from sync.store.models.links import LinkRow
from sync.store.models.orders import ActRow, ConflictRow, HandoverLineRow, HandoverRow, ProgressRow
from sync.store.models.stock import FeedRow, PaceRow, PublishedRow, RefusedRow, StockCountRow, WantedCountRow
from sync.store.models.work import AttemptRow, CursorRow, MessageRow

__all__ = [
    "ActRow",
    "AttemptRow",
    "Base",
    "ConflictRow",
    "CursorRow",
    "FeedRow",
    "HandoverLineRow",
    "HandoverRow",
    "LinkRow",
    "MessageRow",
    "PaceRow",
    "ProgressRow",
    "PublishedRow",
    "RefusedRow",
    "StockCountRow",
    "WantedCountRow",
]
