"""Hand-overs and progress: which order is which reference, and what is known of it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, Update, delete, func, select, text, tuple_, update
from sqlalchemy.orm import Session, sessionmaker

from sync.core.amendments import destination
from sync.core.errors import Rejected, Retryable
from sync.core.fulfillment import Known
from sync.core.messages import State, Topic
from sync.core.orders import Order, references, route, warehouse_orders
from sync.core.people import Pseudonyms
from sync.core.ports import Handover, Tried
from sync.core.postings import HandedLine, HandedOrder
from sync.core.showing import Told
from sync.core.sites import Site
from sync.store.handed import handed, handed_lines, keep_money
from sync.store.known import known_from_json
from sync.store.models import HandoverLineRow, HandoverRow, MessageRow, ProgressRow


class PostgresOrders:
    """Implements `core.ports.Orders`."""

    def __init__(self, sessions: sessionmaker[Session], people: Pseudonyms | None = None) -> None:
        """Use short transactions from `sessions`; `people` names who ordered."""
        self._sessions = sessions
        self._people = people or Pseudonyms()

    def reserve(self, order: Order, site: Site) -> dict[str, datetime]:
        """Remember references, lines and stamps before an attempt; later calls return the same stamps.

        Stamps are whole seconds and strictly increasing per channel, because the warehouse echoes
        the newest one it has: two orders with one stamp could not be told apart. They may run
        ahead of the clock; only their order means anything. Until the order is accepted its lines are
        those of the last call, since a refused order may be changed before it is tried again.
        Raises `Rejected` reference.taken when another order goes by one of the references.
        """
        with self._sessions.begin() as session:
            for channel in sorted(_channels(order, site).values()):
                _lock_stamps(session, channel)
            kept = {row.reference: row for row in session.scalars(_parts(order))}
            if not any(row.accepted_at for row in kept.values()):
                self._renew(session, order, site, kept)
        return {reference: row.stamp for reference, row in kept.items()}

    def _renew(self, session: Session, order: Order, site: Site, kept: dict[str, HandoverRow]) -> None:
        wanted = references(order)
        _refuse_taken(session, order, site, list(wanted.values()))
        session.execute(
            delete(HandoverLineRow).where(
                HandoverLineRow.site == order.site, HandoverLineRow.order_no == order.order_no
            )
        )
        for gone in kept.keys() - set(wanted.values()):
            session.delete(kept.pop(gone))
        for shipment_id, reference in wanted.items():
            if reference not in kept:
                kept[reference] = _handover(session, order, site, reference)
                session.add(kept[reference])
            session.add_all(handed_lines(order, shipment_id, reference))
            session.flush()
        keep_money(order, kept)
        for part in warehouse_orders(order, site, {reference: row.stamp for reference, row in kept.items()}):
            kept[part.reference].destination = destination(part)
            kept[part.reference].person = self._people.of(order.customer.email)

    def tried(self, site: Site, order_no: str) -> list[Tried]:
        """Return the references that an earlier attempt reserved and that are not accepted yet."""
        mine = (HandoverRow.site == site.name, HandoverRow.order_no == order_no)
        with self._sessions() as session:
            open_rows = session.scalars(
                select(HandoverRow).where(*mine, HandoverRow.accepted_at.is_(None))
            ).all()
            if not open_rows:
                return []
            units = {
                part.reference: _units(part.lines)
                for part in handed(session, site.name, order_no, accepted=False).parts
            }
        return [
            Tried(reference=row.reference, channel=row.channel, units=units.get(row.reference, {}))
            for row in open_rows
        ]

    def accepted(self, site: Site, order_no: str) -> bool:
        """Tell whether the warehouse has the whole order."""
        query = select(func.count(), func.count(HandoverRow.accepted_at)).where(
            HandoverRow.site == site.name, HandoverRow.order_no == order_no
        )
        with self._sessions() as session:
            parts, accepted = session.execute(query).one()
        return bool(parts) and parts == accepted

    def find(self, site: Site, reference: str) -> HandedOrder | None:
        """Return the accepted order behind a reference, None while it is not accepted."""
        with self._sessions() as session:
            order_no = session.scalar(
                select(HandoverRow.order_no).where(
                    HandoverRow.site == site.name,
                    HandoverRow.reference == reference,
                    HandoverRow.accepted_at.is_not(None),
                )
            )
            return None if order_no is None else handed(session, site.name, order_no, accepted=True)

    def handovers(self, site: Site, order_no: str) -> list[Handover]:
        """Return the accepted hand-overs of an order, by reference."""
        return self._accepted(HandoverRow.site == site.name, HandoverRow.order_no == order_no)

    def handover(self, site: Site, reference: str) -> Handover | None:
        """Return one accepted hand-over."""
        found = self._accepted(HandoverRow.site == site.name, HandoverRow.reference == reference)
        return found[0] if found else None

    def _accepted(self, *conditions: ColumnElement[bool]) -> list[Handover]:
        query = select(HandoverRow).where(*conditions, HandoverRow.accepted_at.is_not(None))
        with self._sessions() as session:
            return [
                Handover(**{name: getattr(row, name) for name in Handover.__slots__})
                for row in session.scalars(query.order_by(HandoverRow.reference))
            ]

    def amending(self, site: Site, reference: str, at: datetime) -> None:
        """Remember that an amendment begins: from now on facts may be about an order that is gone."""
        with self._sessions.begin() as session:
            _renewable(session, site.name, reference).amended_at = at

    def free(self, site: Site, reference: str, *, begun: datetime, at: datetime, told: str) -> datetime:
        """Remember that the reference is free, what will be told under it, and return its new stamp.

        What is known of the former order is forgotten. Raises `Retryable` progress.stale when another
        attempt has begun since `begun`: its steps count, not ours.
        """
        with self._sessions.begin() as session:
            row = _renewable(session, site.name, reference)
            if row.amended_at != begun:
                raise Retryable("progress.stale", f"another attempt amends {reference}")
            _lock_stamps(session, row.channel)
            row.freed_at, row.destination, row.stamp = at, told, _next_stamp(session, row.channel)
            _forget(session, row)
            return row.stamp

    def told(self, site: Site, order_no: str) -> Told:
        """Return what was last set in the storefront; of kinds under way only that they are."""
        query = select(MessageRow.body, MessageRow.state).where(
            MessageRow.site == site.name,
            MessageRow.key == order_no,
            MessageRow.topic == Topic.POSTING_PLANNED,
        )
        with self._sessions() as session:
            rows = session.execute(query.order_by(MessageRow.id)).all()
        return Told.of((json.loads(body), state == State.DONE) for body, state in rows)

    def known(self, site: Site, order_no: str) -> tuple[int, Known]:
        """Return the version and what is known of the order's fulfillment, 0 and nothing at first."""
        with self._sessions() as session:
            row = session.get(ProgressRow, (site.name, order_no))
            return (row.version, known_from_json(row.known)) if row else (0, Known())

    def silent(self, site: Site, since: datetime, limit: int) -> list[tuple[str, str]]:
        """Return (channel, reference) of open orders of which nothing was heard since, the longest first."""
        with self._sessions() as session:
            rows = session.execute(silent_orders(site.name, since, limit))
            return [(row.channel, row.reference) for row in rows]

    def heard(self, site: Site, asked: Sequence[tuple[str, str]], at: datetime) -> None:
        """Note that the warehouse was asked about these (channel, reference), so that others are next."""
        with self._sessions.begin() as session:
            session.execute(asked_about(site.name, asked).values(heard_at=at))


def silent_orders(site: str, since: datetime, limit: int) -> Select[str, str]:
    """Return the query for the longest silent orders: read off its index, however many are open."""
    heard = func.coalesce(HandoverRow.heard_at, HandoverRow.accepted_at)
    return (
        select(HandoverRow.channel, HandoverRow.reference)
        .where(HandoverRow.site == site, HandoverRow.closed_at.is_(None), heard < since)
        .order_by(heard)
        .limit(limit)
    )


def asked_about(site: str, asked: Sequence[tuple[str, str]]) -> Update:
    """Return the update of these orders; a reference is unique in its channel, and has an index there."""
    wanted = tuple_(HandoverRow.channel, HandoverRow.reference).in_(asked)
    return update(HandoverRow).where(HandoverRow.site == site, wanted)


def _parts(order: Order) -> Select[HandoverRow]:
    return select(HandoverRow).where(HandoverRow.site == order.site, HandoverRow.order_no == order.order_no)


def _refuse_taken(session: Session, order: Order, site: Site, wanted: Sequence[str]) -> None:
    """A later shipment's reference is made up (`-S2`); an order may really have that number."""
    query = select(HandoverRow.reference, HandoverRow.order_no, HandoverRow.site).where(
        HandoverRow.channel.in_(site.channels),
        HandoverRow.reference.in_(wanted),
        tuple_(HandoverRow.site, HandoverRow.order_no) != (order.site, order.order_no),
    )
    for row in session.execute(query):
        detail = f"reference {row.reference} belongs to order {row.order_no} of {row.site}"
        raise Rejected("reference.taken", detail, fields={"orderNo": detail})


def _channels(order: Order, site: Site) -> dict[str, str]:
    """Return reference → channel."""
    wanted = references(order)
    return {
        wanted[shipment.shipment_id]: route(order, shipment, site).channel
        for shipment in order.shipments
        if shipment.shipment_id in wanted
    }


def _handover(session: Session, order: Order, site: Site, reference: str) -> HandoverRow:
    channel = _channels(order, site)[reference]
    return HandoverRow(
        site=order.site,
        order_no=order.order_no,
        reference=reference,
        channel=channel,
        inventory_list=site.stock.inventory_list,
        currency=order.currency,
        stamp=_next_stamp(session, channel),
        placed_at=order.placed_at,
        placed_status=order.status,
    )


def _lock_stamps(session: Session, channel: str) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:channel))"), {"channel": channel})


def _next_stamp(session: Session, channel: str) -> datetime:
    newest = session.scalar(select(func.max(HandoverRow.stamp)).where(HandoverRow.channel == channel))
    clock = datetime.now(UTC).replace(microsecond=0)
    return clock if newest is None else max(clock, newest + timedelta(seconds=1))


def _renewable(session: Session, site: str, reference: str) -> HandoverRow:
    mine = (HandoverRow.site == site, HandoverRow.reference == reference)
    return session.scalars(select(HandoverRow).where(*mine).with_for_update()).one()


def _forget(session: Session, handover: HandoverRow) -> None:
    """Forget the shipments of a former order: those of the new one may bear the same names."""
    row = session.get(ProgressRow, (handover.site, handover.order_no), with_for_update=True)
    if row is None:
        return
    shipments = {
        name: one for name, one in row.known["shipments"].items() if one["reference"] != handover.reference
    }
    row.known, row.version = {**row.known, "shipments": shipments}, row.version + 1


def _units(lines: Sequence[HandedLine]) -> Mapping[str, int]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return units
