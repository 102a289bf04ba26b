"""Counts, demand and publications: the three numbers behind available to promise."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, RowMapping, Select, case, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import Count, Demand, Published
from sync.core.messages import Outcome
from sync.store.models import CursorRow, HandoverLineRow, HandoverRow, PublishedRow, StockCountRow

_CHUNK = 1000

# An order accepted longer ago than this is in every count: a full pull renews all of them far more often.
_HORIZON = timedelta(days=7)

T = TypeVar("T")


class PostgresStock:
    """Implements `core.ports.Stock`."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def save_counts(self, counts: Iterable[Count]) -> dict[str, Outcome]:
        """Keep the newer count of each (organisation, SKU, warehouse); return SKU → outcome.

        The warehouse writes a new inventory record with a greater number for every change, in pushes and
        pulls alike, so the sequence decides. The same record seen again later proves that nothing
        changed in between: it only moves `as_of` forward.
        """
        outcomes: dict[str, Outcome] = {}
        for chunk in _chunks(_newest(counts), _CHUNK):
            with self._sessions.begin() as session:
                saved = self._save(session, chunk)
            for count in chunk:
                outcome = Outcome.APPLIED if (count.sku, count.warehouse) in saved else Outcome.SUPERSEDED
                if outcomes.get(count.sku) is not Outcome.APPLIED:
                    outcomes[count.sku] = outcome
        return outcomes

    def _save(self, session: Session, counts: Sequence[Count]) -> set[tuple[str, str]]:
        statement = upsert(StockCountRow).values([_count_row(count) for count in counts])
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["organisation", "sku", "warehouse"],
            set_={
                "available": new.available,
                "sequence": new.sequence,
                "as_of": new.as_of,
                "last_exported": new.last_exported,
            },
            where=(new.sequence > StockCountRow.sequence)
            | ((new.sequence == StockCountRow.sequence) & (new.as_of > StockCountRow.as_of)),
        )
        rows = session.execute(statement.returning(StockCountRow.sku, StockCountRow.warehouse))
        return {(row.sku, row.warehouse) for row in rows}

    def positions(
        self, inventory_list: str, organisation: str, skus: Collection[str] | None = None
    ) -> Iterator[tuple[str, list[Count], list[Demand], Published | None]]:
        """Yield SKU, counts, demand and last publication, SKU by SKU; all SKUs with a count when None."""
        wanted = sorted(skus) if skus is not None else self._skus(organisation)
        for chunk in _chunks(wanted, _CHUNK):
            with self._sessions() as session:
                counts: dict[str, list[Count]] = _grouped(session, _counts(organisation, chunk), _count)
                demand: dict[str, list[Demand]] = _grouped(
                    session, _demand(inventory_list, chunk), _demand_value
                )
                published: dict[str, list[Published]] = _grouped(
                    session, _published(inventory_list, chunk), _published_value
                )
            for sku in chunk:
                yield sku, counts.get(sku, []), demand.get(sku, []), next(iter(published.get(sku, [])), None)

    def _skus(self, organisation: str) -> list[str]:
        query = select(StockCountRow.sku).where(StockCountRow.organisation == organisation).distinct()
        with self._sessions() as session:
            return sorted(session.scalars(query))

    def forget_published(self, inventory_list: str, skus: Collection[str]) -> None:
        """Forget the last writes of these SKUs."""
        with self._sessions.begin() as session:
            session.execute(
                delete(PublishedRow).where(
                    PublishedRow.inventory_list == inventory_list, PublishedRow.sku.in_(skus)
                )
            )

    def save_published(self, inventory_list: str, sku: str, published: Published) -> None:
        """Remember the last write."""
        values = {
            "allocation": published.allocation,
            "started_at": published.started_at,
            "finished_at": published.finished_at,
        }
        statement = upsert(PublishedRow).values(inventory_list=inventory_list, sku=sku, **values)
        with self._sessions.begin() as session:
            session.execute(
                statement.on_conflict_do_update(index_elements=["inventory_list", "sku"], set_=values)
            )


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


def _newest(counts: Iterable[Count]) -> Iterator[Count]:
    """One statement may not touch a row twice: of repeated counts within a document keep the newest."""
    newest: dict[tuple[str, str, str], Count] = {}
    for count in counts:
        key = (count.organisation, count.sku, count.warehouse)
        other = newest.get(key)
        if other is None or (count.sequence, count.as_of) > (other.sequence, other.as_of):
            newest[key] = count
    return iter(sorted(newest.values(), key=lambda c: (c.organisation, c.sku, c.warehouse)))


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    chunk: list[T] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


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


def _demand(inventory_list: str, skus: Sequence[str]) -> Select[*tuple[Any, ...]]:
    recent = func.now() - _HORIZON
    return (
        select(
            HandoverLineRow.sku,
            HandoverLineRow.order_no,
            HandoverLineRow.quantity,
            HandoverRow.stamp,
            _taken_at().label("accepted_at"),
            HandoverRow.exported_at,
        )
        .join(
            HandoverRow,
            (HandoverRow.site == HandoverLineRow.site) & (HandoverRow.reference == HandoverLineRow.reference),
        )
        .where(
            HandoverRow.inventory_list == inventory_list,
            HandoverLineRow.sku.in_(skus),
            HandoverRow.accepted_at.is_not(None),
            HandoverRow.freed_at.is_(None) | HandoverRow.closed_at.is_(None),
            (HandoverRow.accepted_at > recent)
            | (func.coalesce(HandoverRow.exported_at, func.now()) > recent),
        )
        .order_by(HandoverRow.stamp)
    )


def _taken_at() -> ColumnElement[datetime | None]:
    """When the warehouse took the order, or took it anew; now for one that it has lost for a moment."""
    taken = func.greatest(HandoverRow.accepted_at, HandoverRow.amended_at)
    return case((HandoverRow.freed_at.is_not(None), func.now()), else_=taken)


def _published(inventory_list: str, skus: Sequence[str]) -> Select[*tuple[Any, ...]]:
    table = PublishedRow.__table__
    return select(table).where(table.c.inventory_list == inventory_list, table.c.sku.in_(skus))


def _count_row(count: Count) -> dict[str, Any]:
    return {name: getattr(count, name) for name in Count.__slots__}


def _count(row: RowMapping) -> Count:
    return Count(**{name: row[name] for name in Count.__slots__})


def _demand_value(row: RowMapping) -> Demand:
    return Demand(**row)


def _published_value(row: RowMapping) -> Published:
    return Published(
        allocation=row["allocation"], started_at=row["started_at"], finished_at=row["finished_at"]
    )
