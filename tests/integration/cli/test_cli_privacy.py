"""What `privacy` says about blank letters and about events that are still in the stream."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from config.settings import load_settings
from sync.core.agent_policy import Written
from sync.core.messages import Dead, Draft, Settled, Topic
from sync.core.ports import ShownToAgents
from sync.inbox.entry import STREAM, fields_of
from sync.sandbox.serve import Running
from sync.store.privacy import PostgresPersonalData
from sync.store.records import RECORDERS
from sync.wiring import Bridge, silent
from tests.integration.cli.conftest import SITE, Run

ANN = "ann@quux.example"
BODY = json.dumps({"type": "order.placed", "orderNo": "K1", "order": {"email": ANN}})


def event(key: str, topic: str = Topic.ORDER_PLACED, body: str = BODY) -> Draft:
    return Draft(
        site=SITE,
        topic=topic,
        origin="storefront",
        key=key,
        dedupe_key=key,
        body=body,
        correlation_id="c",
    )


@pytest.fixture
def opened(settings: Running) -> Iterator[Bridge]:  # noqa: ARG001  its environment
    bridge = Bridge(settings=load_settings(), bell=silent)
    yield bridge
    bridge.close()


@pytest.fixture
def stream(opened: Bridge) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(opened.settings.redis_url) as client:
        yield client


def test_a_blank_fact_is_not_reprocessed_and_says_since_when_it_is_blank(opened: Bridge, run: Run) -> None:
    opened.ledger.add([event("K1", Topic.UNSUPPORTED)])
    (message,) = opened.ledger.claim([Topic.UNSUPPORTED], limit=1, lease=60)
    opened.ledger.settle([Settled(message, Dead("topic.unsupported", "x"))])
    later = opened.clock() + timedelta(seconds=1)
    assert opened.retained.blank({SITE: later}, later, 10)["message"] == 1

    tried = run("dead", "reprocess", "--id", message.id, "--dry-run", "--json").json["trials"][0]
    said = run("dead", "reprocess", "--id", message.id)

    assert tried["code"] == "body.blanked"
    assert "blanked on" in tried["detail"]
    assert said.code == 1
    assert "no content any more" in said.err
    assert opened.ledger.claim([Topic.UNSUPPORTED], limit=1, lease=60) == []


def test_an_event_in_the_stream_is_shown_and_forbids_a_whole_erasure(
    opened: Bridge, run: Run, stream: "redis.Redis"
) -> None:
    fields: dict[Any, Any] = {**fields_of(event("K1"))}
    stream.xadd(STREAM, fields)

    assert run("privacy", "export", ANN).json["waiting"] == [{"site": SITE, "event": BODY}]
    assert run("privacy", "erase", ANN, "--json").json["waiting"] == 1
    assert run("privacy", "erase", ANN, "--yes").code == 1
    assert stream.xlen(STREAM) == 1

    done = run("privacy", "erase", ANN, "--yes", "--force", "--json")

    assert (done.code, done.json["waiting"], done.json["left"]) == (0, 0, {})
    assert stream.xlen(STREAM) == 0
    assert opened.ledger.claim([Topic.ORDER_PLACED], limit=1, lease=60) == []
    assert opened.ledger.add([event("K1")]) == 0


def test_an_unreadable_event_of_the_person_is_found_too(run: Run, stream: "redis.Redis") -> None:
    stream.xadd(STREAM, {"site": "\0", "body": f"<{ANN}>"})

    assert run("privacy", "erase", ANN, "--yes", "--force", "--json").json["left"] == {}
    assert stream.xlen(STREAM) == 0


def test_many_orders_are_one_document_and_the_crm_is_named_once_it_was_told_of_one(
    opened: Bridge, run: Run, tmp_path: Path
) -> None:
    opened.ledger.add([event(f"K{number}") for number in range(40)])
    told = run("privacy", "export", ANN).json
    assert {order["order_no"] for order in told["orders"]} == {f"K{number}" for number in range(40)}
    assert "CRM" not in str(told["elsewhere"])

    shown = ShownToAgents(
        site=SITE, order_no="K7", rows={"K7": Written("order", "digest")}, at=opened.clock()
    )
    with opened.sessions.begin() as session:
        RECORDERS[ShownToAgents](session, shown)
    target = tmp_path / "ann.json"
    assert run("privacy", "export", ANN, "--output", target, "--json").json["orders"] == 40
    assert "CRM" in str(json.loads(target.read_text())["elsewhere"])
    assert "CRM" in str(run("privacy", "erase", ANN, "--json").json["elsewhere"])
    assert "CRM" not in str(run("privacy", "erase", "joann@quux.example", "--json").json["elsewhere"])


def test_an_export_that_fails_in_the_middle_leaves_no_half_a_file(
    opened: Bridge, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.ledger.add([event("K1")])

    def away(*_: object) -> dict[str, object]:
        raise OperationalError("SELECT 1", None, Exception("away"))

    monkeypatch.setattr(PostgresPersonalData, "dossier", away)
    assert run("privacy", "export", ANN, "--output", tmp_path / "ann.json").code != 0
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_part_of_another_leaves_the_other_person_alone(opened: Bridge, run: Run) -> None:
    others = ("joann@quux.example", "ann@quux.example.org", "ann+a@quux.example", "b.ann@quux.example")
    bodies = [BODY.replace(ANN, other) for other in others]
    drafts = [event(f"K{number}", body=body) for number, body in enumerate(bodies)]
    opened.ledger.add([*drafts, event("MINE", body=BODY.replace(ANN, "ANN@Quux.Example"))])

    done = run("privacy", "erase", "Ann@QUUX.example", "--yes", "--force", "--json").json

    assert [one["order_no"] for one in done["erased"]] == ["MINE"]
    with opened.sessions() as session:
        left = session.scalars(sa.text("SELECT body FROM message WHERE key <> 'MINE' ORDER BY key")).all()
    assert left == bodies


def test_an_address_in_any_script_is_erased_and_a_huge_one_is_refused(opened: Bridge, run: Run) -> None:
    greek = "Ωmega+Ünï@bücher.example"
    opened.ledger.add([event("K1", body=json.dumps({"email": greek})), event("K2", body=f"<e>{greek}</e>")])
    done = run("privacy", "erase", greek.swapcase(), "--yes", "--force", "--json").json
    assert ({one["order_no"] for one in done["erased"]}, done["left"]) == ({"K1", "K2"}, {})
    refused = run("privacy", "erase", "a" * 10_000_000 + "@x.example")
    assert refused.code == 1
    assert "email.invalid" in refused.err
    assert len(refused.err) < 1000


def test_an_address_in_the_gift_message_of_another_persons_order_is_erased_with_that_order(
    opened: Bridge, run: Run
) -> None:
    bea = json.dumps({"email": "bea@quux.example", "gift": f"from {ANN}, with love"})
    opened.ledger.add([event("BEAS", body=bea)])
    assert run("privacy", "erase", ANN, "--json").json["orders"][0]["order_no"] == "BEAS"
    assert run("privacy", "erase", ANN, "--yes", "--force", "--json").json["left"] == {}
    assert run("privacy", "erase", "bea@quux.example", "--json").json["orders"] == []


def test_retention_is_counted_before_it_is_done(opened: Bridge, run: Run) -> None:
    opened.ledger.add([event("K1")])
    told = run("privacy", "retain", "--dry-run", "--json").json
    places = ("message", "conflict", "act", "progress", "destination")
    assert told == {"dry_run": True, "rows": dict.fromkeys(places, 0)}
    assert run("privacy", "retain").code == 0
