"""The longest silent orders are read off an index, however many are open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from sync.core.sites import Site
from sync.store.orders import asked_about, silent_orders

OPEN_ORDERS = 100_000
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
# One second between any two; every third was never asked about, and nine in ten are open.
MANY = text("""
INSERT INTO handover (site, order_no, reference, channel, inventory_list, stamp, placed_at, accepted_at,
                      heard_at, closed_at)
SELECT 'US', n::text, n::text, 'web_us', 'list', at, at, at,
       CASE WHEN n % 3 > 0 THEN at END, CASE WHEN n > :open THEN :now END
FROM (SELECT n, :now - n * interval '1 second' AS at FROM generate_series(1, :all) AS n) AS moments
""")


@pytest.fixture
def full(book: Any) -> Any:
    with book.sessions.begin() as session:
        session.execute(MANY, {"now": NOW, "open": OPEN_ORDERS, "all": OPEN_ORDERS * 10 // 9})
        session.execute(text("ANALYZE handover"))
    return book


def plan_of(book: Any, statement: Any) -> str:
    dialect: Any = postgresql
    written = statement.compile(dialect=dialect.dialect(), compile_kwargs={"literal_binds": True})
    explained = text(f"EXPLAIN ANALYZE {written}".replace(":", r"\:"))
    with book.sessions.begin() as session:
        return "\n".join(session.scalars(explained))


def test_among_100_000_open_orders_the_longest_silent_are_found_without_reading_or_sorting_the_others(
    full: Any, site: Site
) -> None:
    since = NOW - timedelta(hours=1)
    plan = plan_of(full, silent_orders("US", since, 40))
    assert "Index Scan using handover_silent" in plan, plan
    assert "Sort" not in plan, plan
    # Exactly the ones wanted are touched.
    assert "rows=40" in plan.partition("actual")[2].partition("Buffers")[0], plan
    assert "Rows Removed by Filter" not in plan, plan
    found = full.orders.silent(site, since, 40)
    assert found == [("web_us", str(n)) for n in range(OPEN_ORDERS, OPEN_ORDERS - 40, -1)]


def test_noting_whom_the_warehouse_was_asked_about_reads_only_these(full: Any, site: Site) -> None:
    asked = full.orders.silent(site, NOW, 40)
    plan = plan_of(full, asked_about("US", asked).values(heard_at=NOW))
    assert "Scan using handover_reference" in plan or "handover_channel_reference_key" in plan, plan
    assert "(channel = 'web_us'" in plan, plan
    assert "Seq Scan" not in plan, plan
    full.orders.heard(site, asked, NOW)
    assert full.orders.silent(site, NOW, 1) == [("web_us", str(OPEN_ORDERS - 40))]
