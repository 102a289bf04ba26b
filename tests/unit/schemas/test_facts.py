from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas.orderflow.facts import fact
from sync.core.errors import Rejected
from sync.core.fulfillment import Fact, Item, ReturnFact, ShipmentFact, Stage
from sync.core.sites import Site

RECEIVED = datetime(2026, 7, 1, 12, tzinfo=UTC)
DETAIL = """<order externalReference="A" state="validated"><shipments>
  <shipment sequence="1" state="{state}" externalReference="A-1" courier="DPD" courierService="NEXT"
            despatchReference="P1">
    <orderLines>
      <orderLine product="X" quantity="2" state="{line}"/><orderLine product="X" quantity="1" state="{line}"/>
    </orderLines>
  </shipment></shipments></order>"""
DESPATCH = """<shipment><reference>A-1</reference><orderReference>A_split</orderReference>
  <originatingOrderReference>A</originatingOrderReference><state>despatched</state><carrier>dpd</carrier>
  <courier><![CDATA[DPD]]></courier><service>NEXT</service><despatchReference>P1</despatchReference>
  <trackingUrl>https://t.example/P1</trackingUrl><completed>2026-07-01 14:02:10</completed>
  <packages><package despatchReference="P1"/><package despatchReference="P2"/></packages>
  <orderLines><orderLine><productReference>X</productReference><quantity>2</quantity>
  <thirdPartyReference>line-1</thirdPartyReference></orderLine></orderLines></shipment>"""
RETURN = """<event messageId="40905" eventTime="2026-01-20 11:15:00" entity="return"><detail>
  <return id="2210" authorisation="RMA-310" orderReference="A">
    <returnLine product="X" quantity="1" reason="Too small" refund="true"/>
    <returnLine product="Y" quantity="2" reason="Too small"/>
  </return></detail></event>"""


def detail(state: str, line: str = "created") -> str:
    return DETAIL.format(state=state, line=line)


def event(inside: str, more: str = "") -> str:
    return f'<event messageId="7" eventTime="2026-07-01 10:29:51" {more}><detail>{inside}</detail></event>'


def test_an_order_detail_is_a_snapshot_as_of_its_receipt(uk: Site) -> None:
    items = (Item(sku="X", quantity=2), Item(sku="X", quantity=1))
    shipment = ShipmentFact(
        shipment="A-1", stage=Stage.PACKED, items=items, carrier="DPD", service="NEXT", parcels=("P1",)
    )
    assert fact(detail("packed"), uk, RECEIVED) == Fact(
        reference="A", at=RECEIVED, shipments=(shipment,), whole=True
    )


def test_an_event_counts_from_its_own_time_in_the_warehouses_zone(uk: Site) -> None:
    seen = fact(event(detail("packed")), uk, RECEIVED)
    # Ten o'clock of a British summer is nine in UTC.
    assert seen.at == datetime(2026, 7, 1, 9, 29, 51, tzinfo=UTC)
    assert seen.sequence == 7


def test_a_despatch_tells_lines_parcels_tracking_and_time(uk: Site) -> None:
    at = datetime(2026, 7, 1, 13, 2, 10, tzinfo=UTC)
    shipment = ShipmentFact(
        shipment="A-1",
        stage=Stage.SHIPPED,
        items=(Item(sku="X", quantity=2, item_id="line-1"),),
        carrier="DPD",
        service="NEXT",
        parcels=("P1", "P2"),
        tracking_url="https://t.example/P1",
        at=at,
    )
    assert fact(DESPATCH, uk, RECEIVED) == Fact(reference="A", at=at, shipments=(shipment,))


def test_a_tracking_address_that_is_no_web_address_is_left_out(uk: Site) -> None:
    seen = fact(DESPATCH.replace("https://t.example/P1", "javascript:alert(1)"), uk, RECEIVED)
    assert seen.shipments[0].tracking_url == ""


def test_a_return_tells_what_came_back(uk: Site) -> None:
    at = datetime(2026, 1, 20, 11, 15, tzinfo=UTC)
    items = (Item(sku="X", quantity=1), Item(sku="Y", quantity=2))
    returned = ReturnFact(
        return_id="2210", items=items, at=at, reason="Too small", refund=True, refunded=items[:1]
    )
    assert fact(RETURN, uk, RECEIVED) == Fact(reference="A", at=at, returns=(returned,), sequence=40905)


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ("ready", Stage.ACCEPTED),
        ("out_of_stock", Stage.ACCEPTED),
        ("reset", Stage.ACCEPTED),
        ("released", Stage.ACCEPTED),
        ("pickable", Stage.ACCEPTED),
        ("packable", Stage.PICKED),
        ("packed", Stage.PACKED),
        ("despatched", Stage.SHIPPED),
        ("cancelled", Stage.CANCELED),
    ],
)
def test_each_state_has_its_stage(uk: Site, state: str, stage: Stage) -> None:
    assert fact(detail(state), uk, RECEIVED).shipments[0].stage is stage


def test_picked_lines_prove_the_pick(uk: Site) -> None:
    assert fact(detail("pickable", "picked"), uk, RECEIVED).shipments[0].stage is Stage.PICKED


def test_a_sites_own_states_are_known(uk: Site) -> None:
    own = replace(uk, stages={"on_trolley": "picked", "packable": "accepted"})
    assert fact(detail("on_trolley"), own, RECEIVED).shipments[0].stage is Stage.PICKED
    assert fact(detail("packable"), own, RECEIVED).shipments[0].stage is Stage.ACCEPTED


def test_an_unknown_state_is_for_a_person(uk: Site) -> None:
    with pytest.raises(Rejected) as caught:
        fact(event(detail("teleported")), uk, RECEIVED)
    assert caught.value.code == "stage.unknown"
    assert list(caught.value.fields) == ["event.detail.order.shipments.0.state"]


@pytest.mark.parametrize(
    "text",
    [
        '<order externalReference="A" state="cancelled"><shipments/></order>',
        '<event entity="order" externalReference="A" state="cancelled"/>',
    ],
)
def test_a_canceled_order_without_shipments_is_one_canceled_shipment(uk: Site, text: str) -> None:
    seen = fact(text, uk, RECEIVED)
    assert seen.shipments == (ShipmentFact(shipment="A", stage=Stage.CANCELED),)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<order>", "body"),
        ("<message/>", "body"),
        ("<order/>", "order.externalReference"),
        ('<order externalReference="A"><shipments><shipment/></shipments></order>', None),
        (detail("packed").replace('quantity="1"', 'quantity="1.5"'), "order.shipments.0.1.quantity"),
        (detail("packed").replace('product="X"', ""), "order.shipments.0.0.product"),
        (DESPATCH.replace("14:02:10", "25:61"), "shipment.completed"),
        (event(detail("packed")).replace("10:29", "x"), "event.eventTime"),
        (RETURN.replace('id="2210"', ""), "event.detail.return.id"),
    ],
)
def test_a_bad_document_is_rejected_at_its_path(uk: Site, text: str, path: str | None) -> None:
    with pytest.raises(Rejected) as caught:
        fact(text, uk, RECEIVED)
    assert caught.value.code == "event.invalid"
    assert list(caught.value.fields) == [path or "order.shipments.0.externalReference"]


def test_a_canceled_line_is_told_apart_from_those_that_go_on(uk: Site) -> None:
    text = detail("pickable").replace('quantity="1" state="created"', 'quantity="1" state="cancelled"')
    (seen,) = fact(text, uk, RECEIVED).shipments
    assert (seen.stage, seen.items) == (Stage.ACCEPTED, (Item(sku="X", quantity=2),))
    assert seen.canceled == (Item(sku="X", quantity=1),)


def test_a_shipment_whose_every_line_is_canceled_is_canceled(uk: Site) -> None:
    (seen,) = fact(detail("pickable", "cancelled"), uk, RECEIVED).shipments
    assert (seen.stage, seen.canceled) == (Stage.CANCELED, ())


@pytest.mark.parametrize("year", ["2099", "2015"])
def test_a_time_nobody_can_believe_is_no_time(uk: Site, year: str) -> None:
    text = event(detail("packed")).replace("2026-07-01 10:29", f"{year}-07-01 10:29")
    assert fact(text, uk, RECEIVED).at == RECEIVED


def test_an_order_of_another_channel_is_for_a_person(uk: Site) -> None:
    text = event(detail("packed").replace("<order ", '<order channel="de_web" '))
    with pytest.raises(Rejected) as caught:
        fact(text, uk, RECEIVED)
    assert caught.value.code == "order.foreign"


def test_goods_that_name_no_order_are_for_a_person(uk: Site) -> None:
    nameless = RETURN.replace(' authorisation="RMA-310" orderReference="A"', "")
    with pytest.raises(Rejected) as caught:
        fact(nameless, uk, RECEIVED)
    assert caught.value.code == "return.unmatched"


@pytest.mark.parametrize(
    ("kind", "state"),
    [("return_authorised", "expected"), ("return_refused", "refused"), ("return_applied", "received")],
)
def test_what_happened_to_a_return_is_told(uk: Site, kind: str, state: str) -> None:
    (returned,) = fact(RETURN.replace("<event ", f'<event eventType="{kind}" '), uk, RECEIVED).returns
    assert returned.state == state


def test_a_site_names_what_happens_to_its_returns_in_its_own_words(uk: Site) -> None:
    own = replace(uk, stages={"goods_back_at_desk": "received", "rma_printed": "expected"})
    for kind, state in own.stages.items():
        (returned,) = fact(RETURN.replace("<event ", f'<event eventType="{kind}" '), own, RECEIVED).returns
        assert returned.state == state


@pytest.mark.parametrize("word", ["goods_back_at_desk", "pickable"])
def test_a_word_that_is_none_of_a_return_is_for_a_person(uk: Site, word: str) -> None:
    own = replace(uk, stages={"pickable": "picked"})
    with pytest.raises(Rejected) as caught:
        fact(RETURN.replace("<event ", f'<event eventType="{word}" '), own, RECEIVED)
    assert caught.value.code == "stage.unknown"
    assert word in caught.value.fields["event.eventType"]


def test_a_word_of_returns_is_no_state_of_a_shipment(uk: Site) -> None:
    with pytest.raises(Rejected) as caught:
        fact(detail("expected_back"), replace(uk, stages={"expected_back": "expected"}), RECEIVED)
    assert caught.value.code == "stage.unknown"


PAYMENT = """<paymentRequest date="2026-06-30 10:00:00"><order externalReference="A"><shipments>
  <shipment externalReference="A-1"><orderLines><orderLine product="X" quantity="2"/></orderLines></shipment>
  <shipment externalReference="A-2"><orderLines><orderLine product="Y" quantity="1"/></orderLines></shipment>
  </shipments></order></paymentRequest>"""


def test_a_payment_request_names_its_shipments_and_their_goods(uk: Site) -> None:
    seen = fact(PAYMENT, uk, RECEIVED)
    assert (seen.reference, seen.shipments, seen.at.hour) == ("A", (), 9)
    assert [(one.shipment, one.items) for one in seen.payments] == [
        ("A-1", (Item(sku="X", quantity=2),)),
        ("A-2", (Item(sku="Y", quantity=1),)),
    ]


def test_a_payment_request_without_shipments_is_about_the_whole_order(uk: Site) -> None:
    bare = '<paymentRequest><order externalReference="A"/></paymentRequest>'
    (request,) = fact(bare, uk, RECEIVED).payments
    assert (request.shipment, request.at, request.items) == ("A", RECEIVED, ())


def test_a_payment_request_that_names_no_order_is_for_a_person(uk: Site) -> None:
    for bare in ("<paymentRequest/>", "<paymentRequest><order/></paymentRequest>"):
        with pytest.raises(Rejected) as caught:
            fact(bare, uk, RECEIVED)
        assert caught.value.code == "event.invalid"


def test_blanks_in_a_tracking_number_and_page_do_no_harm(uk: Site) -> None:
    text = DESPATCH.replace("<despatchReference>P1<", "<despatchReference> P1  /2 <").replace(
        "https://t.example/P1", "https://t.example/P1 /2"
    )
    (seen,) = fact(text, uk, RECEIVED).shipments
    assert seen.parcels[0] == "P1 /2"
    assert seen.tracking_url == "https://t.example/P1%20/2"
