"""A person's orders without the person: content goes, order number, references and stages stay."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.messages import Outcome, State, Topic
from sync.core.ports.privacy import ErasureRequest, Holdings, OrderId, Told
from sync.core.privacy import ERASED_FIELDS, ERASED_NOTE, UNWANTED, Mention, Why
from sync.store.ledger.statements import ONE_AT_A_TIME
from sync.store.link_locks import lock_subjects
from sync.store.models import ActRow, ConflictRow, HandoverRow, MessageRow, ProgressRow
from sync.store.privacy import dossiers, finding, linked
from sync.store.privacy.blanking import blank_acts, blank_conflicts, blank_messages, blank_progress, locked
from sync.store.privacy.models import ErasedRow, ErasureRow

_TODAY = text("SELECT current_date")
_SHOWN = text("""
SELECT EXISTS (SELECT 1 FROM unnest(CAST(:sites AS text[]), CAST(:orders AS text[])) AS mine(site, order_no)
               JOIN agent_record AS r USING (site, order_no))
""")
_OPEN = {State.DUE, State.WORKING}
_AT_ONCE = {*UNWANTED, Topic.POSTING_PLANNED}


class PostgresPersonalData:
    """Implements `core.ports.privacy.PersonalData`."""

    def __init__(self, sessions: sessionmaker[Session], reasons: Mapping[str, str]) -> None:
        """Use short transactions from `sessions`; `reasons` is site → attribute of refusals."""
        self._sessions = sessions
        self._reasons = reasons

    def find(self, mention: Mention, person: str, told: Told) -> set[OrderId]:
        """Return the orders of a person, by digest and by a search of every text."""
        return finding.find(self._sessions, mention, person, told)

    def order_of(self, site: str, key: str) -> OrderId:
        """Return the order that a message's key is about."""
        return OrderId(site, finding.order_of(self._sessions, site, key))

    def holdings(self, order: OrderId) -> Holdings:
        """Return what is kept of an order."""
        with self._sessions() as session:
            return dossiers.holdings(session, order)

    def dossier(self, order: OrderId) -> Mapping[str, Any]:
        """Return every row about an order, table by table, as it is kept."""
        with self._sessions() as session:
            return dossiers.dossier(session, order)

    def left(self, mention: Mention) -> Mapping[str, int]:
        """Return table and column → rows that have the address, of every table that there is."""
        return finding.left(self._sessions, mention)

    def erase(self, order: OrderId, request: ErasureRequest, *, force: bool) -> bool:
        """Blank what is kept of an order and note it, in one step; False when it is open and not forced.

        Nothing is added to the ledger meanwhile, and a worker that has one of its messages in hand loses its
        lease: whatever comes after this meets the tombstone.
        """
        with self._sessions.begin() as session:
            lock_subjects(session, [linked.subject_of(order)])
            session.execute(ONE_AT_A_TIME)
            keys = dossiers.keys_of(session, order)
            rows = locked(session, MessageRow.site == order.site, MessageRow.key.in_(keys))
            if dossiers.holdings(session, order).forbids and not force:
                return False
            named = [{"site": order.site, "key": key} for key in keys]
            session.execute(upsert(ErasedRow).values(named).on_conflict_do_nothing())
            on: date = session.scalar(_TODAY) or date.min
            # A fact that is still due is worked first: it is about goods, and is blanked when it is settled.
            now = [row for row in rows if row.topic in _AT_ONCE or row.state not in _OPEN]
            _end(session, [row.id for row in now])
            blank_messages(session, now, Why.ERASURE, on, self._reasons.get(order.site, ""))
            linked.part(session, order)
            _blank_rest(session, order, keys)
            _note(session, request, 1)
            return True

    def shown(self, orders: Sequence[OrderId]) -> bool:
        """Tell whether agents were shown any of these orders in the CRM."""
        names = {"sites": [one.site for one in orders], "orders": [one.order_no for one in orders]}
        with self._sessions() as session:
            return bool(session.scalar(_SHOWN, names))

    def forget(self, request: ErasureRequest) -> None:
        """Note that the customers that go by a digest are erased, and delete their links; safe to repeat."""
        customers = linked.customers(self._sessions, request.person)
        if customers:
            # First, so that a run that dies in between leaves no erasure unnoted.
            with self._sessions.begin() as session:
                _note(session, request, 0)
        linked.forget(self._sessions, customers)

    def customer_links(self, person: str) -> list[dict[str, Any]]:
        """Return the ids of the customers that go, or went, by a digest, as they are kept."""
        return linked.customer_links(self._sessions, person)

    def erasures(self, person: str) -> list[Mapping[str, Any]]:
        """Return who had this person erased, and when, oldest first."""
        table = ErasureRow.__table__
        with self._sessions() as session:
            query = select(table).where(table.c.person == person).order_by(table.c.id)
            return [dict(row) for row in session.execute(query).mappings()]


def _note(session: Session, request: ErasureRequest, orders: int) -> None:
    mine = (
        ErasureRow.person == request.person,
        ErasureRow.actor == request.actor,
        ErasureRow.at == request.at,
    )
    counted = update(ErasureRow).where(*mine).values(orders=ErasureRow.orders + orders)
    if session.scalar(counted.returning(ErasureRow.id)) is None:
        values = {"person": request.person, "actor": request.actor, "at": request.at, "orders": orders}
        session.execute(insert(ErasureRow).values(values))


def _end(session: Session, ids: list[int]) -> None:
    """End what would only bring the order back, and dead letters; postings still go their way."""
    mine = MessageRow.id.in_(ids)
    open_still = (MessageRow.state != State.DONE) & (MessageRow.topic != Topic.POSTING_PLANNED)
    ended = {
        "state": State.DONE,
        "outcome": Outcome.SUPERSEDED,
        "note": ERASED_NOTE,
        "claimed_until": None,
        # The late word of a worker that has it in hand is fenced off.
        "attempts": MessageRow.attempts + 1,
        "settled_at": func.clock_timestamp(),
    }
    session.execute(update(MessageRow).where(mine, open_still).values(ended))


def _blank_rest(session: Session, order: OrderId, keys: list[str]) -> None:
    # Progress before hand-overs, as a fact's settlement locks them.
    blank_progress(session, ProgressRow.site == order.site, ProgressRow.order_no == order.order_no)
    here = (HandoverRow.site == order.site, HandoverRow.order_no == order.order_no)
    session.execute(update(HandoverRow).where(*here).values(destination=None, person=""))
    mine = (ConflictRow.site == order.site, ConflictRow.order_no == order.order_no)
    conflicts = session.scalars(select(ConflictRow.id).where(*mine)).all()
    blank_conflicts(session, conflicts, ERASED_FIELDS)
    acts = select(ActRow.id).where(ActRow.site == order.site, ActRow.key.in_(keys))
    blank_acts(session, session.scalars(acts).all())
