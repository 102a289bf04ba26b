"""Reading a long list by time, where offsets end at a window."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sync.core.errors import Retryable

# No list can be read further than this; the walk begins again at the last time it saw.
WINDOW = 10_000
PAGE = 200
# An answer beyond the API's own 10 MB fails with 500; then pages of this size are asked for.
SMALL_PAGE = 20

Row = dict[str, Any]
# Asks for the rows of a time and later, from an offset on; tells whether there may be more.
Fetch = Callable[[datetime, int], tuple[list[Row], bool]]


def walk(fetch: Fetch, since: datetime, member: str) -> Iterator[Row]:
    """Yield the rows in the order of their `member`, a time; no row is yielded twice.

    Raises `Retryable` remote.malformed when more rows than the window holds are of one moment.
    """
    anchor, offset = since, 0
    seen: set[tuple[str, datetime]] = set()
    more = True
    while more:
        rows, more = fetch(anchor, offset)
        if not rows:
            return
        named = {(row["order_no"], row[member]): row for row in rows}
        yield from (row for name, row in named.items() if name not in seen)
        last = rows[-1][member]
        seen = {name for name in (*seen, *named) if name[1] >= last}
        # Only a page that is all one moment needs an offset.
        anchor, offset = (anchor, offset + len(rows)) if last == anchor else (last, 0)
        if offset + PAGE > WINDOW:
            raise Retryable("remote.malformed", f"more than {WINDOW} orders of {last}")
