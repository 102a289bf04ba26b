import http.client
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

OLD_SECRET, NEW_SECRET, WRONG_SECRET = "whsec_b2xkLXNlY3JldA==", "whsec_bmV3LXNlY3JldA==", "whsec_d3Jvbmc="
EVENT = {"type": "order.placed", "id": "evt-1", "site": "US", "orderNo": "00001"}


def test_a_signed_event_is_on_the_stream_when_it_is_answered(receiver: Any) -> None:
    answer = receiver.event("US", EVENT)
    assert answer.status_code == 202
    (draft,) = receiver.drafts()
    assert (draft.site, draft.topic, draft.origin) == ("US", "order.placed", "storefront")
    assert (draft.key, draft.dedupe_key, json.loads(draft.body)) == ("00001", "evt-1", EVENT)
    assert answer.json() == {"id": draft.correlation_id}
    assert answer.headers["x-correlation-id"] == draft.correlation_id
    assert draft.received_at is not None


def test_the_body_is_kept_exactly_as_received(receiver: Any) -> None:
    body = '{ "type":"order.placed",\n "id":"é-1", "orderNo":"7", "order": {"total": 10.50} }'
    assert receiver.event("US", body.encode()).status_code == 202
    assert receiver.drafts()[0].body == body


def test_card_data_is_the_only_thing_that_is_not_kept(receiver: Any) -> None:
    body = '{"type":"order.placed", "orderNo":"7", "order": {"total": 10.50, "paymentCard": {}}}'
    card = '{"holder": "I HARTLEY", "maskedNumber": "************4242", "creditCardToken": "tok"}'
    assert receiver.event("US", body.replace("{}", card).encode()).status_code == 202
    assert receiver.drafts()[0].body == body.replace("{}", "null")


def test_the_senders_correlation_id_is_kept(receiver: Any) -> None:
    body = json.dumps(EVENT).encode()
    answer = _raw(receiver, body, {"x-correlation-id": "shop-12345678"})
    assert answer.json() == {"id": "shop-12345678"}
    assert receiver.drafts()[0].correlation_id == "shop-12345678"


def test_a_trace_becomes_the_correlation_id(receiver: Any) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = _raw(receiver, json.dumps(EVENT).encode(), {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert answer.json() == {"id": trace}


@pytest.mark.parametrize("given", ["short", "a" * 65, "with space in it", "evil;{}%0a12345", "é" * 10])
def test_a_strange_correlation_id_is_replaced(receiver: Any, given: str) -> None:
    answer = _raw(receiver, json.dumps(EVENT).encode(), {"x-correlation-id": given.encode()})
    assert answer.status_code == 202
    assert answer.json()["id"] != given


def test_an_unknown_site_is_not_found(receiver: Any) -> None:
    _refused(receiver.event("FR", EVENT), 404, "site.unknown")


@pytest.mark.parametrize("secret", [OLD_SECRET, NEW_SECRET])
def test_both_secrets_are_valid_during_a_renewal(receiver: Any, secret: str) -> None:
    assert receiver.event("US", EVENT, secret=secret).status_code == 202


def test_a_retired_secret_is_refused(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(secrets={"US": (NEW_SECRET,), "UK": (WRONG_SECRET,)})
    _refused(receiver.event("US", EVENT, secret=OLD_SECRET), 401, "credentials.refused")


def test_another_sites_secret_is_refused(receiver: Any) -> None:
    _refused(receiver.event("US", EVENT, secret=WRONG_SECRET), 401, "credentials.refused")
    assert receiver.drafts() == []


@pytest.mark.parametrize("age", [301, -310])
def test_a_stale_or_future_timestamp_is_refused(receiver: Any, age: float) -> None:
    _refused(receiver.event("US", EVENT, age=age), 401, "credentials.refused")


def test_the_tolerance_can_be_narrowed(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(tolerance=60)
    _refused(receiver.event("US", EVENT, age=90), 401, "credentials.refused")
    assert receiver.event("US", EVENT, age=30).status_code == 202


def test_a_changed_body_is_refused(receiver: Any) -> None:
    headers = _signed(receiver, json.dumps(EVENT).encode())
    _refused(
        _post(receiver, json.dumps(EVENT | {"orderNo": "2"}).encode(), headers), 401, "credentials.refused"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-signature": "no-comma"},
        {"webhook-signature": "v1,!!!not-base64"},
        {"webhook-signature": "v1,a"},
        {"webhook-signature": "v1,é".encode()},
        {"webhook-signature": b"v1,\xff\xfe"},
        {"webhook-signature": ",,,"},
        {"webhook-signature": ""},
        {"webhook-signature": None},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "inf"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": None},
        {"webhook-id": None},
        {"webhook-id": b"\xe9"},
    ],
)
def test_every_malformed_signature_gets_the_same_answer(receiver: Any, changes: dict[str, Any]) -> None:
    body = json.dumps(EVENT).encode()
    answer = _post(receiver, body, _signed(receiver, body) | changes)
    _refused(answer, 401, "credentials.refused")
    assert answer.content == receiver.event("US", EVENT, secret=WRONG_SECRET).content


def test_a_body_that_is_not_text_is_not_authenticated(receiver: Any) -> None:
    _refused(receiver.event("US", b"\xff\xfe"), 401, "credentials.refused")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "", "application/json; charset=utf-16", None]
)
def test_another_content_type_is_refused(receiver: Any, kind: str | None) -> None:
    body = json.dumps(EVENT).encode()
    answer = _post(receiver, body, _signed(receiver, body) | {"content-type": kind})
    _refused(answer, 415, "media.unsupported")


def test_a_declared_length_above_the_limit_is_refused_before_the_body_is_read(receiver: Any) -> None:
    address = urlsplit(receiver.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.putrequest("POST", "/sfcc/US/events")
    connection.putheader("content-length", str(2**40))
    connection.putheader("content-type", "application/json")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["error"]["code"]) == (413, "body.too_large")
    connection.close()


def test_a_chunked_body_is_refused_at_the_limit(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(max_body=10_000)
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(4):
            sent += 4_000
            yield b" " * 4_000

    _refused(_post(receiver, chunks(), {"content-type": "application/json"}), 413, "body.too_large")


def test_a_body_at_the_limit_is_taken(open_receiver: Callable[..., Any]) -> None:
    body = json.dumps(EVENT).encode()
    receiver = open_receiver(max_body=len(body))
    assert receiver.event("US", body).status_code == 202
    _refused(receiver.event("US", body + b" "), 413, "body.too_large")


def test_a_body_that_never_ends_is_given_up(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(body_timeout=0.1)
    headers = b"host: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n"
    answer = _sent(receiver, b"POST /sfcc/US/events HTTP/1.1\r\n" + headers + b"\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"body.too_slow"' in answer


def test_a_head_that_never_ends_is_given_up(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(head_timeout=0.1)
    assert _sent(receiver, b"POST /sfcc/US/events HTTP/1.1\r\nhost:") == b""
    assert _sent(receiver, b"") == b""


def test_a_huge_head_is_refused(receiver: Any) -> None:
    answer = _sent(receiver, b"POST / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 20_000)
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"type": NaN}',
        b'{"type": Infinity}',
        b'{"type": "order.placed", "orderNo": "1", "orderNo": "2"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 65 + b"]" * 65,
        b'{"total": 1e999}',
        b'{"total": 1' + b"0" * 5_000 + b"}",
        b'{"type": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"<xml/>",
    ],
)
def test_json_that_others_would_choke_on_is_malformed(receiver: Any, body: bytes) -> None:
    _refused(receiver.event("US", body), 400, "body.malformed")
    assert receiver.drafts() == []


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "type"),
        ({"type": "order.placed"}, "orderNo"),
        ({"type": 7, "orderNo": "1"}, "type"),
        ({"type": "order.placed", "orderNo": "x" * 10_000}, "orderNo"),
        ({"type": "order.placed", "orderNo": "1", "site": "UK"}, "site"),
    ],
)
def test_an_event_that_lacks_something_is_told_the_field(receiver: Any, payload: Any, field: str) -> None:
    answer = receiver.event("US", payload)
    assert answer.status_code == 422
    assert field in answer.json()["error"]["fields"]
    assert "x" * 100 not in answer.text


def test_an_event_of_another_site_is_a_mismatch(receiver: Any) -> None:
    _refused(receiver.event("US", EVENT | {"site": "UK"}), 422, "site.mismatch")


@pytest.mark.parametrize("payload", [[], "text", 7, None])
def test_json_that_is_no_object_is_an_invalid_event(receiver: Any, payload: Any) -> None:
    _refused(receiver.event("US", payload), 422, "event.invalid")


def test_an_event_of_an_unknown_kind_is_kept(receiver: Any) -> None:
    assert receiver.event("US", {"type": "basket.abandoned", "id": "e-9"}).status_code == 202
    assert receiver.drafts()[0].topic == "event.unsupported"


@pytest.mark.parametrize("key", ["a\u0000b", "line\nbreak", "\u202eevil"])
def test_a_key_that_cannot_be_shown_is_refused(receiver: Any, key: str) -> None:
    _refused(receiver.event("US", {"type": "basket.abandoned", "id": key}), 422, "event.invalid")


def _raw(receiver: Any, body: bytes, headers: dict[str, Any]) -> requests.Response:
    return _post(receiver, body, _signed(receiver, body) | headers)


def _signed(receiver: Any, body: bytes) -> dict[str, Any]:
    return {**receiver.signed(body), "content-type": "application/json"}


def _post(receiver: Any, body: Any, headers: dict[str, Any]) -> requests.Response:
    return requests.post(f"{receiver.url}/sfcc/US/events", data=body, headers=headers, timeout=30)


def _sent(receiver: Any, data: bytes) -> bytes:
    address = urlsplit(receiver.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=30) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def _refused(answer: requests.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    assert set(error) == {"code", "detail", "fields"}
    assert "Traceback" not in answer.text
    assert answer.headers["x-correlation-id"]
