import pytest

from schemas.orderflow.envelope import read_orderflow_envelope
from sync.core.errors import Rejected
from sync.core.messages import Topic

ORDER = '<event messageId="7" entity="{entity}"><detail><order {names}/></detail></event>'
RETURN = '<event messageId="8" entity="return"><detail><return id="22" {names}/></detail></event>'


@pytest.mark.parametrize(
    ("text", "topic", "key"),
    [
        (ORDER.format(entity="order", names='externalReference="A"'), Topic.SHIPMENT_CHANGED, "A"),
        (ORDER.format(entity="shipment", names='externalReference="A"'), Topic.SHIPMENT_CHANGED, "A"),
        (
            ORDER.format(entity="order", names='externalReference="A_x" originatingOrderReference="A"'),
            Topic.SHIPMENT_CHANGED,
            "A",
        ),
        ('<event entity="order" externalReference="A"/>', Topic.SHIPMENT_CHANGED, "A"),
        (RETURN.format(names='orderReference="A" authorisation="R"'), Topic.RETURN_RECEIVED, "A"),
        (RETURN.format(names='orderReference="" authorisation="R"'), Topic.RETURN_RECEIVED, "R"),
        (RETURN.format(names=""), Topic.RETURN_RECEIVED, "return 22"),
        ('<inventory messageId="9"><product/></inventory>', Topic.STOCK_CHANGED, "stock"),
        (
            '<paymentRequest date="x"><order externalReference="A"/></paymentRequest>',
            Topic.PAYMENT_REQUESTED,
            "A",
        ),
        ('<stockChanges messageId="10"/>', Topic.UNSUPPORTED, None),
        ('<event messageId="11"><detail><delivery/></detail></event>', Topic.UNSUPPORTED, None),
    ],
)
def test_a_push_says_where_it_belongs(text: str, topic: Topic, key: str | None) -> None:
    event = read_orderflow_envelope(text.encode())
    assert event.topic is topic
    assert event.key == (key or event.dedupe_key)


def test_the_message_number_orders_a_push_and_identifies_it_together_with_its_content() -> None:
    event = read_orderflow_envelope(b'<inventory messageId="40802"/>')
    again = read_orderflow_envelope(b'<inventory messageId="40802"/>')
    # The number of another entity's message, or of another channel's.
    other = read_orderflow_envelope(b'<inventory messageId="40802"><product/></inventory>')
    assert event.sequence == 40802
    assert event.dedupe_key.startswith("push:40802:")
    assert event.dedupe_key == again.dedupe_key != other.dedupe_key


def test_a_push_without_a_number_is_identified_by_its_content() -> None:
    one, same, other = (read_orderflow_envelope(text) for text in (b"<a/>", b"<a/>", b"<b/>"))
    assert one.dedupe_key == same.dedupe_key != other.dedupe_key
    assert one.sequence is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b"", "body"),
        (b"<event>", "body"),
        (b'<!DOCTYPE e SYSTEM "http://example.test/x"><event/>', "body"),
        (b'<!DOCTYPE e [<!ENTITY x "y">]><event messageId="&x;"/>', "body"),
        (b'<inventory messageId="x"/>', "messageId"),
        (b'<inventory messageId="99999999999999999999"/>', "messageId"),
        (b'<inventory messageId="9999999999999999999"/>', "messageId"),
        (b"<event><detail><order/></detail></event>", "detail.order.externalReference"),
        (b'<event entity="order"/>', "externalReference"),
    ],
)
def test_a_bad_push_is_rejected_at_its_path(text: bytes, path: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_orderflow_envelope(text)
    assert caught.value.code == "event.invalid"
    assert list(caught.value.fields) == [path]


@pytest.mark.parametrize(
    "order",
    [
        b'<order externalReference="UK 1_cancelled_77"/>',
        b'<order externalReference="UK 1_cancelled_77" originatingOrderReference="UK 1"/>',
        b'<order externalReference="UK 1"/>',
    ],
)
def test_a_word_of_an_order_that_was_renamed_is_filed_under_its_own_name(order: bytes) -> None:
    assert read_orderflow_envelope(b"<event><detail>" + order + b"</detail></event>").key == "UK 1"
