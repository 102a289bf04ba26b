"""Revision 0009 on a real database: a conflict of one sentence becomes one of two values, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import sync.store
from sync.borrowed import private_database
from sync.embedded import Servers
from sync.store.db import make_engine

ROWS = {
    "shipment.address": (
        "storefront: 1 Other Street; Otley; warehouse: 2 Way; the storefront owns it",
        ("1 Other Street; Otley", "2 Way", "storefront", "storefront", "open", False),
    ),
    "order.cancellation": (
        "storefront: asks to cancel; warehouse: UK1: too late; the storefront owns it",
        ("asks to cancel", "UK1: too late", "storefront", "warehouse", "open", False),
    ),
    "shipment.stage": (
        "shipment UK1-1 was shipped and canceled",
        ("", "shipment UK1-1 was shipped and canceled", "warehouse", "warehouse", "open", True),
    ),
    "return.items": (
        "3 of A returned, 2 shipped",
        ("", "3 of A returned, 2 shipped", "warehouse", "warehouse", "resolved", False),
    ),
}


@pytest.fixture
def engine(servers: Servers) -> Iterator[sa.Engine]:
    """A database as revision 0008 left it, with a conflict of every form."""
    with private_database(servers.database_url) as url:
        opened = make_engine(url)
        _to(opened, "0008")
        with opened.begin() as connection:
            for field, (detail, (*_, state, _alarm)) in ROWS.items():
                connection.execute(
                    sa.text(
                        "INSERT INTO conflict (site, order_no, field, detail, resolved_at) VALUES"
                        " ('UK', 'UK1', :field, :detail, CASE WHEN :state = 'resolved' THEN now() END)"
                    ),
                    {"field": field, "detail": detail, "state": state},
                )
        yield opened
        opened.dispose()


def _to(engine: sa.Engine, revision: str, *, down: bool = False) -> None:
    settings = Config()
    settings.set_main_option("script_location", str(Path(sync.store.__file__).parent / "migrations"))
    settings.attributes["database_url"] = engine.url
    (command.downgrade if down else command.upgrade)(settings, revision)


def _rows(engine: sa.Engine, query: str) -> list[sa.RowMapping]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query)).mappings())


def test_a_conflict_of_one_sentence_becomes_one_of_two_values(engine: sa.Engine) -> None:
    _to(engine, "0009")
    for row in _rows(engine, "SELECT * FROM conflict"):
        _, wanted = ROWS[row["field"]]
        names = ("storefront", "warehouse", "owner", "sender", "state", "alarm")
        assert tuple(row[name] for name in names) == wanted
        assert len(row["identity"]) == 64
        assert (row["times"], row["seen_at"]) == (1, row["created_at"])


def test_going_back_keeps_every_conflict_and_both_values(engine: sa.Engine) -> None:
    _to(engine, "0009")
    _to(engine, "0008", down=True)
    kept = {row["field"]: row for row in _rows(engine, "SELECT * FROM conflict")}
    assert kept.keys() == ROWS.keys()
    for field, (_, (storefront, warehouse, *_, state, _alarm)) in ROWS.items():
        assert storefront in kept[field]["detail"]
        assert warehouse in kept[field]["detail"]
        assert (kept[field]["resolved_at"] is not None) == (state == "resolved")
    _to(engine, "0009")
    again = {row["field"]: row for row in _rows(engine, "SELECT * FROM conflict")}
    for field, (_, (storefront, warehouse, *_)) in ROWS.items():
        assert (again[field]["storefront"], again[field]["warehouse"]) == (storefront, warehouse)
