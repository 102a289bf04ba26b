"""Stock: counts, the demand they do not contain, the promise that follows, and what was published of it.

Pure. Start with `promise.py`; `policy.py` has the rules of a site that it obeys.
"""

from sync.core.inventory.counts import Count, Unreadable, newest_of
from sync.core.inventory.demand import Demand, contained
from sync.core.inventory.policy import StockPolicy
from sync.core.inventory.promise import Target, target, uncounted
from sync.core.inventory.published import Published, Refusal, crosses_zero, differs, pause

__all__ = [
    "Count",
    "Demand",
    "Published",
    "Refusal",
    "StockPolicy",
    "Target",
    "Unreadable",
    "contained",
    "crosses_zero",
    "differs",
    "newest_of",
    "pause",
    "target",
    "uncounted",
]
