"""What baskets hold, until when."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import RowMapping, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import Demand, Reservation
from sync.core.ports import BasketReleased, Lapsed
from sync.store.models import ReservationRow

_KEY = ["site", "basket", "sku"]


class PostgresReservations:
    """Implements `core.ports.Reservations`.

    What a basket holds no longer is not deleted at once but over from then on: `lapsed` gives it to whoever
    has the storefront told, whatever died in between.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def hold(self, reservation: Reservation) -> list[str]:
        """Put this in the place of what the basket held; return every SKU it holds or held."""
        mine = (ReservationRow.site == reservation.site) & (ReservationRow.basket == reservation.basket)
        rows = [
            {"site": reservation.site, "basket": reservation.basket, "sku": sku, "quantity": units}
            | {"inventory_list": reservation.inventory_list, "until": reservation.until}
            for sku, units in sorted(reservation.units.items())
        ]
        with self._sessions.begin() as session:
            _end(session, reservation.site, reservation.basket)
            if rows:
                statement = upsert(ReservationRow).values(rows)
                names = ("quantity", "inventory_list", "until")
                new = {name: statement.excluded[name] for name in names}
                session.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=new))
            return sorted(session.scalars(select(ReservationRow.sku).where(mine)))

    def lapsed(self, limit: int) -> list[Lapsed]:
        """Return what is over, in the order of sites."""
        columns = (ReservationRow.site, ReservationRow.basket, ReservationRow.sku, ReservationRow.until)
        query = select(*columns).where(ReservationRow.until <= func.clock_timestamp())
        with self._sessions() as session:
            rows = session.execute(query.order_by(*columns).limit(limit)).mappings()
            return [Lapsed(**row) for row in rows]

    def forget(self, lapsed: Sequence[Lapsed]) -> None:
        """Delete these, unless they have been renewed."""
        key = tuple_(ReservationRow.site, ReservationRow.basket, ReservationRow.sku, ReservationRow.until)
        wanted = [(one.site, one.basket, one.sku, one.until) for one in lapsed]
        with self._sessions.begin() as session:
            session.execute(delete(ReservationRow).where(key.in_(wanted)))


def record_release(session: Session, released: BasketReleased) -> None:
    """End, with a settlement, what a basket held: its order holds it now."""
    _end(session, released.site, released.basket)


def reserved(
    session: Session, inventory_list: str, skus: Sequence[str], others: Collection[str]
) -> Iterator[Demand]:
    """Yield what baskets hold of these SKUs now, on the list and on those that sell the same stock."""
    query = (
        select(ReservationRow.__table__)
        .where(
            ReservationRow.inventory_list.in_([inventory_list, *others]),
            ReservationRow.sku.in_(skus),
            ReservationRow.until > func.clock_timestamp(),
        )
        .order_by(ReservationRow.until, ReservationRow.basket)
    )
    return (_held(row, inventory_list) for row in session.execute(query).mappings())


def _held(row: RowMapping, inventory_list: str) -> Demand:
    return Demand(
        order_no=row["basket"],
        sku=row["sku"],
        quantity=row["quantity"],
        stamp=row["until"],
        own=row["inventory_list"] == inventory_list,
        until=row["until"],
    )


def _end(session: Session, site: str, basket: str) -> None:
    over = update(ReservationRow).where(ReservationRow.site == site, ReservationRow.basket == basket)
    session.execute(over.values(until=func.least(ReservationRow.until, text("clock_timestamp()"))))
