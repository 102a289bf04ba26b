"""An erasure that is killed on its way, and a person's ids: exported, erased, and not linked anew."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from sync.core.crm import CrmPolicy, MatchRule
from sync.core.messages import Topic
from sync.core.ports.conflicts import ConflictFilter
from sync.flows.drafts import link_requested
from tests.crm_book import Book, Person
from tests.integration.cli.conftest import SITE, Run, Trade
from tests.stack import eventually

MAIL = "mia.meyer@example.test"
CONTACT, OTHER = "0035g00000AsDfGAAV", "0035g00000AsDfHAAV"
MIA, ANOTHER = (Person(one, "", MAIL, "Meyer", "00051877", "bdAbc123XyZ") for one in (CONTACT, OTHER))
WHO = {
    "customerName": "Mia Meyer",
    "customerInfo": {"customerNo": "00051877", "customerId": "bdAbc123XyZ", "email": MAIL, "guest": False},
}


@pytest.fixture
def order_no(trade: Trade) -> str:
    (number,) = trade.place()
    trade.cure(number, WHO)
    trade.hear(number)
    trade.deliver()
    return number


def looks_up(trade: Trade, *people: Person) -> None:
    """Ask a CRM that knows these people who the customers are that were handed over."""
    bridge = trade.bridge
    policy = CrmPolicy(match=(MatchRule.CUSTOMER_ID,))
    site = replace(bridge.settings.sites[SITE], crm=policy)
    acquaintance = replace(bridge.acquaintance, book=Book(list(people)))
    flow = replace(bridge.customers, acquaintance=acquaintance, sites={SITE: site})
    bridge.loop.deliver([Topic.LINK_REQUESTED], flow.deliver, bridge.work)


def traces(trade: Trade, *values: str) -> list[str]:
    """Where in the database the values stand."""
    found = []
    with trade.bridge.sessions() as session:
        columns = session.execute(
            sa.text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema()"
            )
        ).all()
        for table, column in columns:
            told = session.scalars(sa.text(f'SELECT "{column}"::text FROM "{table}"'))  # noqa: S608
            text = "\n".join(filter(None, told)).casefold()
            found += [f"{table}.{column}: {one}" for one in values if one.casefold() in text]
    return found


def test_an_export_has_the_ids_by_which_the_customer_is_known(run: Run, order_no: str) -> None:
    told = run("privacy", "export", MAIL).json
    assert [one["order_no"] for one in told["orders"]] == [order_no]
    assert {(one["kind"], one["value"]) for one in told["customer"]} >= {
        ("customer_no", "00051877"),
        ("customer_id", "bdAbc123XyZ"),
    }
    assert run("privacy", "export", "joann@example.test").json["customer"] == []


def asked(trade: Trade, number: str, why: str = "handed") -> None:
    trade.add(link_requested(SITE, number, f"{number}:{why}"))


def test_a_look_up_after_an_erasure_brings_no_id_back(run: Run, trade: Trade, order_no: str) -> None:
    asked(trade, order_no)
    assert run("privacy", "erase", MAIL, "--yes", "--force").code == 0
    asked(trade, order_no, "later")
    looks_up(trade, MIA)
    assert traces(trade, MAIL, "00051877", "bdAbc123XyZ", CONTACT) == []


def test_an_erasure_takes_what_the_look_up_said(run: Run, trade: Trade, order_no: str) -> None:
    asked(trade, order_no)
    looks_up(trade, MIA)
    assert f"message.note: {CONTACT}" in traces(trade, CONTACT)
    assert run("privacy", "erase", MAIL, "--yes", "--force").code == 0
    assert traces(trade, MAIL, "00051877", "bdAbc123XyZ", CONTACT) == []


def test_an_erasure_takes_the_contacts_that_a_person_chose_from(
    run: Run, trade: Trade, order_no: str
) -> None:
    asked(trade, order_no)
    looks_up(trade, MIA, ANOTHER)
    (conflict,) = trade.bridge.conflicts_store.select(ConflictFilter(site=SITE, order_no=order_no))
    done = run("conflicts", "resolve", conflict.id, "--contact", CONTACT, "--reason", "she said so")
    assert done.code == 0, done.err
    looks_up(trade, MIA, ANOTHER)
    assert f"conflict.follows: {CONTACT}" in traces(trade, CONTACT)
    assert run("privacy", "erase", MAIL, "--yes", "--force").code == 0
    assert traces(trade, MAIL, "00051877", "bdAbc123XyZ", CONTACT, OTHER) == []


def erasing() -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "sync.cli", "privacy", "erase", MAIL, "--yes", "--force", "--by", "bo"]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)


def killed(trade: Trade, lock: str, until: Callable[[], bool]) -> None:
    """Start an erasure that cannot go past a lock, and kill it there."""
    with trade.bridge.engine.begin() as holding:
        holding.execute(sa.text(lock))
        process = erasing()
        try:
            eventually("the erasure waits", until)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def noted(trade: Trade) -> list[tuple[str, int]]:
    with trade.bridge.sessions() as session:
        return [
            tuple(row) for row in session.execute(sa.text("SELECT actor, orders FROM erasure ORDER BY id"))
        ]


def test_an_erasure_that_is_killed_between_two_orders_is_noted_and_goes_on(
    run: Run, trade: Trade, order_no: str
) -> None:
    (second,) = trade.place()
    trade.cure(second, WHO)
    trade.hear(second)
    trade.deliver()
    last = max(order_no, second)

    lock = f"SELECT id FROM message WHERE key = '{last}' FOR UPDATE"  # noqa: S608
    killed(trade, lock, lambda: bool(noted(trade)))
    assert noted(trade) == [("bo", 1)]
    done = run("privacy", "erase", MAIL, "--yes", "--force", "--by", "bo", "--json").json

    assert [one["order_no"] for one in done["erased"]] == [last]
    assert noted(trade) == [("bo", 1), ("bo", 1)]
    assert traces(trade, MAIL, "00051877", "bdAbc123XyZ") == []


@pytest.mark.usefixtures("order_no")
def test_an_erasure_that_is_killed_after_its_last_order_is_noted_and_goes_on(run: Run, trade: Trade) -> None:
    # What only the end of an erasure changes: the rows of the customer.
    killed(trade, "SELECT id FROM link WHERE entity = 'customer' FOR UPDATE", lambda: bool(noted(trade)))
    assert run("privacy", "erase", MAIL, "--yes", "--force", "--by", "bo").code == 0

    assert noted(trade)[0] == ("bo", 1)
    assert traces(trade, MAIL, "00051877", "bdAbc123XyZ") == []
    assert json.loads(run("privacy", "erase", MAIL, "--yes", "--json").out)["erased"] == []
