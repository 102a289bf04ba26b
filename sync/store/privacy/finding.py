"""Whose order it is: by the digest of who ordered, and by a search of every text that is kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.ports.privacy import OrderId, Told
from sync.core.privacy import Mention
from sync.store.privacy.linked import orders_of

_STEP = 2_000

_BY_DIGEST = text("SELECT DISTINCT site, order_no FROM handover WHERE person = :person AND person <> ''")
# The texts of a message in one row each; most are not read at all: the address, or an escape that may hide
# it, must be in it. The precise look is the mention's.
_MESSAGES = text("""
SELECT site, key, told FROM (
    SELECT m.site, m.key, concat_ws(E'\\n', m.body, m.document, m.note, m.error_detail::text, m.key,
                                    m.dedupe_key, m.correlation_id,
                                    (SELECT string_agg(a.excerpt, E'\\n') FROM attempt a
                                     WHERE a.message_id = m.id)) AS told
    FROM message m WHERE m.id >= :first AND m.id < :first + :step) AS texts
WHERE :all OR told ILIKE :name OR told LIKE '%\\\\u00%' OR told LIKE '%&#%' OR told LIKE '%\\%%'
""")
_CONFLICTS = text("""
SELECT site, order_no AS key, concat_ws(E'\\n', storefront, warehouse, reason, follows) AS told
FROM conflict WHERE id >= :first AND id < :first + :step
""")
_ACTS = text("SELECT site, key, reason AS told FROM act WHERE id >= :first AND id < :first + :step")
_PROGRESS = text("""
SELECT site, order_no AS key, concat_ws(E'\\n', known::text, evidence::text) AS told FROM progress
WHERE :all OR known::text ILIKE :name OR known::text LIKE '%&#%' OR known::text LIKE '%\\%%'
   OR evidence::text ILIKE :name OR evidence::text LIKE '%&#%' OR evidence::text LIKE '%\\%%'
""")
_PLACES = {"message": _MESSAGES, "conflict": _CONFLICTS, "act": _ACTS}
_ORDER = text("SELECT order_no FROM handover WHERE site = :site AND (order_no = :key OR reference = :key)")
_TEXTS = text("""
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND data_type IN ('text', 'jsonb', 'json', 'character varying', 'ARRAY')
ORDER BY table_name, column_name
""")


def find(sessions: sessionmaker[Session], mention: Mention, person: str, told: Told) -> set[OrderId]:
    """Return the orders; memory holds the texts of `_STEP` messages at most, of which few are fetched."""
    with sessions() as session:
        found = {OrderId(*row) for row in session.execute(_BY_DIGEST, {"person": person})}
        found |= orders_of(session, person)
    for site, key in set(_mentioned(sessions, mention, told)):
        found.add(OrderId(site, order_of(sessions, site, key)))
    return found


def order_of(sessions: sessionmaker[Session], site: str, key: str) -> str:
    """Return the order number behind the key of a message, which may be a reference."""
    with sessions() as session:
        return session.scalars(_ORDER, {"site": site, "key": key}).first() or key


def _mentioned(sessions: sessionmaker[Session], mention: Mention, told: Told) -> Iterator[tuple[str, str]]:
    values: dict[str, Any] = {"all": not mention.plain, "name": f"%{_like(mention.name)}%", "step": _STEP}
    for place, query in _PLACES.items():
        with sessions() as session:
            last = session.scalar(text(f"SELECT max(id) FROM {place}")) or 0  # noqa: S608  a name of ours
        for first in range(0, last + 1, _STEP):
            with sessions() as session:
                for row in session.execute(query, {**values, "first": first}):
                    if mention(row.told):
                        yield row.site, row.key
            told(min(first + _STEP, last), last)
    with sessions() as session:
        # One row an order, without an id to go by; most have nothing of the kind and are not fetched.
        for row in session.execute(_PROGRESS, values, execution_options={"yield_per": _STEP}):
            if mention(row.told):
                yield row.site, row.key


def left(sessions: sessionmaker[Session], mention: Mention) -> Mapping[str, int]:
    """Return table and column → rows with the address, whatever tables there are."""
    found: dict[str, int] = {}
    with sessions() as session:
        for table, column in session.execute(_TEXTS).all():
            query = text(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}"::text ILIKE :name')  # noqa: S608
            rows = session.execute(query, {"name": f"%{_like(mention.name)}%"})
            if count := sum(mention(told) for (told,) in rows):
                found[f"{table}.{column}"] = count
    return found


def _like(name: str) -> str:
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
