"""Links in PostgreSQL: what a proof changes, history included."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from sync.core.links import CONTESTED, SHARED, Entity, Judgment, Link, Period, Step, Subject, System, judged
from sync.core.ownership import Owner
from sync.core.ports import ConflictFound, LinksProven
from sync.store.conflicts import record_conflict
from sync.store.link_locks import Names, id_of, names_of
from sync.store.models import LinkRow
from sync.store.tombstones import is_erased

log = structlog.get_logger()

_AT_ONCE = 500
_PERSONAL = {Entity.CUSTOMER, Entity.ADDRESS}
SUBJECT = (LinkRow.entity, LinkRow.scope, LinkRow.key)
BELONGS = (LinkRow.belongs_entity, LinkRow.belongs_scope, LinkRow.belongs_key)
_ID = (LinkRow.system, LinkRow.kind, LinkRow.entity, LinkRow.scope, LinkRow.value)


def record_proof(session: Session, proof: LinksProven) -> int:
    """Write what a proof changes; the same proof again writes nothing. Returns how many links are new."""
    if proof.order_no and is_erased(session, proof.site, proof.order_no):
        proof = replace(proof, links=tuple(_impersonal(proof.links)))
    for subject in proof.anew:
        _end_parts(session, subject, proof)
    slots = {(names_of(one.subject), one.system, one.kind): one for one in proof.links}
    links = list(slots.values())
    starts = range(0, len(links), _AT_ONCE)
    return sum(_Writing(session, proof, links[start : start + _AT_ONCE]).write() for start in starts)


def _impersonal(links: Iterable[Link]) -> Iterator[Link]:
    """What is told of an erased order: its goods, and nobody."""
    for link in links:
        if link.subject.entity not in _PERSONAL:
            whole = link.belongs_to
            yield replace(link, belongs_to=None if whole and whole.entity in _PERSONAL else whole)


def _end_parts(session: Session, subject: Subject, proof: LinksProven) -> None:
    """The warehouse has the order anew: its former ids end, and what is proven next begins."""
    names = names_of(subject)
    parts = (tuple_(*BELONGS) == names) & (LinkRow.entity == Entity.SHIPMENT)
    own = (tuple_(*SUBJECT) == names) & (LinkRow.system == System.WAREHOUSE)
    for mine in (parts, own):
        ends = func.greatest(LinkRow.proven_at, proof.at)
        session.execute(update(LinkRow).where(LinkRow.until.is_(None), mine).values(until=ends))


@dataclass
class _Writing:
    """One proof's changes: ids that end make room before others begin."""

    session: Session
    proof: LinksProven
    links: Sequence[Link]

    def write(self) -> int:
        rows = self._rows()
        opening: list[tuple[Link, Judgment]] = []
        freed: list[LinkRow] = []
        for link in self.links:
            history = rows.get((*names_of(link.subject), link.system, link.kind), [])
            judgment = judged([_period(row) for row in history], link.value, self.proof.at)
            freed += self._kept(link, history, judgment)
            if judgment.step in {Step.OPEN, Step.PAST}:
                opening.append((link, judgment))
        self.session.flush()
        begun = self._begin(opening)
        self.session.flush()
        for gone in freed:
            gone.replaced_by = next(
                (row.id for row in begun if _slot(row) == _slot(gone) and not row.until), None
            )
        self._promote(freed)
        self._dispute([row for row in begun if not row.until and not row.sole and row.kind not in SHARED])
        return len(begun)

    def _rows(self) -> dict[Names, list[LinkRow]]:
        names = {names_of(one.subject) for one in self.links}
        found: dict[Names, list[LinkRow]] = {}
        query = select(LinkRow).where(tuple_(*SUBJECT).in_(names)).order_by(LinkRow.since, LinkRow.id)
        for row in self.session.scalars(query.execution_options(populate_existing=True)):
            found.setdefault(_slot(row), []).append(row)
        return found

    def _kept(self, link: Link, history: Sequence[LinkRow], judgment: Judgment) -> list[LinkRow]:
        """Change what is there already; return the row that ends, if one does."""
        current = next((row for row in history if row.until is None), None)
        if judgment.period:
            _redate(history, judgment.period, judgment)
        if current is None:
            return [row for row in history if row.until == judgment.at and row.replaced_by is None][-1:]
        if judgment.step is Step.OPEN:
            current.until = judgment.at
            return [current]
        if current.value == link.value and judgment.at >= current.proven_at:
            _belong(current, link)
        return []

    def _begin(self, opening: Sequence[tuple[Link, Judgment]]) -> list[LinkRow]:
        holders = self._holders([link for link, judgment in opening if judgment.step is Step.OPEN])
        begun = []
        for link, judgment in opening:
            alone = link.kind not in SHARED and holders.setdefault(
                id_of(link), names_of(link.subject)
            ) == names_of(link.subject)
            row = LinkRow(
                entity=link.subject.entity,
                scope=link.subject.scope,
                key=link.subject.key,
                system=link.system,
                kind=link.kind,
                value=link.value,
                sole=alone and judgment.step is Step.OPEN,
                since=judgment.at,
                proven_at=judgment.at,
                until=judgment.until,
                message_id=self.proof.message,
            )
            _belong(row, link)
            begun.append(row)
        self.session.add_all(begun)
        return begun

    def _holders(self, links: Sequence[Link]) -> dict[Names, Names]:
        held = LinkRow.until.is_(None) & LinkRow.sole
        query = select(*_ID, LinkRow.key).where(held, tuple_(*_ID).in_([id_of(one) for one in links]))
        return {tuple(row[:5]): (row[2], row[3], row[5]) for row in self.session.execute(query)}

    def _promote(self, freed: Sequence[LinkRow]) -> None:
        """Give an id that nobody has alone any more to whoever claimed it first."""
        for gone in freed:
            if not gone.sole:
                continue
            mine = (tuple_(*_ID) == _row_id(gone), LinkRow.until.is_(None))
            claims = list(
                self.session.scalars(select(LinkRow).where(*mine).order_by(LinkRow.since, LinkRow.id))
            )
            if claims and not any(one.sole for one in claims):
                claims[0].sole = True
                self.session.flush()

    def _dispute(self, claims: Sequence[LinkRow]) -> None:
        for claim in claims:
            holder = self.session.scalar(
                select(LinkRow.key).where(
                    tuple_(*_ID) == _row_id(claim), LinkRow.until.is_(None), LinkRow.sole
                )
            )
            if claim.sole or holder is None:
                continue
            log.warning("link.disputed", system=claim.system, kind=claim.kind, entity=claim.entity)
            if self.proof.order_no:
                record_conflict(self.session, _conflict(self.proof, claim, holder))


def _conflict(proof: LinksProven, claim: LinkRow, holder: str) -> ConflictFound:
    told = f"{claim.system} {claim.kind} {claim.value}"
    return ConflictFound(
        site=proof.site,
        order_no=proof.order_no,
        field=CONTESTED,
        storefront=f"{told} is claimed for {claim.entity} {claim.key}",
        warehouse=f"it is {claim.entity} {holder}'s, which had it first",
        owner=Owner.STOREFRONT,
        sender=Owner.WAREHOUSE if claim.system == System.WAREHOUSE else Owner.STOREFRONT,
        message=proof.message,
    )


def _row_id(row: LinkRow) -> Names:
    return (row.system, row.kind, row.entity, row.scope, row.value)


def _slot(row: LinkRow) -> Names:
    return (row.entity, row.scope, row.key, row.system, row.kind)


def _period(row: LinkRow) -> Period:
    return Period(value=row.value, since=row.since, proven_at=row.proven_at, until=row.until)


def _belong(row: LinkRow, link: Link) -> None:
    if link.belongs_to:
        row.belongs_entity, row.belongs_scope, row.belongs_key = names_of(link.belongs_to)


def _redate(history: Sequence[LinkRow], period: Period, judgment: Judgment) -> None:
    row = next(one for one in history if _period(one) == period)
    if judgment.step is Step.CONFIRM:
        row.proven_at = judgment.at
    if judgment.step is Step.WIDEN:
        for before in history:
            if before.until == period.since:
                before.until = judgment.at
        row.since = judgment.at
