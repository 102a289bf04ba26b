"""Links of what was handed over before there were links: proven once more by what is remembered."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, sessionmaker

from sync.core.fulfillment import Known
from sync.core.links import Link
from sync.core.ports import LinksProven
from sync.core.proofs import handed as handed_links
from sync.core.proofs import handed_goods, items, moved
from sync.store.handed import handed
from sync.store.known import known_from_json
from sync.store.link_locks import lock_links
from sync.store.models import HandoverRow, ProgressRow
from sync.store.proving import record_proof

_BATCH = 50
_ORDER = (HandoverRow.site, HandoverRow.order_no)


class Relinking:
    """Reads hand-overs and progress; who ordered is linked when the storefront's order is read again."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def orders(self) -> int:
        """Return how many orders there are to look at."""
        accepted = select(*_ORDER).where(HandoverRow.accepted_at.is_not(None)).distinct().subquery()
        with self._sessions() as session:
            return session.scalar(select(func.count()).select_from(accepted)) or 0

    def run(self, *, dry: bool) -> Iterator[tuple[int, int]]:
        """Yield how many orders a batch had, and how many links are new; a dry run keeps none of them.

        Safe to stop, to repeat, and to run while the bridge works: a link that is there is left alone.
        """
        last = ("", "")
        while True:
            with self._sessions() as session:
                batch = self._after(session, last)
                if not batch:
                    return
                found = [record for order in batch for record in _proofs(session, *order)]
                lock_links(session, found)
                new = sum(record_proof(session, record) for record in found)
                if dry:
                    session.rollback()
                else:
                    session.commit()
            last = batch[-1]
            yield len(batch), new

    def _after(self, session: Session, last: tuple[str, str]) -> list[tuple[str, str]]:
        query = select(*_ORDER).where(tuple_(*_ORDER) > last, HandoverRow.accepted_at.is_not(None))
        rows = session.execute(query.distinct().order_by(*_ORDER).limit(_BATCH))
        return [(site, order_no) for site, order_no in rows]


def _proofs(session: Session, site: str, order_no: str) -> Iterator[LinksProven]:
    def proven(links: tuple[Link, ...], at: datetime) -> LinksProven:
        return LinksProven(links=links, at=at, site=site, order_no=order_no)

    placed_at, accepted_at = _times(session, site, order_no)
    goods = handed_goods(handed(session, site, order_no, accepted=True))
    yield proven(handed_links(site, order_no, goods), accepted_at)
    yield proven(items(site, order_no, goods), placed_at)
    row = session.get(ProgressRow, (site, order_no))
    known = known_from_json(row.known) if row else Known()
    for name, one in known.shipments.items():
        since = min(one.reached.values(), default=accepted_at)
        yield proven(moved(site, Known(shipments={name: one})), since)
    for name, back in known.returns.items():
        yield proven(moved(site, Known(returns={name: back})), back.at)


def _times(session: Session, site: str, order_no: str) -> tuple[datetime, datetime]:
    mine = (HandoverRow.site == site, HandoverRow.order_no == order_no, HandoverRow.accepted_at.is_not(None))
    row = session.scalars(select(HandoverRow).where(*mine).order_by(HandoverRow.accepted_at).limit(1)).one()
    return row.placed_at, row.accepted_at or row.placed_at
