"""A person's links: which orders they lead to, and how they go."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.links import Entity, Subject
from sync.core.ports.privacy import OrderId
from sync.store.links import PostgresLinks

# Of every customer that has or had the address; whoever changed theirs is found by the former one too.
_ORDERS = text("""
SELECT DISTINCT o.scope, o.key FROM link AS c
JOIN link AS o ON o.belongs_entity = c.entity AND o.belongs_scope = c.scope AND o.belongs_key = c.key
WHERE c.kind = 'email' AND c.value = :person AND c.entity = 'customer' AND o.entity = 'order'
""")
_CUSTOMERS = text("""
SELECT DISTINCT entity, scope, key FROM link WHERE kind = 'email' AND value = :person AND entity = 'customer'
""")
_OF_CUSTOMERS = text("""
SELECT * FROM link WHERE (entity, scope, key) IN (
    SELECT entity, scope, key FROM link
    WHERE kind = 'email' AND value = :person AND value <> '' AND entity = 'customer') ORDER BY id
""")
_ADDRESSES = text("DELETE FROM link WHERE entity = 'address' AND scope = :site || '/' || :order_no")
_NOBODYS = text("""
UPDATE link SET belongs_entity = NULL, belongs_scope = NULL, belongs_key = NULL
WHERE entity = 'order' AND scope = :site AND key = :order_no AND belongs_entity = 'customer'
""")
_OF_ORDER = text("""
SELECT * FROM link WHERE (entity = 'order' AND scope = :site AND key = :order_no)
   OR (belongs_entity = 'order' AND belongs_scope = :site AND belongs_key = :order_no) ORDER BY id
""")


def orders_of(session: Session, person: str) -> set[OrderId]:
    """Return the orders of the customers that go by a digest."""
    return {OrderId(*row) for row in session.execute(_ORDERS, {"person": person})} if person else set()


def links_of(session: Session, order: OrderId) -> list[dict[str, Any]]:
    """Return the rows of an order and of its parts."""
    return [dict(row) for row in session.execute(_OF_ORDER, _names(order)).mappings()]


def subject_of(order: OrderId) -> Subject:
    """Return the order as links know it."""
    return Subject(entity=Entity.ORDER, scope=order.site, key=order.order_no)


def part(session: Session, order: OrderId) -> None:
    """Take an order from its customer, and its addresses away; its other ids are of goods."""
    session.execute(_ADDRESSES, _names(order))
    session.execute(_NOBODYS, _names(order))


def customers(sessions: sessionmaker[Session], person: str) -> list[Subject]:
    """Return the customers that go, or went, by a digest."""
    with sessions() as session:
        rows = session.execute(_CUSTOMERS, {"person": person}).all() if person else []
    return [Subject(entity=Entity(entity), scope=scope, key=key) for entity, scope, key in rows]


def customer_links(sessions: sessionmaker[Session], person: str) -> list[dict[str, Any]]:
    """Return the rows of the customers that go, or went, by a digest: their numbers and ids."""
    with sessions() as session:
        return [dict(row) for row in session.execute(_OF_CUSTOMERS, {"person": person}).mappings()]


def forget(sessions: sessionmaker[Session], subjects: Sequence[Subject]) -> None:
    """Delete every link of these customers; safe to repeat."""
    for subject in subjects:
        PostgresLinks(sessions).forget(subject)


def _names(order: OrderId) -> dict[str, str]:
    return {"site": order.site, "order_no": order.order_no}
