"""What the storefront shall be told of an order's fulfillment: pure functions of what is known.

Read `plan` first; `progress` says how far an order has come, `streams` what is new of its goods, `worth` what
they are worth, `charges` what is given back beside them; `events`, `attributes` and `reasons` say how it is
put, `handed` which lines it is about; `guard` is the look before a status is set.
"""

from sync.core.postings.guard import Look, look
from sync.core.postings.handed import Charge, Handed, HandedLine, HandedOrder, assign
from sync.core.postings.plan import (
    finished,
    news,
    on_acceptance,
    on_nothing_to_ship,
    on_rejection,
    order_status,
    wanted,
)
from sync.core.postings.posting import Kind, Posting, attributes_posting, overtakes, status_posting
from sync.core.postings.progress import Excess, excess

__all__ = [
    "Charge",
    "Excess",
    "Handed",
    "HandedLine",
    "HandedOrder",
    "Kind",
    "Look",
    "Posting",
    "assign",
    "attributes_posting",
    "excess",
    "finished",
    "look",
    "news",
    "on_acceptance",
    "on_nothing_to_ship",
    "on_rejection",
    "order_status",
    "overtakes",
    "status_posting",
    "wanted",
]
