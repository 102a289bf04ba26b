"""What `privacy` says about blank letters and about events that are still in the stream."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis

from config.settings import load_settings
from sync.core.messages import Dead, Draft, Settled, Topic
from sync.inbox.entry import STREAM, fields_of
from sync.sandbox.serve import Running
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


def test_retention_is_counted_before_it_is_done(opened: Bridge, run: Run) -> None:
    opened.ledger.add([event("K1")])
    told = run("privacy", "retain", "--dry-run", "--json").json
    places = ("message", "conflict", "act", "progress", "destination")
    assert told == {"dry_run": True, "rows": dict.fromkeys(places, 0)}
    assert run("privacy", "retain").code == 0
