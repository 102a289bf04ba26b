"""An address is found in any spelling and never inside another; a blank message says what it was."""

import json
from datetime import date
from typing import Any

import pytest

from sync.core.errors import Rejected
from sync.core.messages import Draft
from sync.core.privacy import Mention, Why, blank_body, blanked, email_of, refuse_blank

ON = date(2026, 11, 25)


def draft(body: str, topic: str = "order.placed") -> Draft:
    return Draft(
        site="UK", topic=topic, origin="storefront", key="K1", dedupe_key="d", body=body, correlation_id="c"
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"email": "Ann@Example.COM"}',
        r'{"email": "ann\u0040example.com"}',
        r'{"email": "\u0061nn@example.com"}',
        "<email>ann&#64;example.com</email>",
        "https://track.example/?m=ann%40example.com",
        "'ann@example.com' is not valid",
        "write to ann@example.com.",
        "deliveryEmailAddress=Ann@example.com\ninvoiceEmailAddress=",
    ],
)
def test_an_address_is_found_however_it_is_written(text: str) -> None:
    assert Mention("ann@example.com")(text)


@pytest.mark.parametrize(
    "text",
    [
        "joann@example.com",
        "b+ann@example.com",
        "o'ann@example.com",
        "ann@example.com.au",
        "ann@example.community",
        "ann+shop@example.com",
        "",
    ],
)
def test_another_persons_address_is_not_found(text: str) -> None:
    assert not Mention("ann@example.com")(text)


@pytest.mark.parametrize("text", ["", "ann", "@", "ann@", "a b@x", "a@x\0y", "a" * 300 + "@x.com"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        email_of(text)
    assert refused.value.code == "email.invalid"


def test_case_and_spaces_do_not_matter_and_a_plus_does() -> None:
    assert email_of("  Ann@Example.COM ") == "ann@example.com"
    assert email_of("ann+a@example.com") != email_of("ann@example.com")


def test_a_blank_event_is_still_that_event_about_that_order() -> None:
    whole = json.dumps({"type": "order.cancel_requested", "orderNo": "K1", "order": {"email": "a@x.y"}})

    blank = blank_body(draft(whole, "order.changed"), Why.RETENTION, ON)

    assert json.loads(blank)["type"] == "order.cancel_requested"
    assert "a@x.y" not in blank
    assert blanked(blank) == "its content was blanked on 2026-11-25 (retention)"
    assert blanked(whole) == ""


@pytest.mark.parametrize("body", ["<xml", "[]", "null", '{"type": 7}', '{"type": "Ann Quux"}', "\ud800"])
def test_whatever_the_body_was_nothing_of_it_stays(body: str) -> None:
    for topic in ("order.placed", "shipment.changed", "event.unsupported"):
        blank = blank_body(draft(body, topic), Why.ERASURE, ON)
        assert "Quux" not in blank
        assert blanked(blank)


def test_a_posting_loses_the_reason_of_a_refusal_only() -> None:
    value: dict[str, Any] = {"c_reason": "47 Zyzzyva Lane", "c_ofOrderRef": "K1"}
    body = json.dumps({"kind": "attributes", "key": "k", "value": value})

    blank = json.loads(
        blank_body(draft(body, "posting.planned"), Why.ERASURE, ON, reason_attribute="c_reason")
    )

    assert blank["value"] == {"c_reason": "…", "c_ofOrderRef": "K1"}


def test_an_event_from_outside_cannot_pass_for_a_blank_one() -> None:
    assert blanked('{"blanked": "retention", "on": "2026-01-01", "order": {}}') == ""
    assert blanked('{"blanked": "x", "on": "2026-01-01"}') == ""


def test_what_is_worked_from_its_body_is_refused_without_one() -> None:
    blank = draft(blank_body(draft("<x/>", "shipment.changed"), Why.RETENTION, ON), "shipment.changed")
    with pytest.raises(Rejected) as refused:
        refuse_blank(blank)
    assert refused.value.code == "body.blanked"
