import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import redis
import requests
from structlog.testing import capture_logs

from sync.inbox import STREAM, Limits
from sync.receiver import Credential, Doors, Market, build
from tests.stack import eventually

EVENT = {"type": "order.placed", "id": "evt-1", "orderNo": "00001", "order": {"customerName": "Ada Lovelace"}}


def test_a_running_receiver_is_live_and_ready(receiver: Any) -> None:
    assert _get(receiver, "/health/live").json() == {"status": "live"}
    answer = _get(receiver, "/health/ready")
    assert (answer.status_code, answer.json()["status"], answer.json()["faults"]) == (200, "ready", {})


def test_a_receiver_without_its_inbox_is_live_but_not_ready(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(redis_url="redis://127.0.0.1:1/0")
    assert _get(receiver, "/health/live").status_code == 200
    answer = _get(receiver, "/health/ready")
    assert (answer.status_code, set(answer.json()["faults"])) == (503, {"reachable"})
    refused = receiver.event("US", EVENT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "inbox.unavailable")
    assert int(refused.headers["retry-after"]) > 0
    refused = receiver.message(b"<event/>")
    assert (refused.status_code, b"inbox.unavailable" in refused.content) == (503, True)
    assert int(refused.headers["retry-after"]) > 0


def test_an_inbox_that_may_forget_makes_it_unready_and_turns_events_away(receiver: Any) -> None:
    with redis.Redis.from_url(receiver.redis_url) as client:
        client.config_set("appendfsync", "everysec")
        try:
            _until_ready_is(receiver, 503)
            assert _get(receiver, "/health/ready").json()["faults"] == {
                "appendfsync": "is everysec, must be always"
            }
            assert receiver.event("US", EVENT).status_code == 503
        finally:
            client.config_set("appendfsync", "always")
    _until_ready_is(receiver, 200)
    assert receiver.event("US", EVENT).status_code == 202


def test_a_full_inbox_turns_events_away(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(limits=Limits(stream=1, look_every=0.02))
    assert receiver.event("US", EVENT).status_code == 202
    _until_ready_is(receiver, 503)
    answer = receiver.event("US", EVENT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "inbox.full")
    assert int(answer.headers["retry-after"]) > 0


def test_more_requests_than_may_be_inside_are_sent_away(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(concurrent=0)
    answer = receiver.event("US", EVENT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "receiver.busy")
    assert answer.headers["retry-after"] == "1"
    assert _get(receiver, "/health/ready").status_code == 200


def test_a_fault_of_ours_shows_nothing_of_itself(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret recipe")

    monkeypatch.setattr("sync.receiver.sfcc.json_text", broken)
    answer = receiver.event("US", EVENT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "bridge.fault")
    assert "recipe" not in answer.text
    assert answer.headers["x-correlation-id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "route.unknown"),
        ("GET", "/sfcc/US/events", 405, "method.unsupported"),
        ("POST", "/health/live", 405, "method.unsupported"),
        ("POST", "/sfcc/US/events/", 404, "route.unknown"),
        ("GET", "/sfcc/%2e%2e/events%00", 404, "route.unknown"),
    ],
)
def test_another_address_or_method_is_refused(
    receiver: Any, method: str, path: str, status: int, code: str
) -> None:
    answer = requests.request(method, receiver.url + path, timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_requests_are_counted_by_reason_and_never_by_a_senders_words(receiver: Any) -> None:
    receiver.event("US", EVENT)
    receiver.event("no-such-site", EVENT)
    text = _get(receiver, "/metrics").text
    assert 'requests_total{code="",door="sfcc",source="US",status="202"} 1.0' in text
    assert 'requests_total{code="site.unknown",door="sfcc",source="unknown",status="404"} 1.0' in text
    assert "no-such-site" not in text
    assert receiver.metric("orderbridge_receiver_request_seconds_count") >= 2


def test_concurrent_requests_share_flushes(receiver: Any) -> None:
    with redis.Redis.from_url(receiver.redis_url) as client:
        # The first flush is held until all the others wait behind it.
        client.execute_command("CLIENT", "PAUSE", "100000", "WRITE")
        threads = [
            threading.Thread(target=receiver.event, args=("US", EVENT | {"id": str(n)})) for n in range(24)
        ]
        for thread in threads:
            thread.start()
        eventually("all inside", lambda: receiver.metric("orderbridge_inbox_waiting") >= 24)
        client.execute_command("CLIENT", "UNPAUSE")
        for thread in threads:
            thread.join()
    assert {draft.dedupe_key for draft in receiver.drafts()} == {str(n) for n in range(24)}
    assert receiver.metric("orderbridge_inbox_stored_total") == 24
    assert receiver.metric("orderbridge_inbox_flushes_total") <= 3


def test_a_request_under_way_is_finished_before_the_end(receiver: Any) -> None:
    answers: list[requests.Response] = []
    with redis.Redis.from_url(receiver.redis_url) as client:
        client.execute_command("CLIENT", "PAUSE", "100000", "WRITE")
        thread = threading.Thread(target=lambda: answers.append(receiver.event("US", EVENT)))
        thread.start()
        eventually("a request under way", lambda: receiver.metric("orderbridge_inbox_waiting") >= 1)
        receiver.server.should_exit = True
        eventually("closed doors", lambda: not receiver.server.servers[0].is_serving())
        client.execute_command("CLIENT", "UNPAUSE")
        thread.join()
    assert [answer.status_code for answer in answers] == [202]
    assert len(receiver.drafts()) == 1


def test_a_request_is_logged_once_and_without_its_content(receiver: Any) -> None:
    with capture_logs() as lines:
        answer = receiver.event("US", EVENT)
        # The line is written after the answer has left, and the next request's after this one's.
        eventually("the line of the request", lambda: _requests(lines))
        receiver.event("US", EVENT | {"id": "evt-2"})
        eventually("the line of the next one", lambda: _requests(lines)[1:])
    line, _next = _requests(lines)
    assert line["correlation_id"] == answer.json()["id"]
    assert (line["door"], line["source"], line["status"], line["topic"]) == (
        "sfcc",
        "US",
        202,
        "order.placed",
    )
    assert "Lovelace" not in json.dumps(lines)


def test_nothing_but_the_stream_and_its_probe_is_written(receiver: Any) -> None:
    receiver.event("US", EVENT)
    with redis.Redis.from_url(receiver.redis_url) as client:
        assert set(client.keys()) == {STREAM.encode(), f"{STREAM}:probe".encode()}


def test_doors_that_are_not_safe_do_not_open() -> None:
    doors = Doors(
        sites={
            "US": Market(("web",), "acme"),
            "UK": Market(("web",), "acme"),
            "EU": Market(("web_eu",), "acme"),
        },
        secrets={"US": (), "UK": ("whsec_",), "EU": ("whsec_c2VjcmV0",)},
        credentials={"web": (Credential("", ""),)},
        redis_url="redis://127.0.0.1:1/0",
        tolerance=301,
    )
    with pytest.raises(ValueError, match="cannot open") as refused:
        build(doors)
    for part in (
        "site US: no webhook",
        "site UK: a webhook",
        "more than one",
        "web_eu: no cred",
        "tolerance",
    ):
        assert part in str(refused.value)
    assert "c2VjcmV0" not in repr(replace(doors, tolerance=300))


def _get(receiver: Any, path: str) -> requests.Response:
    return requests.get(receiver.url + path, timeout=30)


def _requests(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line["event"] == "receiver.request"]


def _until_ready_is(receiver: Any, status: int) -> None:
    eventually(f"readiness {status}", lambda: _get(receiver, "/health/ready").status_code == status)
