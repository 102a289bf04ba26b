"""What the warehouse's people wrote about an order goes with its person; the order's story stays."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.fulfillment import Fact, Known, ReturnFact, Shipment, Stage, advance
from sync.core.goods import Item
from sync.core.messages import Dead, Draft
from sync.core.ports import HandoverAccepted, ProgressMade
from sync.core.ports.privacy import ErasureRequest, OrderId
from sync.core.privacy import HIDDEN, Mention
from sync.core.returns import Coming
from sync.core.sites import Site
from sync.store.privacy import PostgresPersonalData, PostgresRetained
from sync.store.records import RECORDERS
from sync.store.trails import PostgresTrails

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=91)
ANN, MINE = "ann@quux.example", OrderId("US", "K1")
REQUEST = ErasureRequest(person="digest", actor="bo", at=NOW)
ITEMS = (Item(sku="A", quantity=1, item_id="i0"),)
BACK = ReturnFact(
    return_id="R1", items=ITEMS, at=NOW, reason=f"{ANN} moved", condition="Ann's tears", reference="K1"
)
KNOWN = Known(
    shipments={"S1": Shipment(name="S1", reference="K1", stage=Stage.SHIPPED, reached={Stage.SHIPPED: NOW})},
    returns={"R1": BACK},
)
LEARNED = {"return R1 received": {"message": 1, "at": NOW.isoformat(), "way": "push", "actor": "Ann Quux"}}


@pytest.fixture
def data(sessions: sessionmaker[Session]) -> PostgresPersonalData:
    return PostgresPersonalData(sessions, {})


@pytest.fixture
def retained(sessions: sessionmaker[Session]) -> PostgresRetained:
    return PostgresRetained(sessions, {})


def made(
    book: Any, known: Known = KNOWN, *, version: int = 0, closed: bool = True, at: datetime = NOW
) -> None:
    with book.sessions.begin() as session:
        RECORDERS[ProgressMade](
            session,
            ProgressMade(
                site="US", order_no="K1", version=version, known=known, at=at, closed=closed, learned=LEARNED
            ),
        )


def handed(book: Any, order: Any, site: Site) -> None:
    book.orders.reserve(order("K1"), site)
    with book.sessions.begin() as session:
        RECORDERS[HandoverAccepted](session, HandoverAccepted(site="US", order_no="K1", at=NOW))


def words(book: Any) -> str:
    return str(book.one("SELECT known::text || evidence::text FROM progress"))


def test_a_person_is_found_in_what_was_written_about_a_return(book: Any, data: PostgresPersonalData) -> None:
    made(book)
    assert data.find(Mention(ANN), "", lambda *_: None) == {MINE}
    assert data.find(Mention("joann@quux.example"), "", lambda *_: None) == set()
    assert data.holdings(MINE).places["words about returns"] == 1


def test_an_erasure_takes_the_words_and_leaves_the_story(
    book: Any, order: Any, site: Site, data: PostgresPersonalData
) -> None:
    handed(book, order, site)
    made(book)

    assert data.erase(MINE, REQUEST, force=False)

    assert "Ann" not in words(book)
    assert data.left(Mention(ANN)) == {}
    assert "words about returns" not in data.holdings(MINE).places
    trail = PostgresTrails(book.sessions).trail("US", "K1")
    assert trail.known.returns["R1"].items == ITEMS
    assert trail.known.returns["R1"].reason == HIDDEN
    assert trail.known.shipments == KNOWN.shipments
    assert trail.evidence["return R1 received"]["message"] == 1


def test_the_same_return_told_once_more_brings_no_words_back(
    book: Any, order: Any, site: Site, data: PostgresPersonalData
) -> None:
    handed(book, order, site)
    made(book)
    data.erase(MINE, REQUEST, force=False)
    _, known = book.orders.known(site, "K1")

    again = advance(known, Fact(reference="K1", at=NOW, returns=(BACK,)))
    assert again.known == known

    further = Known(shipments=known.shipments, returns={"R2": BACK, "R3": BACK})
    made(book, further, version=1)
    assert "Ann" not in words(book)
    assert data.left(Mention(ANN)) == {}


def test_what_a_worker_computed_before_the_erasure_keeps_no_words(
    book: Any, order: Any, site: Site, data: PostgresPersonalData
) -> None:
    handed(book, order, site)
    made(book, Known(shipments=KNOWN.shipments))
    version, _ = book.orders.known(site, "K1")
    data.erase(MINE, REQUEST, force=True)
    made(book, version=version)
    assert "Ann" not in words(book)


def test_words_taken_away_stay_away_in_any_order_of_arrival() -> None:
    bare = ReturnFact(return_id="R1", items=ITEMS, at=NOW, reason=HIDDEN, reference="K1")
    loud = ReturnFact(return_id="R1", items=ITEMS, at=NOW, reason="見本", reference="K1")
    for first, second in ((bare, loud), (loud, bare)):
        known = advance(Known(returns={"R1": first}), Fact(reference="K1", at=NOW, returns=(second,))).known
        assert known.returns["R1"].reason == HIDDEN
        assert known.returns["R1"].state is Coming.RECEIVED


def test_retention_takes_words_of_closed_orders_when_their_time_is_over(
    book: Any, order: Any, site: Site, retained: PostgresRetained
) -> None:
    handed(book, order, site)
    made(book, closed=False)

    def blank(now: datetime) -> int:
        before = now - timedelta(days=90)
        counted = retained.due({"US": before}, before)["progress"]
        done = retained.blank({"US": before}, before, 100)["progress"]
        assert counted == done
        return done

    assert blank(LATER) == 0
    made(book, version=1)
    assert blank(NOW + timedelta(days=89)) == 0
    assert blank(LATER) == 1
    assert blank(LATER) == 0
    assert "Ann" not in words(book)


def test_a_posting_keeps_no_words_whether_it_is_planned_before_or_after_the_erasure(
    book: Any, draft: Callable[..., Draft], data: PostgresPersonalData
) -> None:
    def planned(name: str) -> Draft:
        rows = json.dumps([{"return": "R1", "reason": f"of {ANN}", "items": []}])
        value = {
            "c_ofReturns": rows,
            "event": {"type": "return", "description": f"{ANN} again"},
            "returns": [{"return": "R1", "condition": ANN}],
        }
        body = json.dumps({"kind": "attributes", "key": name, "value": value})
        return draft("K1", name, topic="posting.planned", origin="bridge", body=body)

    book.add(planned("before"))
    assert data.erase(MINE, REQUEST, force=True)
    book.add(planned("after"))

    assert data.left(Mention(ANN)) == {}
    assert book.one("SELECT count(*) FROM message WHERE state = 'due'") == 2
    (first,) = book.ledger.claim(["posting.planned"], limit=1, lease=60)
    told = json.loads(first.body)["value"]
    assert json.loads(told["c_ofReturns"]) == [{"return": "R1", "reason": HIDDEN, "items": []}]
    book.settle(first, Dead("storefront.refused", f"no {ANN}"))
    assert book.one("SELECT count(*) FROM attempt WHERE excerpt <> ''") == 0
