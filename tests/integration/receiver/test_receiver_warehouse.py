import resource
from collections.abc import Callable
from typing import Any

import pytest
import requests
from lxml import etree

EVENT = (
    b'<event messageId="40810" eventType="shipment_despatched" entity="shipment">'
    b'<detail><order externalReference="WEB-1"/></detail></event>'
)
INVENTORY = b'<inventory messageId="40802"><product externalReference="SKU"/></inventory>'


def test_a_message_is_on_the_stream_when_it_is_answered(receiver: Any) -> None:
    answer = receiver.message(EVENT)
    assert (answer.status_code, _text(answer)) == (200, "Success 40810 Received")
    assert etree.fromstring(answer.content).tag == "message"
    (draft,) = receiver.drafts()
    assert (draft.site, draft.topic, draft.origin) == ("US", "shipment.changed", "warehouse")
    assert (draft.key, draft.sequence, draft.body) == ("WEB-1", 40810, EVENT.decode())
    assert answer.headers["x-correlation-id"] == draft.correlation_id


def test_stock_belongs_to_the_organisation(receiver: Any) -> None:
    assert receiver.message(INVENTORY).status_code == 200
    assert (receiver.drafts()[0].topic, receiver.drafts()[0].site) == ("stock.changed", "acme")


def test_an_unknown_document_is_kept(receiver: Any) -> None:
    answer = receiver.message(b'<weather messageId="7"/>')
    assert (answer.status_code, _text(answer)) == (200, "Success 7 Received")
    assert (receiver.drafts()[0].topic, receiver.drafts()[0].site) == ("event.unsupported", "US")


def test_a_document_that_the_reader_refuses_is_kept_for_a_person(receiver: Any) -> None:
    body = b'<event messageId="first"/>'
    answer = receiver.message(body)
    assert (answer.status_code, _text(answer)) == (200, "Success first Received")
    assert receiver.message(body).status_code == 200
    first, second = receiver.drafts()
    assert first.topic == "event.unsupported"
    assert first.body == body.decode()
    assert first.dedupe_key == second.dedupe_key


def test_a_document_without_a_message_id_is_confirmed_all_the_same(receiver: Any) -> None:
    answer = receiver.message(b'<paymentRequest date="2026-11-24"/>')
    assert (answer.status_code, _text(answer)) == (200, "Success Received")


def test_the_message_id_is_escaped_in_the_answer(receiver: Any) -> None:
    answer = receiver.message(b'<paymentRequest messageId="&lt;b>&amp;"/>')
    assert _text(answer) == "Success <b>& Received"
    assert b"<b>" not in answer.content


def test_an_unknown_channel_is_not_found(receiver: Any) -> None:
    _refused(receiver.message(EVENT, "web_fr"), 404, "channel.unknown")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic b2Y6d3Jvbmc=",
        "Basic d3Jvbmc6c2VjcmV0LXVz",
        "Basic b2Y6c2VjcmV0LXVr",
        "Bearer b2Y6c2VjcmV0LXVz",
        b"Basic \xff\xfe",
    ],
)
def test_every_wrong_credential_gets_the_same_answer(receiver: Any, authorization: Any) -> None:
    headers = {"content-type": "application/xml", "authorization": authorization}
    answer = _post(receiver, EVENT, headers)
    _refused(answer, 401, "credentials.refused")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.content == receiver.message(EVENT, auth=("nobody", "nothing")).content
    assert receiver.drafts() == []


def test_both_passwords_are_valid_during_a_renewal(open_receiver: Callable[..., Any]) -> None:
    from sync.receiver import Credential

    both = (Credential("of", "old"), Credential("of", "new"))
    receiver = open_receiver(credentials={"web_us": both, "web_uk": both})
    assert {receiver.message(EVENT, auth=("of", word)).status_code for word in ("old", "new")} == {200}


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=UTF-8", "Text/XML", None])
def test_xml_is_taken_by_any_of_its_names_or_none(receiver: Any, kind: str | None) -> None:
    assert receiver.message(EVENT, headers={"content-type": kind}).status_code == 200


def test_another_content_type_is_refused(receiver: Any) -> None:
    _refused(receiver.message(EVENT, headers={"content-type": "application/json"}), 415, "media.unsupported")


def test_a_message_above_the_limit_is_refused(open_receiver: Callable[..., Any]) -> None:
    receiver = open_receiver(max_body=len(EVENT))
    assert receiver.message(EVENT).status_code == 200
    _refused(receiver.message(EVENT + b" "), 413, "body.too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<event",
        b"<event/><event/>",
        b"<event>&unknown;</event>",
        b"<!DOCTYPE event><event/>",
        b'<!DOCTYPE event [<!ENTITY x SYSTEM "file:///etc/passwd">]><event>&x;</event>',
        b'<!DOCTYPE event SYSTEM "http://127.0.0.1:1/x.dtd"><event/>',
        '<!DOCTYPE event [<!ENTITY x "y">]><event a="&x;"/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="klingon"?><event/>',
        b"<event>\xff</event>",
        b"<event>\x00</event>",
        b"<a>" * 5_000 + b"</a>" * 5_000,
        b'{"type": "order.placed"}',
    ],
)
def test_xml_that_is_malformed_or_declares_a_type_is_refused(receiver: Any, body: bytes) -> None:
    answer = receiver.message(body)
    _refused(answer, 400, "body.malformed")
    assert "root:" not in answer.text
    assert receiver.drafts() == []


def test_a_billion_laughs_cost_nothing(receiver: Any) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE z [<!ENTITY l0 "lol">{entities}]><z a="&l9;">&l9;</z>'.encode()
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(20):
        _refused(receiver.message(bomb), 400, "body.malformed")
    after = resource.getrusage(resource.RUSAGE_SELF)
    # Expanded once it would be 3 GB; the receiver runs in this very process.
    assert after.ru_maxrss - before.ru_maxrss < 64 * 1024


def test_another_declared_encoding_becomes_text(receiver: Any) -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><note messageId="1">é</note>'.encode("latin-1")
    assert receiver.message(body).status_code == 200
    assert receiver.drafts()[0].body == '<note messageId="1">é</note>'


def _text(answer: requests.Response) -> str | None:
    return etree.fromstring(answer.content).text


def _post(receiver: Any, body: bytes, headers: dict[str, Any]) -> requests.Response:
    return requests.post(f"{receiver.url}/orderflow/web_us/messages", data=body, headers=headers, timeout=30)


def _refused(answer: requests.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    root = etree.fromstring(answer.content)
    assert (root.tag, root.findtext("exception")) == ("error", code)
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.headers["x-correlation-id"]
