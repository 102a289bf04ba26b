"""Audits: which publications were read back when, what differed, and how each audit ended."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import Drift, Kind, Published
from sync.core.ports import Audit
from sync.core.sites import Site
from sync.store.manners import manner_of
from sync.store.models import AuditRow, DriftRow, PublishedRow, StockCountRow

_CHUNK = 500


class PostgresAudits:
    """Implements `core.ports.Audits`."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def size(self, inventory_list: str) -> int:
        """Return how many SKUs were published."""
        query = select(func.count()).select_from(PublishedRow).where(*_confirmed(inventory_list))
        with self._sessions() as session:
            return session.execute(query).scalar_one()

    def least_recent(self, inventory_list: str, limit: int) -> list[str]:
        """Return the published SKUs whose last audit is longest ago, those never audited first."""
        oldest = (PublishedRow.audited_at.asc().nulls_first(), PublishedRow.sku)
        query = select(PublishedRow.sku).where(*_confirmed(inventory_list)).order_by(*oldest).limit(limit)
        with self._sessions() as session:
            return list(session.scalars(query))

    def unseen(self, inventory_list: str, since: datetime) -> Iterator[list[str]]:
        """Yield the published SKUs that no audit has looked at since, some at a time."""
        older = PublishedRow.audited_at.is_(None) | (PublishedRow.audited_at < since)
        query = select(PublishedRow.sku).where(*_confirmed(inventory_list), older).order_by(PublishedRow.sku)
        last = ""
        while True:
            with self._sessions() as session:
                found = list(session.scalars(query.where(PublishedRow.sku > last).limit(_CHUNK)))
            if not found:
                return
            yield found
            last = found[-1]

    def published(self, inventory_list: str, skus: Collection[str]) -> dict[str, Published]:
        """Return SKU → last confirmed write; those of which none is known now are not in it."""
        table = PublishedRow.__table__
        query = select(table).where(*_confirmed(inventory_list), PublishedRow.sku.in_(skus))
        with self._sessions() as session:
            return {row["sku"]: _published(row) for row in session.execute(query).mappings()}

    def strangers(self, site: Site, skus: Collection[str]) -> set[str]:
        """Return which of the SKUs were neither ever published to the list nor ever counted."""
        written = select(PublishedRow.sku).where(
            PublishedRow.inventory_list == site.stock.inventory_list, PublishedRow.sku.in_(skus)
        )
        counted = select(StockCountRow.sku).where(
            StockCountRow.organisation == site.organisation, StockCountRow.sku.in_(skus)
        )
        with self._sessions() as session:
            return set(skus) - set(session.scalars(written.union(counted)))

    def keep(self, inventory_list: str, seen: Collection[str], found: Sequence[Drift], at: datetime) -> None:
        """Remember what was looked at, and what differs; of everything else that was seen nothing does."""
        kept = [one.sku for one in found]
        agree = [sku for sku in seen if sku not in set(kept)]
        own = (DriftRow.inventory_list == inventory_list) & DriftRow.sku.in_(agree)
        looked = update(PublishedRow).where(
            PublishedRow.inventory_list == inventory_list, PublishedRow.sku.in_(list(seen))
        )
        with self._sessions.begin() as session:
            session.execute(delete(DriftRow).where(own))
            session.execute(looked.values(audited_at=at))
            for one in found:
                row = {name: getattr(one, name) for name in Drift.__slots__}
                row |= {"inventory_list": inventory_list, "found_at": at, "repaired_at": None}
                statement = upsert(DriftRow).values(row)
                session.execute(
                    statement.on_conflict_do_update(index_elements=["inventory_list", "sku"], set_=row)
                )

    def repaired(self, inventory_list: str, skus: Collection[str], at: datetime) -> None:
        """Remember that a repair of these was asked for."""
        own = (DriftRow.inventory_list == inventory_list) & DriftRow.sku.in_(skus)
        with self._sessions.begin() as session:
            session.execute(update(DriftRow).where(own).values(repaired_at=at))

    def finish(self, audit: Audit) -> None:
        """Remember how an audit ended, and add it to the sums of all before it."""
        row, totals = asdict(audit), ("audited", "drifted", "repaired")
        first = row | {f"{name}_total": row[name] for name in totals}
        grown = {f"{name}_total": getattr(AuditRow, f"{name}_total") + row[name] for name in totals}
        statement = upsert(AuditRow).values(first)
        with self._sessions.begin() as session:
            if audit.walked and not audit.error:
                session.execute(delete(DriftRow).where(*_gone(audit)))
            session.execute(
                statement.on_conflict_do_update(index_elements=["inventory_list"], set_=row | grown)
            )

    def last(self) -> list[RowMapping]:
        """Return how the last audit of each list ended, with the sums of all."""
        with self._sessions() as session:
            return list(session.execute(select(AuditRow.__table__).order_by("inventory_list")).mappings())

    def open(self) -> list[RowMapping]:
        """Return list, kind and how many records are known to differ in that way."""
        columns = (DriftRow.inventory_list, DriftRow.kind)
        query = select(*columns, func.count().label("skus")).group_by(*columns).order_by(*columns)
        with self._sessions() as session:
            return list(session.execute(query).mappings())

    def drifts(self, inventory_list: str) -> list[RowMapping]:
        """Return what is known to differ on a list."""
        table = DriftRow.__table__
        query = select(table).where(table.c.inventory_list == inventory_list).order_by(table.c.sku)
        with self._sessions() as session:
            return list(session.execute(query).mappings())


def _gone(audit: Audit) -> tuple[ColumnElement[bool], ...]:
    """What an earlier audit found that nobody here wrote, and a walk of the whole list has not met again."""
    own = DriftRow.inventory_list == audit.inventory_list
    return own, DriftRow.kind == Kind.EXTRA, DriftRow.found_at < audit.started_at


def _confirmed(inventory_list: str) -> tuple[ColumnElement[bool], ...]:
    return PublishedRow.inventory_list == inventory_list, PublishedRow.allocation.is_not(None)


def _published(row: RowMapping) -> Published:
    names = ("allocation", "started_at", "finished_at")
    return Published(**{name: row[name] for name in names}, manner=manner_of(row["manner"]))
