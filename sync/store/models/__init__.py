"""The tables: `work` is the ledger, `orders` what was handed over, `links` ids, `stock` counts.

`audits` has what was found out of the ordinary, `reservations` what baskets hold, `agents` what the CRM has.
"""

from sync.store.models.agents import AgentRecordRow
from sync.store.models.audits import AuditRow, DriftRow, FindingCountRow
from sync.store.models.base import Base
from sync.store.models.links import LinkRow
from sync.store.models.orders import WORDS, ActRow, ConflictRow, HandoverLineRow, HandoverRow, ProgressRow
from sync.store.models.reservations import ReservationRow
from sync.store.models.stock import FeedRow, PaceRow, PublishedRow, RefusedRow, StockCountRow, WantedCountRow
from sync.store.models.work import AttemptRow, CursorRow, MessageRow

__all__ = [
    "WORDS",
    "ActRow",
    "AgentRecordRow",
    "AttemptRow",
    "AuditRow",
    "Base",
    "ConflictRow",
    "CursorRow",
    "DriftRow",
    "FeedRow",
    "FindingCountRow",
    "HandoverLineRow",
    "HandoverRow",
    "LinkRow",
    "MessageRow",
    "PaceRow",
    "ProgressRow",
    "PublishedRow",
    "RefusedRow",
    "ReservationRow",
    "StockCountRow",
    "WantedCountRow",
]
