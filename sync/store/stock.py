"""Counts, demand and publications: the three numbers behind available to promise."""

import json
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, RowMapping, Select, case, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from sync.core.inventory import Count, Demand, Published
from sync.store.counting import PostgresCounts, chunks
from sync.store.manners import manner_of, manner_row
from sync.store.models import CursorRow, HandoverLineRow, HandoverRow, PublishedRow, StockCountRow
from sync.store.reservations import reserved

_CHUNK = 1000

# Rows are locked in the order in which `begin` locks them, so that two writers cannot wait for each other.
_SAVE = text("""
WITH mine AS (
    SELECT sku FROM published
    WHERE inventory_list = :list AND sku = ANY(:skus) AND token = :token
    ORDER BY sku FOR UPDATE)
UPDATE published SET allocation = done.allocation, started_at = done.started_at,
       finished_at = done.finished_at, manner = CAST(done.manner AS jsonb)
FROM unnest(CAST(:skus AS text[]), CAST(:allocation AS bigint[]), CAST(:started_at AS timestamptz[]),
            CAST(:finished_at AS timestamptz[]), CAST(:manner AS text[]))
     AS done(sku, allocation, started_at, finished_at, manner)
JOIN mine ON mine.sku = done.sku
WHERE published.inventory_list = :list AND published.sku = done.sku
RETURNING published.sku
""")
_TAKEN = text("""
DELETE FROM refused
USING (SELECT sku FROM refused WHERE inventory_list = :list AND sku = ANY(:skus) ORDER BY sku FOR UPDATE)
      AS taken
WHERE refused.inventory_list = :list AND refused.sku = taken.sku
""")

T = TypeVar("T")

# An order accepted longer ago than this is in every count: a full pull renews all of them far more often.
_HORIZON = timedelta(days=7)

# A write that has not ended after this long was cut off; what it would have written is written again.
_LONGEST_WRITE = timedelta(seconds=60)


class PostgresStock(PostgresCounts):
    """Implements `core.ports.Stock`."""

    def positions(
        self,
        inventory_list: str,
        organisation: str,
        skus: Collection[str] | None = None,
        others: Collection[str] = (),
    ) -> Iterator[tuple[str, list[Count], list[Demand], Published | None]]:
        """Yield SKU, counts, demand and last publication, SKU by SKU; all SKUs with a count when None.

        `others` are lists that sell the same stock: what was sold from them is demand too.
        """
        wanted = sorted(skus) if skus is not None else self._skus(organisation)
        for chunk in chunks(wanted, _CHUNK):
            with self._sessions() as session:
                counts: dict[str, list[Count]] = _grouped(session, _counts(organisation, chunk), _count)
                demand: dict[str, list[Demand]] = _grouped(
                    session, _demand(inventory_list, chunk, others), _demand_value
                )
                for one in reserved(session, inventory_list, chunk, others):
                    demand.setdefault(one.sku, []).append(one)
                published: dict[str, list[Published]] = _grouped(
                    session, _published(inventory_list, chunk), _published_value
                )
            for sku in chunk:
                yield sku, counts.get(sku, []), demand.get(sku, []), next(iter(published.get(sku, [])), None)

    def busy(self, site: str, order_no: str) -> bool:
        """Tell whether an allocation of a SKU of the order is being written, for a minute at most."""
        order = (HandoverLineRow.site == site) & (HandoverLineRow.order_no == order_no)
        under_way = (
            PublishedRow.allocation.is_(None),
            PublishedRow.begun_at > func.clock_timestamp() - _LONGEST_WRITE,
        )
        query = (
            select(PublishedRow.sku)
            .join(HandoverLineRow, HandoverLineRow.sku == PublishedRow.sku)
            .join(
                HandoverRow,
                (HandoverRow.site == HandoverLineRow.site)
                & (HandoverRow.reference == HandoverLineRow.reference)
                & (HandoverRow.inventory_list == PublishedRow.inventory_list),
            )
            .where(order, *under_way)
        )
        with self._sessions() as session:
            return session.execute(query.limit(1)).first() is not None

    def not_taken(self, inventory_list: str, sku: str) -> list[Demand]:
        """Return the SKU's units in orders that were read, and that the warehouse has not taken."""
        query = _sold(inventory_list, HandoverRow.accepted_at).where(
            HandoverRow.inventory_list == inventory_list,
            HandoverLineRow.sku == sku,
            HandoverRow.accepted_at.is_(None),
            HandoverRow.closed_at.is_(None),
        )
        with self._sessions() as session:
            return [_demand_value(row) for row in session.execute(query).mappings()]

    def similar(self, organisation: str, sku: str, limit: int = 2000) -> list[str]:
        """Return counted SKUs that are written like this one: but for case, or with the same beginning."""
        column, start = func.lower(StockCountRow.sku), sku.lower()[:3]
        like = (column == sku.lower()) | column.startswith(start, autoescape=True)
        query = select(StockCountRow.sku).where(StockCountRow.organisation == organisation, like).distinct()
        with self._sessions() as session:
            return list(session.scalars(query.order_by(StockCountRow.sku).limit(limit)))

    def _skus(self, organisation: str) -> Iterator[str]:
        """Walk the SKUs in the database's order, a chunk at a time."""
        column = StockCountRow.sku
        query = select(column).where(StockCountRow.organisation == organisation).distinct().order_by(column)
        last = ""
        while True:
            with self._sessions() as session:
                found = session.scalars(query.where(column > last).limit(_CHUNK)).all()
            yield from found
            if len(found) < _CHUNK:
                return
            last = found[-1]

    def written_since(self, inventory_list: str, since: datetime) -> int:
        """Return how many SKUs of the list were written since, for certain."""
        own = (PublishedRow.inventory_list == inventory_list) & (PublishedRow.started_at >= since)
        query = select(func.count()).where(own, PublishedRow.allocation.is_not(None))
        with self._sessions() as session:
            return session.scalar(query) or 0

    def begin(self, inventory_list: str, skus: Collection[str]) -> str:
        """Forget the last writes of these SKUs, and return the token of the one that begins now."""
        token = uuid.uuid4().hex
        blank = {"allocation": None, "started_at": None, "finished_at": None, "token": token}
        begun = {**blank, "begun_at": func.clock_timestamp()}
        rows = [{"inventory_list": inventory_list, "sku": sku, **begun} for sku in sorted(skus)]
        statement = upsert(PublishedRow).values(rows)
        with self._sessions.begin() as session:
            session.execute(
                statement.on_conflict_do_update(index_elements=["inventory_list", "sku"], set_=begun)
            )
        return token

    def save_published(self, inventory_list: str, published: Mapping[str, Published], token: str) -> set[str]:
        """Remember the last writes by SKU, and that the storefront takes these SKUs; return which are kept.

        One whose token was replaced is not: another writer has begun since, and which of both writes came
        last nobody knows.
        """
        if not published:
            return set()
        skus = sorted(published)
        names = ("allocation", "started_at", "finished_at")
        values: dict[str, Any] = {"list": inventory_list, "token": token, "skus": skus}
        values |= {name: [getattr(published[sku], name) for sku in skus] for name in names}
        values["manner"] = [json.dumps(manner_row(published[sku].manner)) for sku in skus]
        with self._sessions.begin() as session:
            saved = set(session.scalars(_SAVE, values))
            session.execute(_TAKEN, {"list": inventory_list, "skus": skus})
        return saved


class PostgresCursors:
    """Implements `core.ports.Cursors`."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def get(self, name: str) -> datetime | None:
        """Return the stored position."""
        with self._sessions() as session:
            return session.scalar(select(CursorRow.position).where(CursorRow.name == name))

    def advance(self, name: str, to: datetime) -> None:
        """Move forward; a slower poll that ends later cannot move it back."""
        statement = upsert(CursorRow).values(name=name, position=to)
        statement = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"position": text("greatest(cursor.position, excluded.position)")},
        )
        with self._sessions.begin() as session:
            session.execute(statement)

    def forget(self, name: str) -> None:
        """Forget the position: the next walk begins anew."""
        with self._sessions.begin() as session:
            session.execute(delete(CursorRow).where(CursorRow.name == name))


def _grouped(
    session: Session, query: Select[*tuple[Any, ...]], value: Callable[[RowMapping], T]
) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for row in session.execute(query).mappings():
        groups.setdefault(row["sku"], []).append(value(row))
    return groups


def _counts(organisation: str, skus: Sequence[str]) -> Select[*tuple[Any, ...]]:
    table = StockCountRow.__table__
    return (
        select(table)
        .where(table.c.organisation == organisation, table.c.sku.in_(skus))
        .order_by(table.c.warehouse)
    )


def _demand(inventory_list: str, skus: Sequence[str], others: Collection[str]) -> Select[*tuple[Any, ...]]:
    recent = func.now() - _HORIZON
    return _sold(inventory_list, _taken_at()).where(
        HandoverRow.inventory_list.in_([inventory_list, *others]),
        HandoverLineRow.sku.in_(skus),
        HandoverRow.accepted_at.is_not(None),
        HandoverRow.freed_at.is_(None) | HandoverRow.closed_at.is_(None),
        (HandoverRow.accepted_at > recent) | (func.coalesce(HandoverRow.exported_at, func.now()) > recent),
    )


def _sold(
    inventory_list: str, taken: ColumnElement[datetime | None] | InstrumentedAttribute[datetime | None]
) -> Select[*tuple[Any, ...]]:
    columns = (HandoverLineRow.sku, HandoverLineRow.order_no, HandoverLineRow.quantity, HandoverRow.stamp)
    own = (HandoverRow.inventory_list == inventory_list).label("own")
    same = (HandoverRow.site == HandoverLineRow.site) & (HandoverRow.reference == HandoverLineRow.reference)
    selected = select(*columns, taken.label("accepted_at"), HandoverRow.exported_at, own)
    return selected.join(HandoverRow, same).order_by(HandoverRow.stamp)


def _taken_at() -> ColumnElement[datetime | None]:
    """When the warehouse took the order, or took it anew; now for one that it has lost for a moment."""
    taken = func.greatest(HandoverRow.accepted_at, HandoverRow.amended_at)
    return case((HandoverRow.freed_at.is_not(None), func.now()), else_=taken)


def _published(inventory_list: str, skus: Sequence[str]) -> Select[*tuple[Any, ...]]:
    table = PublishedRow.__table__
    known = table.c.allocation.is_not(None)
    return select(table).where(known, table.c.inventory_list == inventory_list, table.c.sku.in_(skus))


def _count(row: RowMapping) -> Count:
    return Count(**{name: row[name] for name in Count.__slots__})


def _demand_value(row: RowMapping) -> Demand:
    return Demand(**row)


def _published_value(row: RowMapping) -> Published:
    names = ("allocation", "started_at", "finished_at")
    return Published(**{name: row[name] for name in names}, manner=manner_of(row["manner"]))
