"""How many SKUs of each list are out of the ordinary, as last counted."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import RowMapping, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.store.models import FindingCountRow, RefusedRow

# The matter that is known without counting.
REFUSED = "refused"


class PostgresTallies:
    """Implements `core.ports.Tallies`."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def save(self, inventory_list: str, numbers: Mapping[str, int], at: datetime) -> None:
        """Remember the numbers by matter, in place of those before."""
        rows = [
            {"inventory_list": inventory_list, "matter": matter, "skus": number, "counted_at": at}
            for matter, number in sorted(numbers.items())
        ]
        with self._sessions.begin() as session:
            session.execute(delete(FindingCountRow).where(FindingCountRow.inventory_list == inventory_list))
            session.execute(upsert(FindingCountRow).values(rows))

    def all(self) -> list[RowMapping]:
        """Return list, matter, number and when it was counted; what is refused is counted now."""
        refused = select(
            RefusedRow.inventory_list,
            literal(REFUSED).label("matter"),
            func.count().label("skus"),
            func.now().label("counted_at"),
        ).group_by(RefusedRow.inventory_list)
        with self._sessions() as session:
            counted = session.execute(select(FindingCountRow.__table__)).mappings().all()
            return [*counted, *session.execute(refused).mappings()]
