"""What the storefront shall be told of an order's fulfillment: pure functions of what is known.

Read `plan` first; `events`, `attributes` and `reasons` say how it is put, `handed` which lines it is about.
"""

from sync.core.postings.handed import Handed, HandedLine, HandedOrder, assign
from sync.core.postings.plan import news, on_acceptance, on_rejection, order_status, wanted
from sync.core.postings.posting import Kind, Posting, overtakes

__all__ = [
    "Handed",
    "HandedLine",
    "HandedOrder",
    "Kind",
    "Posting",
    "assign",
    "news",
    "on_acceptance",
    "on_rejection",
    "order_status",
    "overtakes",
    "wanted",
]
