"""Files of allocations under way: which SKUs each holds, and how far it has come."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import Target
from sync.core.ports import Feed
from sync.store.manners import manner_row
from sync.store.models import FeedRow, PublishedRow, RefusedRow

_NAMES = ("name", "inventory_list", "at", "handle", "execution")


class PostgresFeeds:
    """Implements `core.ports.Feeds`."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use short transactions from `sessions`."""
        self._sessions = sessions

    def open(self, inventory_list: str) -> Feed | None:
        """Return the file that is under way."""
        with self._sessions() as session:
            row = session.get(FeedRow, inventory_list)
            return None if row is None else Feed(**{name: getattr(row, name) for name in _NAMES})

    def save(self, feed: Feed) -> None:
        """Remember a file, or how far it has come."""
        values = {name: getattr(feed, name) for name in _NAMES}
        statement = upsert(FeedRow).values(values)
        with self._sessions.begin() as session:
            session.execute(statement.on_conflict_do_update(index_elements=["inventory_list"], set_=values))

    def include(self, feed: Feed, wanted: Collection[Target]) -> None:
        """Remember that the file holds these numbers; until it is confirmed nobody knows what is shown."""
        blank = {"allocation": None, "started_at": None, "finished_at": None}
        rows = [
            {"inventory_list": feed.inventory_list, "sku": one.sku, "wanted": one.allocation}
            | {"token": feed.name, "feed": feed.name, "manner": manner_row(one.manner), **blank}
            for one in sorted(wanted, key=lambda one: one.sku)
        ]
        statement = upsert(PublishedRow).values(rows)
        new = statement.excluded
        names = ("wanted", "token", "feed", "manner")
        changed = {**blank, **{name: new[name] for name in names}}
        with self._sessions.begin() as session:
            session.execute(
                statement.on_conflict_do_update(index_elements=["inventory_list", "sku"], set_=changed)
            )

    def among(self, feed: Feed, names: Collection[str]) -> set[str]:
        """Return which of the names are SKUs of the file."""
        query = select(PublishedRow.sku).where(*_of(feed), PublishedRow.sku.in_(names))
        with self._sessions() as session:
            return set(session.scalars(query))

    def confirm(self, feed: Feed, finished_at: datetime, refused: Collection[str]) -> int:
        """Remember that all but the refused were published, and forget the file; return how many.

        A SKU that was written otherwise meanwhile is not confirmed: which of both came last nobody knows.
        """
        own = [*_of(feed), PublishedRow.token == feed.name, PublishedRow.sku.not_in(refused)]
        published = {"allocation": PublishedRow.wanted, "started_at": feed.at, "finished_at": finished_at}
        taken = (RefusedRow.inventory_list == feed.inventory_list) & RefusedRow.sku.in_(
            select(PublishedRow.sku).where(*own)
        )
        with self._sessions.begin() as session:
            session.execute(delete(RefusedRow).where(taken).execution_options(synchronize_session=False))
            number = session.execute(update(PublishedRow).where(*own).values(published)).rowcount  # type: ignore[attr-defined]
            _forget(session, feed)
        return int(number)

    def close(self, feed: Feed) -> None:
        """Forget the file: nothing in it is confirmed."""
        with self._sessions.begin() as session:
            _forget(session, feed)


def _of(feed: Feed) -> list[ColumnElement[bool]]:
    return [PublishedRow.inventory_list == feed.inventory_list, PublishedRow.feed == feed.name]


def _forget(session: Session, feed: Feed) -> None:
    """Take the file off its SKUs; what another writer wrote meanwhile must be written once more."""
    overtaken = update(PublishedRow).where(*_of(feed), PublishedRow.token != feed.name)
    session.execute(overtaken.values(allocation=None, started_at=None, finished_at=None, token=""))
    session.execute(update(PublishedRow).where(*_of(feed)).values(feed="", wanted=None))
    session.execute(delete(FeedRow).where(FeedRow.name == feed.name))
