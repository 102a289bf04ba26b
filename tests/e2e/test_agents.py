"""Where agents look: the CRM's records of an order, whoever is killed, and a link to the console."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import requests

from config.queues import CRM
from sync.cli import stack
from sync.cli.demo.stage import WORKERS
from sync.supervise import Program
from tests.stack import CRM_SITE, OLD_SITE, Live, calm, eventually, started

Row = dict[str, Any]
KEYS = {"OF_Order__c": "Order_Key__c", "OF_Shipment__c": "Shipment_Key__c", "OF_Event__c": "Event_Key__c"}
WORKER = next(name for name, queues in WORKERS.items() if CRM in queues.split(","))
LINK_KEY = "k" * 40


@pytest.fixture
def agents(pytestconfig: pytest.Config) -> Iterator[Live]:
    """The whole stack, seen from the site whose agents look at the CRM."""
    for live in calm(started(pytestconfig)):
        yield replace(live, site=CRM_SITE)


@pytest.fixture
def console(pytestconfig: pytest.Config) -> Iterator[Live]:
    """The stack with a console, as in the Procfile, seen from the site whose agents look at that."""
    for live in calm(started(pytestconfig)):
        port = stack.free_ports().receiver
        url = f"http://127.0.0.1:{port}"
        names = {"ORDERBRIDGE_CONSOLE_URL": url, "ORDERBRIDGE_CONSOLE_LINK_KEY": LINK_KEY}
        settings = {**live.settings, **names}
        program = Program(
            name="console",
            argv=[sys.executable, "-m", "sync.cli", "console", "--port", str(port)],
            env=settings,
            ready=partial(stack.answers, f"{url}/openapi.json"),
        )
        child = live.stage.start(program)
        try:
            yield replace(live, site=OLD_SITE, settings=settings)
        finally:
            child.kill()


def known(live: Live, last_name: str, **more: str) -> Row:
    """Put a person into the CRM, and return the contact."""
    mail = f"{last_name.lower()}@agents.example"
    person = {"FirstName": "Ada", "LastName": last_name, "Email": mail, **more}
    (account,) = live.crm("POST", "accounts", {"Name": f"{last_name} Ltd", "Contacts": [person]})["ids"]
    people = live.crm("GET", "records/Contact")
    return next(one for one in people if one["AccountId"] == account)


def placed(live: Live, last_name: str, **info: Any) -> str:
    """Place an order of somebody of whom the storefront has no ids of the CRM; its hook tells of it."""
    number = live.place_plain(hooks=False)
    who = {
        "customerId": f"guest-{number}",
        "customerNo": None,
        "guest": True,
        "customerName": f"Ada {last_name}",
        "email": f"{last_name}@Agents.example",
        **info,
    }
    address = {"firstName": "Ada", "lastName": last_name, "fullName": f"Ada {last_name}"}
    ids = {"c_b2ccrm_contactId": None, "c_b2ccrm_accountId": None}
    live.shop("POST", f"orders/{number}/cure", {"customerInfo": who, "billingAddress": address, **ids})
    assert live.announce(number).status_code == 202
    live.handed_over(number)
    return number


def records(live: Live, name: str, number: str) -> list[Row]:
    """The CRM's records of an order, by the beginning of their keys."""
    key, mine = KEYS[name], f"{live.site}:{number}"
    rows = [dict(row) for row in live.crm("GET", f"records/{name}")]
    return [row for row in rows if row[key] == mine or row[key].startswith(f"{mine}:")]


def on_record(live: Live, number: str) -> Row:
    (order,) = records(live, "OF_Order__c", number)
    return order


def introduced(live: Live, number: str, contact: Row) -> None:
    """Wait until the CRM's order has the contact and its account."""
    ids = {"Contact__c": contact["Id"], "Account__c": contact["AccountId"]}
    eventually(
        f"{number} with its contact",
        lambda: any(ids.items() <= row.items() for row in records(live, "OF_Order__c", number)),
    )


def shipped_and_partly_returned(live: Live, number: str) -> Row:
    """Send an order's goods off and take one unit back; return the shipment."""
    for action in ("pick", "pack"):
        live.move(number, action)
    order = live.move(number, "despatch")
    live.told(number, status="completed")
    line = {"sku": order["lines"][0]["sku"], "quantity": 1}
    live.move(number, "return", {"lines": [line]})
    eventually("the return", lambda: "returned" in told_of(live, number))
    live.settle()
    return dict(order["shipments"][0])


def told_of(live: Live, number: str) -> Counter[str]:
    """How often each kind of fact is in the CRM."""
    return Counter(row["Type__c"] for row in records(live, "OF_Event__c", number))


def story(live: Live, number: str) -> Counter[str]:
    """How often each kind of fact is in the order's timeline."""
    entries = live.operate("order", live.site, number)["entries"]
    return Counter(entry["what"] for entry in entries)


def every_fact_once(live: Live, number: str) -> None:
    """The CRM has what the timeline has, below the one order."""
    order = on_record(live, number)
    told = told_of(live, number)
    assert told == story(live, number)
    assert told["returned"] == told["shipped"] == 1
    children = [row for name in ("OF_Shipment__c", "OF_Event__c") for row in records(live, name, number)]
    assert {row["Order__c"] for row in children} == {order["Id"]}


def rows_since(live: Live, since: int, number: str) -> list[Row]:
    """The rows of an order that were written after a place in the CRM's journal."""
    rows = [entry for entry in live.journal("crm", since) if entry["method"] == "ROW"]
    return [row for row in rows if f":{live.site}:{number}".lower() in row["idempotency_key"].lower()]


def test_the_crm_shows_status_shipment_and_every_fact_of_an_order_once(agents: Live) -> None:
    contact = known(agents, "Lovelace")
    number = placed(agents, "Lovelace")
    introduced(agents, number, contact)

    shipment = shipped_and_partly_returned(agents, number)

    every_fact_once(agents, number)
    order = on_record(agents, number)
    assert (order["Order_No__c"], order["Status__c"]) == (number, "partly returned")
    assert (order["Contact__c"], order["Account__c"]) == (contact["Id"], contact["AccountId"])
    (sent,) = records(agents, "OF_Shipment__c", number)
    assert sent["Tracking_Number__c"] == ", ".join(shipment["tracking"])
    assert sent["Shipped_At__c"]
    assert agents.crm("GET", "summary")["duplicates"] == []


def test_a_worker_killed_while_the_crm_answers_writes_every_fact_once(agents: Live) -> None:
    contact = known(agents, "Hopper", B2C_Customer_ID__c="agents-hopper")
    number = placed(agents, "Hopper", customerId="agents-hopper", customerNo="90000001", guest=False)
    introduced(agents, number, contact)
    agents.settle()
    since = agents.now_in("crm")
    held = agents.hold("crm", "PATCH", "OF_Event__c")
    agents.move(number, "despatch")
    call = held()
    sent = {
        row["idempotency_key"]: row["effect"]
        for row in rows_since(agents, since, number)
        if row["path"] == call["path"] and row["seq"] < call["seq"]
    }
    assert set(sent.values()) == {"applied"}

    agents.reborn(WORKER)
    agents.settle()

    again = [row for row in rows_since(agents, call["seq"], number) if row["idempotency_key"] in sent]
    assert {row["idempotency_key"] for row in again} == set(sent)
    assert {row["effect"] for row in again} == {"unchanged"}
    assert told_of(agents, number) == story(agents, number)
    assert agents.crm("GET", "summary")["duplicates"] == []

    before = {name: agents.crm("GET", f"records/{name}") for name in KEYS}
    since = agents.now_in("crm")
    assert agents.operate("agent", "sync", agents.site, "--full")["noted"]
    agents.settle()
    written = Counter(row["effect"] for row in agents.journal("crm", since) if row["method"] == "ROW")
    assert written.keys() == {"unchanged"}
    assert written["unchanged"] >= sum(len(records(agents, name, number)) for name in KEYS)
    assert {name: agents.crm("GET", f"records/{name}") for name in KEYS} == before


def test_a_contact_that_is_found_late_comes_to_the_orders_record(agents: Live) -> None:
    number = placed(agents, "Hamilton")
    agents.settle()
    assert on_record(agents, number)["Contact__c"] is None
    newest = on_record(agents, number)["Last_Event_At__c"]

    contact = known(agents, "Hamilton")
    agents.call("tasks.customers.link", site=agents.site, order_no=number)

    introduced(agents, number, contact)
    agents.settle()
    assert told_of(agents, number) == story(agents, number)
    # That we know who ordered moves no order.
    assert on_record(agents, number)["Last_Event_At__c"] == newest


def test_a_link_opens_its_order_in_the_running_console_and_no_other(console: Live) -> None:
    number, other = console.place_plain(), console.place_plain()
    for one in (number, other):
        console.handed_over(one)

    url = console.operate("link", console.site, number)["url"]

    page = requests.get(url, timeout=60)
    assert (page.status_code, number in page.text) == (200, True)
    assert url.count(number) == 1
    forged = requests.get(url.replace(number, other), timeout=60)
    assert (forged.status_code, other in forged.text) == (403, False)
