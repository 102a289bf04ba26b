"""Links on a real database: unique both ways, with history, whoever writes at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sync.core.links import Entity, Kind, Link, Subject, System
from sync.core.messages import Done, Outcome, Settled
from sync.core.ports import HandoverAccepted, LinksProven
from sync.core.ports.conflicts import ConflictFilter
from sync.store.conflicts import PostgresConflicts
from sync.store.link_locks import lock_links
from sync.store.links import PostgresLinks
from sync.store.proving import record_proof
from tests.integration.store.conftest import T0, Book

MIA, NOA = (Subject(entity=Entity.CUSTOMER, scope="list", key=key) for key in ("mia", "noa"))
C1, C2 = "003000000000001AAA", "003000000000002AAA"


def hour(number: int) -> datetime:
    return T0 + timedelta(hours=number)


def contact(subject: Subject, value: str, belongs_to: Subject | None = None) -> Link:
    return Link(subject=subject, system=System.CRM, kind=Kind.CONTACT, value=value, belongs_to=belongs_to)


def proof(*links: Link, at: int = 0, **others: Any) -> LinksProven:
    return LinksProven(links=links, at=hour(at), **others)


@pytest.fixture
def links(sessions: sessionmaker[Session]) -> PostgresLinks:
    return PostgresLinks(sessions)


@pytest.fixture
def prove(sessions: sessionmaker[Session]) -> Callable[..., int]:
    def write(*proofs: LinksProven) -> int:
        with sessions.begin() as session:
            lock_links(session, proofs)
            return sum(record_proof(session, one) for one in proofs)

    return write


def story(links: PostgresLinks, subject: Subject) -> list[tuple[str, datetime, datetime | None]]:
    told = [(one.link.value, one.since, one.until) for one in links.traces(subject)]
    return sorted(told, key=lambda one: one[1])


def state(sessions: sessionmaker[Session]) -> list[Any]:
    with sessions() as session:
        return list(session.execute(sa.text("SELECT xmin::text, link.* FROM link ORDER BY id")))


def test_a_changed_id_ends_one_link_and_begins_another(links: PostgresLinks, prove: Any) -> None:
    prove(proof(contact(MIA, C1), at=1))
    prove(proof(contact(MIA, C2), at=2))

    assert story(links, MIA) == [(C1, hour(1), hour(2)), (C2, hour(2), None)]
    assert [one.value for one in links.of(MIA)] == [C2]
    assert [one.link.subject for one in links.named([C1])] == [MIA]


def test_an_ended_link_says_which_one_replaced_it(book: Book, prove: Any) -> None:
    prove(proof(contact(MIA, C1), at=1))
    prove(proof(contact(MIA, C2), at=2))

    newer = book.one("SELECT id FROM link WHERE until IS NULL")
    assert book.one("SELECT replaced_by FROM link WHERE until IS NOT NULL") == newer


def test_the_same_proof_again_writes_nothing(sessions: sessionmaker[Session], prove: Any) -> None:
    told = proof(contact(MIA, C1), contact(NOA, C2), at=1, message=7)
    prove(told)
    before = state(sessions)

    assert prove(told) == 0
    assert state(sessions) == before


def test_a_fact_that_comes_late_is_history(links: PostgresLinks, prove: Any) -> None:
    prove(proof(contact(MIA, C2), at=5))
    prove(proof(contact(MIA, C1), at=2))

    assert story(links, MIA) == [(C1, hour(2), hour(5)), (C2, hour(5), None)]


def test_the_message_that_proved_a_link_is_kept_after_it_is_gone(
    links: PostgresLinks, book: Book, draft: Any
) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    told = proof(contact(MIA, C1), message=message.id)
    assert book.settle(message, Done(Outcome.APPLIED), told)
    with book.sessions.begin() as session:
        session.execute(sa.text("DELETE FROM message"))

    assert [one.message for one in links.traces(MIA)] == [message.id]


@pytest.mark.parametrize("same", ["subject", "id"])
def test_the_table_itself_holds_each_id_once_both_ways(sessions: sessionmaker[Session], same: str) -> None:
    insert = sa.text(
        "INSERT INTO link (entity, scope, key, system, kind, value, sole, since, proven_at)"
        " VALUES ('order', 'US', :key, 'warehouse', 'reference', :value, true, now(), now())"
    )
    other = {"key": "1", "value": "b"} if same == "subject" else {"key": "2", "value": "a"}
    with sessions.begin() as session:
        session.execute(insert, {"key": "1", "value": "a"})
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.execute(insert, other)


def test_an_id_of_two_stays_with_the_first_and_is_a_conflict_of_the_order(
    links: PostgresLinks, sessions: sessionmaker[Session], prove: Any
) -> None:
    prove(proof(contact(MIA, C1), at=1))
    prove(proof(contact(NOA, C1), at=2, site="US", order_no="7", message=9))

    assert [one.value for one in links.of(MIA)] == [C1]
    assert links.of(NOA) == []
    assert [(one.link.subject, one.disputed) for one in links.named([C1])] == [(MIA, False), (NOA, True)]
    (found,) = PostgresConflicts(sessions).select(ConflictFilter(site="US", order_no="7"))
    assert (found.field, found.message_id) == ("link.holder", 9)
    assert "noa" in found.storefront
    assert "mia" in found.warehouse


def test_whoever_waits_for_an_id_has_it_once_it_is_free(links: PostgresLinks, prove: Any) -> None:
    prove(proof(contact(MIA, C1), at=1))
    prove(proof(contact(NOA, C1), at=2))
    prove(proof(contact(MIA, C2), at=3))

    assert [one.value for one in links.of(NOA)] == [C1]
    assert [one.value for one in links.of(MIA)] == [C2]


def test_two_who_change_their_ids_in_one_proof_dispute_nothing(
    links: PostgresLinks, sessions: sessionmaker[Session], prove: Any
) -> None:
    prove(proof(contact(MIA, C1), contact(NOA, C2), at=1))
    prove(proof(contact(MIA, C2), contact(NOA, C1), at=2, site="US", order_no="7"))

    assert ([one.value for one in links.of(MIA)], [one.value for one in links.of(NOA)]) == ([C2], [C1])
    assert PostgresConflicts(sessions).select(ConflictFilter()) == []


@pytest.mark.parametrize("kind", [Kind.EMAIL, Kind.ACCOUNT, Kind.TRACKING])
def test_a_family_shares_its_address_and_a_company_its_account(
    kind: Kind, links: PostgresLinks, sessions: sessionmaker[Session], prove: Any
) -> None:
    both = [replace(contact(one, C1), kind=kind) for one in (MIA, NOA)]
    prove(proof(*both, site="US", order_no="7"))

    assert links.of(MIA) == both[:1]
    assert links.of(NOA) == both[1:]
    assert PostgresConflicts(sessions).select(ConflictFilter()) == []


def test_what_it_belongs_to_follows_the_newest_word(links: PostgresLinks, prove: Any) -> None:
    prove(proof(contact(MIA, C1), at=1))
    prove(proof(contact(MIA, C1, NOA), at=2))
    prove(proof(contact(MIA, C1), at=3))

    assert links.of(MIA) == [contact(MIA, C1, NOA)]
    assert links.parts(NOA) == [MIA]


def test_what_was_taken_anew_has_new_links_and_a_history(links: PostgresLinks, prove: Any) -> None:
    order = Subject(entity=Entity.ORDER, scope="US", key="1")
    whole = Subject(entity=Entity.SHIPMENT, scope="US", key="1")
    part = replace(whole, key="1/S1")
    reference = Link(subject=whole, system=System.WAREHOUSE, kind=Kind.REFERENCE, value="1", belongs_to=order)
    shipment = Link(subject=part, system=System.WAREHOUSE, kind=Kind.SHIPMENT, value="S1", belongs_to=whole)
    prove(proof(reference, shipment, at=1))
    prove(proof(reference, at=3, anew=(whole,)))

    assert links.of(part) == []
    assert story(links, whole) == [("1", hour(1), hour(3)), ("1", hour(3), None)]

    prove(proof(shipment, at=4))
    assert story(links, part) == [("S1", hour(1), hour(3)), ("S1", hour(4), None)]


def test_forgetting_leaves_no_trace_of_a_subject(
    links: PostgresLinks, sessions: sessionmaker[Session], prove: Any
) -> None:
    prove(proof(contact(MIA, C1), contact(NOA, C2, MIA), at=1))
    prove(proof(replace(contact(MIA, C1), kind=Kind.ACCOUNT), at=1))

    assert links.forget(MIA) == 2
    assert links.traces(MIA) == []
    assert links.of(NOA) == [contact(NOA, C2)]
    assert "mia" not in str(state(sessions))


def test_a_fact_and_its_links_are_committed_together_or_not_at_all(
    links: PostgresLinks, book: Book, draft: Any
) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    unwritable = HandoverAccepted(site="US", order_no="1\0", at=T0)

    book.ledger.settle([Settled(message, Done(Outcome.APPLIED), [proof(contact(MIA, C1)), unwritable])])

    assert book.row(message)["state"] == "due"
    assert links.traces(MIA) == []


def test_a_link_that_cannot_be_written_keeps_its_fact_back(book: Book, draft: Any) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    unwritable = proof(contact(MIA, "1\0"))

    book.ledger.settle([Settled(message, Done(Outcome.APPLIED), [unwritable])])

    assert book.row(message)["state"] == "due"
    assert book.row(message)["error_code"] == "bridge.fault"


def test_two_writers_at_once_lose_no_history_and_never_lock_each_other_out(
    links: PostgresLinks, book: Book, draft: Any
) -> None:
    people = [Subject(entity=Entity.CUSTOMER, scope="list", key=f"p{n}") for n in range(12)]
    turns, start = range(8), Barrier(2)
    book.add(*[draft(f"{writer}-{turn}") for turn in turns for writer in (0, 1)])
    claimed = {message.key: message for message in book.claim(limit=99)}

    def write(writer: int) -> list[bool]:
        mine = people[::-1] if writer else people
        kept = []
        for turn in turns:
            at = turn * 2 + writer
            proofs = [proof(contact(one, f"{one.key}-{at}"), at=at) for one in mine]
            start.wait(60)
            kept.append(book.settle(claimed[f"{writer}-{turn}"], Done(Outcome.APPLIED), *proofs))
        return kept

    with ThreadPoolExecutor(2) as pool:
        assert [all(done) for done in pool.map(write, (0, 1))] == [True, True]

    for one in people:
        assert {value for value, _, _ in story(links, one)} == {f"{one.key}-{at}" for at in range(16)}
        assert [link.value for link in links.of(one)] == [f"{one.key}-15"]


def test_one_id_claimed_by_two_writers_at_once_is_held_by_one(links: PostgresLinks, prove: Any) -> None:
    start = Barrier(2)

    def write(subject: Subject) -> None:
        for turn in range(8):
            start.wait(60)
            prove(proof(contact(subject, f"c{turn}"), at=turn))

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(write, one) for one in (MIA, NOA)]:
            done.result(120)

    assert sorted(one.disputed for one in links.named(["c7"])) == [False, True]


PROOFS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([MIA, NOA]), st.sampled_from([C1, C2])),
    min_size=2,
    max_size=7,
    unique_by=lambda one: (one[0], one[1]),
)


@pytest.fixture
def emptied(sessions: sessionmaker[Session]) -> Callable[[], None]:
    def empty() -> None:
        with sessions.begin() as session:
            session.execute(sa.text("DELETE FROM link"))

    return empty


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(proofs=PROOFS, chance=st.randoms(use_true_random=False))
def test_whatever_order_proofs_come_in_each_has_its_newest_id_and_each_id_one_holder(
    proofs: Any, chance: Any, emptied: Callable[[], None], links: PostgresLinks, prove: Any
) -> None:
    emptied()
    shuffled = list(proofs)
    chance.shuffle(shuffled)
    for at, subject, value in shuffled:
        prove(proof(contact(subject, value), at=at))

    claims = {one: max((at, value) for at, who, value in proofs if who is one)[1] for _, one, _ in proofs}
    for subject, value in claims.items():
        assert [one.link.value for one in links.traces(subject) if one.until is None] == [value]
    for value in {C1, C2} & set(claims.values()):
        holders = [one for one in links.named([value]) if one.until is None and not one.disputed]
        assert len(holders) == 1
