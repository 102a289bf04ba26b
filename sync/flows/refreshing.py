"""Counts that orders have changed are asked for at once: nothing is offered too low until the next pull."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sync.core.messages import Draft
from sync.core.ports import Ledger, WantedCounts

# As many as one request names; what is left is asked for by the next beat.
MOST = 500

Request = Callable[[str, str, list[str]], Draft]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshing:
    """Turns what acceptances have left behind into one request per organisation and beat."""

    wanted: WantedCounts
    ledger: Ledger
    request: Request
    clock: Callable[[], datetime]

    def collect(self) -> int:
        """Ask for the counts that are due and return how many requests were new.

        Each is named by what it asks for: two beats that read the same ask once, and one that dies before it
        has forgotten what it asked for asks again, which costs a pull and changes nothing.
        """
        new = 0
        due = self.wanted.due(self.clock(), MOST)
        for organisation, rows in groupby(due, key=lambda row: row[0]):
            done = [(at, sku) for _, at, sku in rows]
            told = "\n".join(f"{at.isoformat()} {sku}" for at, sku in done)
            slot = f"orders-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
            new += self.ledger.add([self.request(organisation, slot, sorted({sku for _, sku in done}))])
            self.wanted.forget(organisation, done)
        return new
