"""Counts on their way in: copied into a table of the transaction's own, and merged set by set."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import Count
from sync.core.messages import Outcome

# As many counts as one transaction takes: a few megabytes, and some tenths of a second.
CHUNK = 20_000

_COLUMNS = "organisation, sku, warehouse, available, sequence, as_of, last_exported"

_STAGE = text("""
CREATE TEMPORARY TABLE counted (
    organisation text, sku text, warehouse text, available bigint, sequence bigint, as_of timestamptz,
    last_exported timestamptz
) ON COMMIT DROP
""")
_COPY = f"COPY counted ({_COLUMNS}) FROM STDIN WITH (FORMAT csv)"

# Of equally new numbers the smaller: too little is cured by the next count, too much would be sold.
_MERGE = f"""
INSERT INTO stock_count AS known ({_COLUMNS}, seen_at)
SELECT DISTINCT ON (organisation, sku, warehouse) {_COLUMNS}, as_of
FROM counted
ORDER BY organisation, sku, warehouse, sequence DESC, as_of DESC, available
ON CONFLICT (organisation, sku, warehouse) DO UPDATE SET
    available = excluded.available, sequence = greatest(known.sequence, excluded.sequence),
    as_of = excluded.as_of, last_exported = excluded.last_exported,
    seen_at = greatest(known.seen_at, excluded.as_of), missing_since = NULL, missed = 0
WHERE excluded.sequence > known.sequence
   OR excluded.sequence IN (0, known.sequence) AND excluded.as_of > known.as_of
      AND excluded.last_exported IS NULL
"""  # noqa: S608  the columns are the constant above
_MERGED = text(f"{_MERGE} RETURNING sku, warehouse")

# Whoever is told of is there, also when a newer count was known already.
_SEEN = text("""
UPDATE stock_count AS known SET seen_at = counted.as_of, missing_since = NULL, missed = 0
FROM counted
WHERE (known.organisation, known.sku, known.warehouse)
    = (counted.organisation, counted.sku, counted.warehouse)
  AND known.seen_at < counted.as_of
""")

_ABSENT = text("""
INSERT INTO stock_count (organisation, sku, warehouse, available, sequence, as_of, seen_at, missing_since)
SELECT :org, seen.sku, warehouse, 0, 0, :since, :since, :since
FROM (SELECT DISTINCT sku FROM stock_count
      WHERE organisation = :org AND seen_at >= :since AND missing_since IS NULL AND sku <> ALL(:bad)) AS seen
CROSS JOIN unnest(CAST(:warehouses AS text[])) AS warehouse
ON CONFLICT (organisation, sku, warehouse) DO UPDATE SET as_of = excluded.as_of
WHERE stock_count.missing_since IS NOT NULL AND stock_count.sequence = 0 AND stock_count.available = 0
  AND stock_count.as_of < excluded.as_of
""")

_DISAPPEARED = text("""
WITH gone AS (
    UPDATE stock_count SET missing_since = coalesce(missing_since, :since), missed = missed + 1
    WHERE organisation = :org AND seen_at < :since AND sku <> ALL(:bad)
      AND (missing_since IS NULL OR missed > 0)
    RETURNING sku, missed)
SELECT DISTINCT sku FROM gone WHERE missed = 1
""")

T = TypeVar("T")


class PostgresCounts:
    """The counts' half of `core.ports.Stock`.

    **What is newer.** The warehouse writes a new inventory record with a greater number for every change: a
    push calls it `sequenceId`, a pull `inventoryId`. The greater sequence is newer, whatever arrived first;
    the same record seen again later proves that nothing changed in between, and moves `as_of` forward. Not so
    where it echoes a stamp: it is then the push, late, of what a pull may have brought with an exact time.

    A pulled count may have no number at all (sequence 0). It was computed after its request began, so it is
    newer than every count whose `as_of` lies before that moment, and loses against every other. The sequence
    that was known stays: a push that was overtaken on its way is still recognized as old if its number is not
    greater. One that is greater and yet older than the pull (made before, delivered after it) wins until the
    next pull: nothing in either document tells them apart.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def save_counts(self, counts: Iterable[Count]) -> dict[str, Outcome]:
        """Keep the newer count of each (organisation, SKU, warehouse); return SKU → outcome."""
        outcomes: dict[str, Outcome] = {}
        for chunk in chunks(counts, CHUNK):
            with self._staged(chunk) as session:
                saved = {(row.sku, row.warehouse) for row in session.execute(_MERGED)}
            for sku, warehouse in sorted({(count.sku, count.warehouse) for count in chunk}):
                outcome = Outcome.APPLIED if (sku, warehouse) in saved else Outcome.SUPERSEDED
                if outcomes.get(sku) is not Outcome.APPLIED:
                    outcomes[sku] = outcome
        return outcomes

    def save_pulled(self, counts: Iterable[Count]) -> int:
        """Keep the newer counts as `save_counts`; return how many were given.

        Nothing is remembered of what was saved, so a pull of any size costs the memory of one chunk. When
        `counts` raises in the end, what it gave before has been kept: each count is true by itself.
        """
        given = 0
        for chunk in chunks(counts, CHUNK):
            with self._staged(chunk) as session:
                session.execute(text(_MERGE))
            given += len(chunk)
        return given

    def save_absent(
        self, organisation: str, warehouses: Collection[str], since: datetime, unless: Collection[str]
    ) -> None:
        """Keep a count of 0 for what was counted since, but not in these warehouses; `unless` is left out.

        Its sequence is 0 and it is `missing_since` then, so that any record of the warehouse is newer.
        """
        values = {"org": organisation, "warehouses": list(warehouses), "since": since, "bad": list(unless)}
        with self._sessions.begin() as session:
            session.execute(_ABSENT, values)

    def save_disappeared(self, organisation: str, since: datetime, unless: Collection[str]) -> list[str]:
        """Count a pull for what no document has told of since; return the SKUs new among them, sorted.

        To be called after a whole and complete pull that began at `since`. The last count stays as it was.
        """
        values = {"org": organisation, "since": since, "bad": list(unless)}
        with self._sessions.begin() as session:
            return sorted(session.scalars(_DISAPPEARED, values))

    @contextmanager
    def _staged(self, counts: Sequence[Count]) -> Iterator[Session]:
        """Give the transaction that has these counts in its own table, and commit what is merged in it."""
        with self._sessions.begin() as session:
            session.execute(_STAGE)
            _copy(session, counts)
            yield session
            session.execute(_SEEN)


def _copy(session: Session, counts: Iterable[Count]) -> None:
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerows(map(_row, counts))
    rows.seek(0)
    driver: Any = session.connection().connection
    with driver.cursor() as cursor:
        cursor.copy_expert(_COPY, rows)


def _row(count: Count) -> tuple[Any, ...]:
    return (
        count.organisation,
        count.sku,
        count.warehouse,
        count.available,
        count.sequence,
        count.as_of,
        count.last_exported,
    )


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`, the last one shorter."""
    chunk: list[T] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
