from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sync.clients.failures import failure, masked, retry_after, slug
from sync.core.errors import Alarm, OutcomeUnknown, Rejected, Retryable


@pytest.mark.parametrize(
    ("status", "headers", "changing", "kind", "code"),
    [
        (401, {}, False, Alarm, "credentials.refused"),
        (403, {}, False, Alarm, "credentials.refused"),
        (412, {}, True, Alarm, "credentials.refused"),
        (429, {}, True, Retryable, "remote.throttled"),
        (503, {"Retry-After": "7"}, True, Retryable, "remote.throttled"),
        (503, {"sfdc_load_status": "THROTTLE"}, True, Retryable, "remote.throttled"),
        (503, {}, True, Retryable, "remote.unavailable"),
        (500, {}, False, Retryable, "remote.unavailable"),
        (504, {}, False, Retryable, "remote.unavailable"),
        (500, {}, True, OutcomeUnknown, "outcome.unknown"),
        (504, {}, True, OutcomeUnknown, "outcome.unknown"),
        (400, {}, True, Rejected, "storefront.refused"),
        (302, {}, False, Retryable, "remote.malformed"),
    ],
)
def test_each_status_says_what_to_do_next(
    status: int,
    headers: dict[str, str],
    *,
    changing: bool,
    kind: type,
    code: str,
) -> None:
    error = failure("storefront", status, headers, b"", changing=changing)
    assert type(error) is kind
    assert (error.code, error.remote_status) == (code, status)


def test_the_pause_asked_for_is_kept() -> None:
    assert failure("crm", 429, {"Retry-After": "7"}, b"").retry_after == 7


def test_a_pause_may_be_a_date() -> None:
    pause = retry_after({"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)})
    assert pause is not None
    assert 3500 < pause <= 3600


@pytest.mark.parametrize("text", ["", "soon", "-5"])
def test_a_pause_that_cannot_be_read_is_none(text: str) -> None:
    assert retry_after({"Retry-After": text}) is None


def test_a_problem_is_named_by_its_slug() -> None:
    assert (
        slug(b'{"type": "https://api.example/v1/errors/order-not-found", "detail": "x"}') == "order-not-found"
    )
    assert slug(b'{"_v":"25.6","fault":{"type":"OrderNotFoundException"}}') == "OrderNotFoundException"
    assert slug(b'{"error":"invalid_client"}') == "invalid_client"
    assert slug(b"<html>") == slug(b"[1]") == slug(b'{"type": 1}') == ""


def test_an_excerpt_shows_no_personal_data() -> None:
    excerpt = masked(b"No order for imogen@example.test, call +44 1943 555012\x00\x1b now, quantity 12")
    assert "imogen" not in excerpt
    assert "555012" not in excerpt
    assert excerpt.endswith("now, quantity 12")


def test_an_excerpt_is_short() -> None:
    assert len(masked(b"x" * 10_000)) == 200
