"""Links as flows, the command line and those who forget people see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, sessionmaker

from sync.core.links import SHARED, Entity, Kind, Link, Subject, System
from sync.store.link_locks import lock_subjects, names_of
from sync.store.models import HandoverRow, LinkRow, MessageRow
from sync.store.proving import BELONGS, SUBJECT

# More than a person reads; an account of a company may have far more orders.
MOST = 200
# What is kept as a digest only.
DIGESTED = (Kind.EMAIL, Kind.ADDRESS)
_NAMES = ("entity", "scope", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A link with its history: `until` is when it ended, `disputed` that another subject had the id first."""

    link: Link
    since: datetime
    proven_at: datetime
    until: datetime | None
    disputed: bool
    message: int | None


class PostgresLinks:
    """Implements `core.ports.crm.Links`, and what `find` and the forgetting of people need."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def of(self, subject: Subject) -> list[Link]:
        """Return the links of a subject that hold now, without those that another subject had first."""
        return [one.link for one in self.traces(subject) if one.until is None and not one.disputed]

    def traces(self, subject: Subject) -> list[Trace]:
        """Return every link that a subject has or had, the oldest first."""
        return self._traces(tuple_(*SUBJECT) == names_of(subject))

    def named(self, values: Sequence[str], digest: str = "") -> list[Trace]:
        """Return the links of any kind with one of the values, those that hold first, at most `MOST`.

        Of the kinds that are kept as digests only, those with `digest`.
        """
        plain = LinkRow.value.in_(values) & LinkRow.kind.not_in(DIGESTED)
        return self._traces(or_(plain, (LinkRow.value == digest) & LinkRow.kind.in_(DIGESTED)))

    def parts(self, subject: Subject) -> list[Subject]:
        """Return what belongs to a subject, the newest first, at most `MOST`; of an account its customers."""
        newest = func.max(LinkRow.since)
        query = select(*SUBJECT).where(tuple_(*BELONGS) == names_of(subject)).group_by(*SUBJECT)
        with self._sessions() as session:
            rows = session.execute(query.order_by(newest.desc(), *SUBJECT).limit(MOST))
            return [_subject(*row) for row in rows]

    def orders(self, number: str, sites: Sequence[str]) -> list[Subject]:
        """Return the orders of that number that the sites have told of, also if they never got further."""
        told = select(MessageRow.site).where(
            MessageRow.site.in_(sites), MessageRow.key == number, MessageRow.origin == "storefront"
        )
        kept = select(HandoverRow.site).where(HandoverRow.site.in_(sites), HandoverRow.order_no == number)
        with self._sessions() as session:
            found = session.scalars(told.union(kept))
            return [_subject(Entity.ORDER, site, number) for site in sorted(found)]

    def forget(self, subject: Subject) -> int:
        """Delete the links of a subject, its history and what of others' links leads to it; return how many.

        What belonged to it stays, and belongs to nobody any more.
        """
        with self._sessions.begin() as session:
            lock_subjects(session, [subject])
            orphaned = update(LinkRow).where(tuple_(*BELONGS) == names_of(subject))
            session.execute(orphaned.values(belongs_entity=None, belongs_scope=None, belongs_key=None))
            result = session.execute(delete(LinkRow).where(tuple_(*SUBJECT) == names_of(subject)))
            return result.rowcount if isinstance(result, CursorResult) else 0

    def _traces(self, condition: ColumnElement[bool]) -> list[Trace]:
        ordered: Select[Any] = select(LinkRow).where(condition)
        ordered = ordered.order_by(LinkRow.until.is_not(None), LinkRow.since, LinkRow.id)
        with self._sessions() as session:
            return list(map(_trace, session.scalars(ordered.limit(MOST))))


def _trace(row: LinkRow) -> Trace:
    whole = row.belongs_entity and _subject(
        row.belongs_entity, row.belongs_scope or "", row.belongs_key or ""
    )
    link = Link(
        subject=_subject(row.entity, row.scope, row.key),
        system=System(row.system),
        kind=row.kind,
        value=row.value,
        belongs_to=whole or None,
    )
    disputed = row.until is None and not row.sole and row.kind not in SHARED
    return Trace(
        link=link,
        since=row.since,
        proven_at=row.proven_at,
        until=row.until,
        disputed=disputed,
        message=row.message_id,
    )


def _subject(entity: str, scope: str, key: str) -> Subject:
    return Subject(entity=Entity(entity), scope=scope, key=key)
