"""SKUs that the storefront refuses."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import Refusal
from sync.store.models import RefusedRow


class PostgresRefusals:
    """Implements `core.ports.Refusals`; a write that works ends a refusal, see `PostgresStock`."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def among(self, inventory_list: str, skus: Collection[str]) -> dict[str, Refusal]:
        """Return SKU → refusal for those that the storefront refused last time."""
        query = select(RefusedRow.__table__).where(
            RefusedRow.inventory_list == inventory_list, RefusedRow.sku.in_(skus)
        )
        with self._sessions() as session:
            return {row["sku"]: Refusal(**row) for row in session.execute(query).mappings()}

    def longest(self, limit: int) -> list[Refusal]:
        """Return what the storefront refuses, longest first."""
        query = select(RefusedRow.__table__).order_by(RefusedRow.since, RefusedRow.sku).limit(limit)
        with self._sessions() as session:
            return [Refusal(**row) for row in session.execute(query).mappings()]

    def save(self, refusals: Collection[Refusal]) -> None:
        """Remember refusals, one of a SKU, in place of the former ones."""
        names = Refusal.__slots__
        ordered = sorted(refusals, key=lambda one: (one.inventory_list, one.sku))
        if not ordered:
            return
        statement = upsert(RefusedRow).values(
            [{name: getattr(one, name) for name in names} for one in ordered]
        )
        new = {name: statement.excluded[name] for name in names}
        with self._sessions.begin() as session:
            session.execute(
                statement.on_conflict_do_update(index_elements=["inventory_list", "sku"], set_=new)
            )
