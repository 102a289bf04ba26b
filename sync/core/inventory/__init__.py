"""Stock: counts, the demand they do not contain, the promise that follows, and what was published of it.

Pure. Start with `promise.py`; `policy.py` has the rules of a site that it obeys.
"""

from sync.core.inventory.baskets import Reservation
from sync.core.inventory.counts import Count, Unreadable, newest_of
from sync.core.inventory.demand import Demand, contained
from sync.core.inventory.drifted import Drift, Kind, Shown, drift, extra
from sync.core.inventory.explained import Explanation, Finding, Matter, Position, explanation, findings
from sync.core.inventory.policy import Handling, Manner, Percent, Share, StockPolicy, StockRule, withheld
from sync.core.inventory.promise import AS_IT_IS, Target, counted, gone, target, uncounted
from sync.core.inventory.published import Published, Refusal, crosses_zero, difference, differs, pause, rests

__all__ = [
    "AS_IT_IS",
    "Count",
    "Demand",
    "Drift",
    "Explanation",
    "Finding",
    "Handling",
    "Kind",
    "Manner",
    "Matter",
    "Percent",
    "Position",
    "Published",
    "Refusal",
    "Reservation",
    "Share",
    "Shown",
    "StockPolicy",
    "StockRule",
    "Target",
    "Unreadable",
    "contained",
    "counted",
    "crosses_zero",
    "difference",
    "differs",
    "drift",
    "explanation",
    "extra",
    "findings",
    "gone",
    "newest_of",
    "pause",
    "rests",
    "target",
    "uncounted",
    "withheld",
]
