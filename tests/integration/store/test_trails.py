"""The timeline of one order reads by indexes alone, however much history there is."""

from typing import Any

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql

from sync.store import trails

QUERIES: dict[str, Select[Any]] = {
    "hand-overs": trails.handovers_of("US", "1"),
    "lines": trails.lines_of("US", ["1", "1-S2"]),
    "messages": trails.messages_of("US", ["1", "1-S2"]),
    "acts": trails.acts_of("US", ["1", "1-S2"]),
    "conflicts": trails.conflicts_of("US", "1"),
    "held": trails.held_of([1, 2]),
}


@pytest.mark.parametrize("part", QUERIES)
def test_no_part_of_a_trail_scans_a_table(book: Any, part: str) -> None:
    dialect: Any = postgresql
    # Without an order: in a small table an index that gives one may look cheaper than the one that fits.
    written = (
        QUERIES[part]
        .order_by(None)
        .compile(dialect=dialect.dialect(), compile_kwargs={"literal_binds": True})
    )
    with book.sessions() as session:
        # Small tables are scanned for speed; forbidden that, one is scanned only where no index fits.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(session.scalars(text(f"EXPLAIN {written}".replace(":", r"\:"))))
    assert "Seq Scan" not in plan, plan
    # An index that is read from end to end would be a scan as well.
    assert "Index Cond" in plan, plan
