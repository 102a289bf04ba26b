"""What is old is blanked, and what is erased stays erased; order numbers, stages and dedupe stay."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sync.core.fulfillment import Known
from sync.core.links import Entity, Link, Subject, System
from sync.core.messages import Dead, Draft, Retry
from sync.core.people import Pseudonyms
from sync.core.ports import ConflictFound, HandoverAccepted, LinksProven, ProgressMade
from sync.core.ports.privacy import ErasureRequest, OrderId
from sync.core.privacy import Mention, blanked
from sync.core.sites import Site
from sync.store.orders import PostgresOrders
from sync.store.privacy import PostgresPersonalData, PostgresRetained
from sync.store.records import RECORDERS

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=91)
ANN = "ann@quux.example"
REQUEST = ErasureRequest(person="digest", actor="bo", at=NOW)
BODY = json.dumps({"type": "order.placed", "orderNo": "K1", "order": {"email": ANN}})


@pytest.fixture
def data(sessions: sessionmaker[Session]) -> PostgresPersonalData:
    return PostgresPersonalData(sessions, {})


@pytest.fixture
def retained(sessions: sessionmaker[Session]) -> PostgresRetained:
    return PostgresRetained(sessions, {})


def blank_at(retained: PostgresRetained, now: datetime) -> dict[str, int]:
    before = now - timedelta(days=90)
    return {name: n for name, n in retained.blank({"US": before}, before, 100).items() if n}


def handed(book: Any, order: Any, site: Site, number: str = "K1", *, closed: bool) -> None:
    book.orders.reserve(order(number), site)
    with book.sessions.begin() as session:
        RECORDERS[HandoverAccepted](session, HandoverAccepted(site="US", order_no=number, at=NOW))
        made = ProgressMade(site="US", order_no=number, version=0, known=Known(), at=NOW, closed=closed)
        RECORDERS[ProgressMade](session, made)


def test_a_settled_message_keeps_its_row_and_loses_its_content_when_its_time_is_over(
    book: Any, draft: Callable[..., Draft], retained: PostgresRetained
) -> None:
    book.add(draft("K1", body=BODY))
    (message,) = book.claim()
    book.settle(message)

    assert blank_at(retained, NOW + timedelta(days=89)) == {}
    assert blank_at(retained, LATER) == {"message": 1}
    assert blank_at(retained, LATER) == {}

    row = book.row(message)
    assert (row["state"], row["outcome"]) == ("done", "applied")
    assert blanked(row["body"])
    assert ANN not in str(dict(row))
    assert book.add(draft("K1", body=BODY)) == 0


def test_a_dead_letter_keeps_code_and_paths(
    book: Any, draft: Callable[..., Draft], retained: PostgresRetained
) -> None:
    book.add(draft("K1", body=BODY))
    (message,) = book.claim()
    book.settle(message, Dead("address.invalid", f"of {ANN}", {"customerInfo.email": f"{ANN} is odd"}))

    blank_at(retained, LATER)

    row = book.row(message)
    assert (row["state"], row["error_code"]) == ("dead", "address.invalid")
    assert list(row["error_detail"]["fields"]) == ["customerInfo.email"]
    assert ANN not in str(dict(row)) + str([dict(one) for one in book.attempts(message)])


def test_what_is_not_settled_or_belongs_to_an_open_order_is_not_blanked(
    book: Any, draft: Callable[..., Draft], order: Any, site: Site, retained: PostgresRetained
) -> None:
    handed(book, order, site, closed=False)
    book.add(draft("K1", body=BODY), draft("K2", body=BODY))
    (first, second) = book.claim()
    book.settle(first)
    book.settle(second, Retry("remote.unavailable", "x"))

    assert blank_at(retained, LATER) == {}


def test_a_closed_order_loses_destination_and_conflict_values(
    book: Any, order: Any, site: Site, retained: PostgresRetained
) -> None:
    handed(book, order, site, closed=True)
    found = ConflictFound(
        site="US", order_no="K1", field="shipment.address", storefront="47 Lane", warehouse="1 Way",
        owner="storefront", sender="warehouse",
    )  # fmt: skip
    with book.sessions.begin() as session:
        RECORDERS[ConflictFound](session, found)

    assert blank_at(retained, LATER) == {"conflict": 1, "destination": 1}

    assert book.one("SELECT storefront || warehouse FROM conflict") == "……"
    assert book.one("SELECT count(*) FROM handover WHERE destination IS NULL AND person <> ''") == 1


def test_retention_of_a_site_that_is_gone_is_the_usual_one(
    book: Any, draft: Callable[..., Draft], retained: PostgresRetained
) -> None:
    book.add(draft("K1", site="GONE", body=BODY))
    (message,) = book.claim()
    book.settle(message)
    assert blank_at(retained, LATER) == {"message": 1}


def test_a_person_is_found_by_digest_where_no_text_names_them(
    book: Any, order: Any, site: Site, data: PostgresPersonalData
) -> None:
    orders = PostgresOrders(book.sessions, Pseudonyms("k" * 16))
    orders.reserve(order("K1"), site)

    found = data.find(Mention("a@example.com"), Pseudonyms("k" * 16).of("A@Example.com"), lambda *_: None)

    assert found == {OrderId("US", "K1")}


def test_a_person_is_found_in_every_text_by_order_number(
    book: Any, draft: Callable[..., Draft], order: Any, site: Site, data: PostgresPersonalData
) -> None:
    handed(book, order, site, "K1", closed=True)
    escaped = BODY.replace("@", "\\u0040")
    book.add(draft("K2", body=escaped), draft("K3", body=BODY.replace("ann", "joann")), draft("K4"))
    (_, _, fourth) = book.claim()
    book.settle(fourth, Dead("x.y", f"<{ANN.upper()}>"))

    found = data.find(Mention(ANN), "", lambda *_: None)

    assert found == {OrderId("US", "K2"), OrderId("US", "K4")}


def test_an_open_order_is_refused_and_unchanged_unless_forced(
    book: Any, draft: Callable[..., Draft], order: Any, site: Site, data: PostgresPersonalData
) -> None:
    handed(book, order, site, closed=False)
    book.add(draft("K1", body=BODY))
    mine = OrderId("US", "K1")

    assert not data.erase(mine, REQUEST, force=False)
    assert data.left(Mention(ANN)) == {"message.body": 1}
    assert "not closed in the warehouse" in data.holdings(mine).forbids

    assert data.erase(mine, REQUEST, force=True)
    assert data.left(Mention(ANN)) == {}
    assert book.one("SELECT state || note FROM message").startswith("doneerased")


def test_a_late_event_of_an_erased_order_is_kept_without_content_and_not_worked(
    book: Any, draft: Callable[..., Draft], data: PostgresPersonalData
) -> None:
    book.add(draft("K1", body=BODY))
    (message,) = book.claim()
    book.settle(message)
    assert data.erase(OrderId("US", "K1"), REQUEST, force=False)
    assert data.erase(OrderId("US", "K1"), REQUEST, force=False)

    assert book.add(draft("K1", body=BODY)) == 0
    assert book.add(draft("K1", "sweep:K1:later", body=BODY)) == 1

    assert book.claim() == []
    assert data.left(Mention(ANN)) == {}
    assert book.one("SELECT count(*) FROM message WHERE outcome = 'superseded'") == 1


def test_a_late_fact_of_an_erased_order_is_worked_and_keeps_no_content(
    book: Any, draft: Callable[..., Draft], data: PostgresPersonalData
) -> None:
    assert data.erase(OrderId("US", "K1"), REQUEST, force=False)
    book.add(draft("K1", topic="shipment.changed", origin="warehouse", body=f"<x>{ANN}</x>"))

    (fact,) = book.ledger.claim(["shipment.changed"], limit=1, lease=60)
    assert ANN in fact.body
    book.settle(fact)

    assert data.left(Mention(ANN)) == {}
    assert blanked(book.row(fact)["body"])


def test_a_worker_that_has_the_order_in_hand_loses_it(
    book: Any, draft: Callable[..., Draft], data: PostgresPersonalData
) -> None:
    book.add(draft("K1", body=BODY))
    (message,) = book.claim()

    assert data.erase(OrderId("US", "K1"), REQUEST, force=True)

    assert not book.settle(message, Dead("x.y", ANN))
    assert data.left(Mention(ANN)) == {}


def test_what_the_database_refuses_is_told_without_its_values(sessions: sessionmaker[Session]) -> None:
    query = sa.text("INSERT INTO message (site, topic) VALUES (:site, 't')")
    with pytest.raises(IntegrityError) as refused, sessions.begin() as session:
        session.execute(query, {"site": ANN})
    assert ANN not in f"{refused.value}{refused.value!r}{refused.value.orig}"


def test_an_erasure_takes_the_customer_and_keeps_the_ids_of_goods(
    book: Any, data: PostgresPersonalData
) -> None:
    order = Subject(entity=Entity.ORDER, scope="US", key="K1")
    ann = Subject(entity=Entity.CUSTOMER, scope="list", key="digest")
    links = (
        Link(subject=ann, system=System.STOREFRONT, kind="email", value="digest"),
        Link(subject=ann, system=System.CRM, kind="contact", value="003"),
        Link(subject=order, system=System.STOREFRONT, kind="order_no", value="K1", belongs_to=ann),
        Link(subject=order, system=System.WAREHOUSE, kind="reference", value="K1", belongs_to=ann),
    )
    with book.sessions.begin() as session:
        RECORDERS[LinksProven](session, LinksProven(links=links, at=NOW))

    assert data.find(Mention(ANN), "digest", lambda *_: None) == {OrderId("US", "K1")}
    assert data.erase(OrderId("US", "K1"), REQUEST, force=False)
    data.forget(REQUEST)

    kept = "SELECT string_agg(kind || coalesce(belongs_key, ''), ',' ORDER BY kind) FROM link"
    assert book.one(kept) == "order_no,reference"
