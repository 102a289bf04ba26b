"""The story of one order in one list: what the systems did, what we told whom, and what is still open.

`trail` is what goes in, `entry` what comes out, `facts` what the warehouse did, `work` what became of the
messages, `people` what persons decided; `summary` says in a sentence where the order is, `document` all of
it to a machine.
"""

import json
from datetime import datetime

from sync.core.sites import Site
from sync.core.timeline.document import document, rows
from sync.core.timeline.entry import Entry, Placed, Source, What
from sync.core.timeline.facts import fulfillment, handed_over
from sync.core.timeline.people import acts, disputes
from sync.core.timeline.summary import Summary, summary
from sync.core.timeline.trail import Act, HandedOver, Happened, Held, Trail
from sync.core.timeline.work import work

__all__ = [
    "Act",
    "Entry",
    "HandedOver",
    "Happened",
    "Held",
    "Source",
    "Summary",
    "Trail",
    "What",
    "document",
    "rows",
    "summary",
    "timeline",
]

_RANK = {what: rank for rank, what in enumerate(What)}


def timeline(trail: Trail, site: Site) -> list[Entry]:
    """Return the order's story, oldest first; the same whatever order the trail's parts come in.

    Times are each system's own. Where clocks disagree, an effect still follows its cause: a stage
    follows the hand-over and the stage before it.
    """
    placed = [*handed_over(trail), *fulfillment(trail, site)]
    placed += [Placed(entry, entry.at) for entry in (*work(trail), *acts(trail), *disputes(trail))]
    return [one.entry for one in sorted(placed, key=_position)]


def _position(one: Placed) -> tuple[datetime, int, str, str]:
    entry = one.entry
    return one.place, _RANK[entry.what], entry.text, json.dumps(dict(entry.facts), sort_keys=True)
