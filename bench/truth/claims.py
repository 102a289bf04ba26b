"""What taking everything due of an order under one claim is worth: the same postings, made in both ways."""

import time
from dataclasses import dataclass, replace
from typing import Any

from sync.core.messages import Topic
from sync.core.postings import Kind, Posting
from sync.flows.drafts import placed, posting_draft
from sync.flows.storefront import TOGETHER
from sync.wiring import Bridge


@dataclass(frozen=True, slots=True)
class Rate:
    """Postings a second, one claim making `together` more of an order than its first."""

    orders: int
    together: int
    postings: int
    seconds: float

    @property
    def per_second(self) -> float:
        """The rate."""
        return self.postings / self.seconds

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON has them."""
        return {
            "orders": self.orders,
            "together": self.together,
            "postings": self.postings,
            "per_second": round(self.per_second, 1),
        }


def rates(bridge: Bridge, site: str, numbers: list[str], each: int, rounds: int) -> list[Rate]:
    """Measure one posting per claim, and all of an order per claim, in turns: both see the same machine."""
    spent = {0: 0.0, TOGETHER: 0.0}
    for turn in range(rounds):
        for together in spent:
            _plan(bridge, site, numbers, each, f"{turn}:{together}")
            flow = replace(bridge.postings, together=together)
            begun = time.monotonic()
            bridge.loop.deliver([Topic.POSTING_PLANNED], flow.deliver, bridge.work)
            spent[together] += time.monotonic() - begun
    made = rounds * each * len(numbers)
    return [Rate(len(numbers), together, made, seconds) for together, seconds in spent.items()]


def _plan(bridge: Bridge, site: str, numbers: list[str], each: int, name: str) -> None:
    for place in range(each):
        posting = Posting(Kind.ATTRIBUTES, f"bench:{name}:{place}", {"c_bench": f"{name}:{place}"})
        bridge.ledger.add([posting_draft(placed(site, n, "bench"), n, posting) for n in numbers])
