"""What a site without events is told in attributes instead: the same facts, as lists that only grow."""

from collections.abc import Iterable, Mapping

from sync.core.fulfillment import Known, Stage
from sync.core.postings.posting import Posting, as_json
from sync.core.sites import PostingPolicy
from sync.core.times import stamp

# What an event says, and under which name it is told here.
MEMBERS = {
    "id": "id",
    "type": "type",
    "status": "status",
    "occurredAt": "at",
    "description": "description",
    "lineItems": "lines",
    "totals": "totals",
}


def instead_of_events(policy: PostingPolicy, known: Known, adjustments: Iterable[Posting]) -> dict[str, str]:
    """Return attribute → JSON list: when goods were picked and packed, and what was taken or given back."""
    lists = {
        policy.stages_attribute: list(_stages(known)),
        policy.adjustments_attribute: [_told(one.value) for one in adjustments],
    }
    return {name: _fitting(rows, policy.attribute_length) for name, rows in lists.items() if name and rows}


def _stages(known: Known) -> Iterable[Mapping[str, object]]:
    for name, shipment in sorted(known.shipments.items()):
        reached = {
            str(stage): stamp(shipment.reached[stage])
            for stage in (Stage.PICKED, Stage.PACKED)
            if stage in shipment.reached
        }
        if reached:
            yield {"shipment": name} | reached


def _told(event: Mapping[str, object]) -> Mapping[str, object]:
    return {ours: event[theirs] for theirs, ours in MEMBERS.items() if event.get(theirs)}


def _fitting(rows: list[Mapping[str, object]], longest: int) -> str:
    """The first rows that fit; how many more there are is the last one."""
    shown = len(rows)
    while len(text := as_json([*rows[:shown], *_more(len(rows) - shown)])) > longest:
        shown -= 1
    return text


def _more(number: int) -> list[Mapping[str, object]]:
    return [{"more": number}] if number else []
