"""A person's values stand in database and stream until they are erased, and elsewhere not at all."""

import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from sync.cli import stack
from sync.core.people import Pseudonyms
from sync.supervise import Program
from tests.stack import Live, eventually

EMAIL = "Wilhelmina.Quux+Priv@Zyzzyva.example"
NAME = "Wilhelmina Quuxington-Ødegård"
STREET = "47 Flibbertigibbet Crescent"
COMPANY = "Kwyjibo & Daughters"
GIFT = "Happy name day from aunt Xanthippe"
PHONE = "+442079460958"
ELSEWHERE = "9 Brobdingnag Parade"
VALUES = (EMAIL, NAME, "Quuxington", STREET, COMPANY, GIFT, PHONE, "Flibbertigibbet", ELSEWHERE)
TOKEN = "t" * 40
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ADDRESS = {
    "firstName": "Wilhelmina",
    "lastName": "Quuxington-Ødegård",
    "fullName": NAME,
    "address1": STREET,
    "companyName": COMPANY,
    "phone": PHONE,
}


@dataclass(frozen=True)
class Windows:
    """Where operators look: the console and Flower."""

    console: str
    flower: str

    def tasks(self) -> dict[str, Any]:
        """Every task that Flower has heard of, with its arguments and its result."""
        answer = requests.get(f"{self.flower}/api/tasks?limit=100000", timeout=30)
        return dict(answer.json()) if answer.ok else {}

    def texts(self) -> Iterator[tuple[str, str]]:
        for place in (
            f"{self.console}/metrics",
            f"{self.flower}/metrics",
            f"{self.flower}/api/workers?refresh=1",
            f"{self.flower}/api/tasks?limit=100000",
            f"{self.flower}/tasks",
        ):
            answer = requests.get(place, headers=BEARER, timeout=60)
            assert answer.ok, place
            yield place, answer.text
        for identity in self.tasks():
            place = f"{self.flower}/api/task/info/{identity}"
            yield place, requests.get(place, timeout=30).text


@pytest.fixture
def windows(live: Live) -> Iterator[Windows]:
    """Console and Flower, as in the Procfile, on ports of their own."""
    free = stack.free_ports()
    found = Windows(f"http://127.0.0.1:{free.receiver}", f"http://127.0.0.1:{free.sfcc}")
    celery = [sys.executable, "-m", "celery", "-A", "tasks.app"]
    programs = [
        Program(
            name="console",
            argv=[sys.executable, "-m", "sync.cli", "console", "--port", str(free.receiver)],
            env={**live.settings, "ORDERBRIDGE_CONSOLE_TOKEN": TOKEN},
            ready=lambda: stack.answers(f"{found.console}/openapi.json"),
        ),
        Program(
            name="flower",
            argv=[*celery, "flower", "--address=127.0.0.1", f"--port={free.sfcc}"],
            # Its API is closed unless somebody is logged in; on loopback nobody is.
            env={**live.settings, "FLOWER_UNAUTHENTICATED_API": "true"},
            ready=lambda: stack.answers(f"{found.flower}/api/tasks"),
        ),
    ]
    children = []
    try:
        children += [live.stage.start(program) for program in programs]
        yield found
    finally:
        for child in children:
            child.kill()


@contextmanager
def broken(live: Live, table: str) -> Iterator[None]:
    """What needs this table meets an error that nobody foresaw."""
    with live.engine.begin() as session:
        session.execute(sa.text(f"ALTER TABLE {table} RENAME TO {table}_away"))
    try:
        yield
    finally:
        with live.engine.begin() as session:
            session.execute(sa.text(f"ALTER TABLE {table}_away RENAME TO {table}"))


@pytest.fixture
def full(live: Live) -> Iterator[Live]:
    """Events carry the whole order, which is the most that can be kept."""
    live.shop("PUT", "switches", {"hook_body": "full"})
    yield live
    live.shop("PUT", "switches", {"hook_body": "key"})


def traces(texts: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where which value stands, in whatever case or escapes."""
    found = []
    for place, text in texts:
        forms = {text, text.replace("\\/", "/"), _unescaped(text)}
        told = "\n".join(forms).casefold()
        found += [(place, value) for value in VALUES if value.casefold() in told]
    return found


def _unescaped(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def database(live: Live) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table, as text."""
    columns = live.rows(
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns"
        " WHERE table_schema = current_schema()"
    )
    for column in columns:
        name = f"{column['t']}.{column['c']}"
        for row in live.rows(f'SELECT "{column["c"]}"::text AS told FROM "{column["t"]}"'):  # noqa: S608
            yield name, row["told"] or ""


def stream(live: Live) -> Iterator[tuple[str, str]]:
    """Every key of Redis with its value: stream, queues, bindings, bells."""
    for key in live.valkey.scan_iter():
        packed: Any = live.valkey.dump(key)
        yield f"redis {key!r}", (packed or b"").decode(errors="backslashreplace")
        if live.valkey.type(key) == b"stream":
            entries: Any = live.valkey.xrange(key)
            yield f"redis {key!r}", repr([(k, v.decode()) for _, e in entries for k, v in e.items()])


def logs(live: Live) -> Iterator[tuple[str, str]]:
    """Every log of every process, the servers' too; the stand-ins are the remotes, and keep their own."""
    found = set(live.child("receiver").log.parents[2].rglob("*.log"))
    assert found >= {child.log for child in live.stage.children.values()}
    assert any("postgres" in path.name for path in found)
    for path in found:
        yield str(path), path.read_text(errors="backslashreplace")


def figures(live: Live) -> Iterator[tuple[str, str]]:
    """The metrics."""
    yield "metrics", requests.get(f"{live.ports.receiver_url}/metrics", timeout=30).text


def nowhere_else(live: Live, windows: Windows) -> None:
    assert traces(windows.texts()) == []
    assert traces(logs(live)) == []
    assert traces(figures(live)) == []
    assert traces(stream(live)) == []


# A customer of his own: samples of other tests share theirs.
WHO = {
    "email": EMAIL,
    "customerName": NAME,
    "customerId": "bdPrivacy0001",
    "customerNo": "P0000001",
    "guest": False,
}


def placed(live: Live, change: dict[str, Any] | None = None, *, event_id: str = "") -> str:
    """An order of the person, announced whole."""
    number = live.place_plain(hooks=False)
    shipment = {"shippingAddress": ADDRESS, "gift": True, "giftMessage": GIFT}
    person = {
        "customerInfo": WHO,
        "billingAddress": ADDRESS,
        "shipments": [shipment],
    }
    live.shop("POST", f"orders/{number}/cure", person)
    if change:
        live.shop("POST", f"orders/{number}/cure", change)
    body = {"customerInfo": WHO, "billingAddress": ADDRESS, "gift": GIFT}
    assert live.announce(number, event_id or str(uuid.uuid4()), note=body).status_code == 202
    return number


def finished(live: Live, number: str) -> None:
    """Send its goods off, to the end."""
    for action in ("pick", "pack", "despatch"):
        live.move(number, action)
    live.told(number, status="completed")
    live.settle()


def erased(live: Live, *words: str) -> tuple[int, dict[str, Any]]:
    done = live.begin("sync.cli", "privacy", "erase", EMAIL.upper(), "--json", *words)
    out, said = done.communicate()
    assert out, said
    return done.returncode, json.loads(out)


def met_a_fault(live: Live) -> str:
    """An order whose work met an error that nobody foresaw, with its traceback in the log, and went on."""
    with broken(live, "handover_line"):
        faulty = placed(live)
        eventually("a fault", lambda: [m for m in live.messages(faulty) if m["error_code"] == "bridge.fault"])
    live.handed_over(faulty)
    finished(live, faulty)
    assert any("bridge.fault" in text and "\nProgrammingError\n" in text for _, text in logs(live))
    return faulty


def test_an_erasure_leaves_no_value_of_the_person_anywhere(full: Live, windows: Windows) -> None:
    live, twice = full, str(uuid.uuid4())
    done = placed(live, event_id=twice)
    live.handed_over(done)
    live.settle()
    live.shop("POST", f"orders/{done}/amend", {"shipments": [{"shippingAddress": {"address1": ELSEWHERE}}]})
    live.settle()
    finished(live, done)
    # Too late for another address: a conflict that quotes it.
    live.shop("POST", f"orders/{done}/amend", {"shipments": [{"shippingAddress": {"address1": STREET}}]})
    eventually(
        "a conflict about the address",
        lambda: live.rows(
            "SELECT 1 FROM conflict WHERE order_no = :n AND field = 'shipment.address'", n=done
        ),
    )
    dead = placed(live, {"shipments": [{"shippingAddress": {"postalCode": None}}]})
    eventually("a dead letter", lambda: [m for m in live.messages(dead) if m["state"] == "dead"])
    refused = placed(live, {"productItems": [{"productId": "RA-99999", "bundledProductItems": None}]})
    eventually("a refusal", lambda: [m for m in live.messages(refused) if m["document"]])
    faulty = met_a_fault(live)
    note = {"customerInfo": WHO}
    assert live.announce(done, twice, note=note).status_code == 202
    live.settle()
    # Flower has heard of the work, so that a search of it is worth something.
    eventually(
        "the hand-over in Flower",
        lambda: [t for t in windows.tasks().values() if t["name"] == "tasks.orders.push" and t["result"]],
    )

    nowhere_else(live, windows)
    assert {value for _, value in traces(database(live))} >= {EMAIL, NAME, STREET, GIFT}

    told = live.operate("privacy", "export", f"  {EMAIL.lower()}")
    assert {one["order_no"] for one in told["orders"]} == {done, dead, refused, faulty}
    assert EMAIL in json.dumps(told, ensure_ascii=False)
    assert live.operate("privacy", "export", EMAIL.replace("+Priv", ""))["orders"] == []

    code, plan = erased(live)
    assert (code, plan["dry_run"]) == (0, True)
    assert {one["order_no"] for one in plan["orders"]} == {done, dead, refused, faulty}
    assert traces(database(live))

    code, result = erased(live, "--yes")
    assert (code, result["refused"], result["left"]) == (0, [], {})
    assert {one["order_no"] for one in result["erased"]} == {done, dead, refused, faulty}
    assert traces(database(live)) == []
    person = Pseudonyms(live.settings.get("ORDERBRIDGE_PRIVACY_KEY", "")).of(EMAIL)
    kept = {place for place, told in database(live) if person in told}
    assert kept == {"erasure.person"}
    nowhere_else(live, windows)

    # What comes late brings nothing back, and what is about goods still goes its way.
    assert live.announce(done, note=note).status_code == 202
    assert live.announce(dead, note=note).status_code == 202
    live.call("tasks.orders.collect")
    live.call("tasks.fulfillment.collect")
    live.settle()
    assert traces(database(live)) == []
    nowhere_else(live, windows)
    assert live.order(done)["status"] == "completed"
    story = live.operate("order", live.site, done)
    assert any(entry["what"] == "shipped" for entry in story["entries"])
    assert erased(live, "--yes")[1]["erased"] == []
    live.no_effect_twice()


def test_an_open_order_is_not_erased_unless_forced(full: Live) -> None:
    number = placed(full)
    full.handed_over(number)
    full.settle()

    code, result = erased(full, "--yes")
    assert (code, result["erased"]) == (1, [])
    assert "not closed in the warehouse" in result["refused"][0]["still_needed"]
    assert traces(database(full))

    code, result = erased(full, "--yes", "--force")
    assert (code, result["left"]) == (0, {})
    finished(full, number)
    assert traces(database(full)) == []


def test_nobody_by_this_address_and_no_address_at_all(live: Live) -> None:
    assert live.operate("privacy", "erase", "nobody@nowhere.example")["orders"] == []
    done = live.begin("sync.cli", "privacy", "export", "'; DROP TABLE message; --")
    _, said = done.communicate()
    assert done.returncode == 1
    assert "email.invalid" in said


def test_an_export_goes_to_a_new_file_that_only_its_owner_reads(live: Live, tmp_path: Path) -> None:
    target = tmp_path / "person.json"
    told = live.operate("privacy", "export", EMAIL, "--output", str(target))
    assert told["file"] == str(target)
    assert json.loads(target.read_text())["email"] == EMAIL.lower()
    assert target.stat().st_mode & 0o077 == 0
    again = live.begin("sync.cli", "privacy", "export", EMAIL, "--output", str(target))
    again.communicate()
    assert again.returncode == 2
