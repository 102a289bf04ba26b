"""The warehouse's news as it should not be but is: through the door and the flow, to the storefront."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.core.fulfillment import Stage
from tests.integration.flows.conftest import SITE

ZONE = "%Y-%m-%d %H:%M:%S"


def shipment(number: str, lines: Sequence[tuple[str, object]], state: str = "despatched", **more: str) -> str:
    goods = "".join(f'<orderLine product="{sku}" quantity="{units}"/>' for sku, units in lines)
    told = {"externalReference": f"{number}-1", "state": state, "courier": "DPD", "despatchReference": "P1"}
    named = " ".join(f'{name}="{value}"' for name, value in (told | more).items())
    return f"<shipment {named}><orderLines>{goods}</orderLines></shipment>"


def event(
    number: str, *shipments: str, at: str = "2026-07-01 10:00:00", message: int = 7, channel: str = SITE
) -> str:
    return (
        f'<event messageId="{message}" eventTime="{at}" eventType="shipment_despatched" entity="shipment">'
        f'<detail><order externalReference="{number}" channel="{channel}"><shipments>{"".join(shipments)}'
        f"</shipments></order></detail></event>"
    )


def returned(number: str, lines: Sequence[tuple[str, object]]) -> str:
    goods = "".join(f'<returnLine product="{sku}" quantity="{units}"/>' for sku, units in lines)
    back = f'<return id="R1" orderReference="{number}">{goods}</return>'
    return f'<event messageId="9" eventType="return_applied" entity="return"><detail>{back}</detail></event>'


def pushed(house: Any, content: str | bytes) -> None:
    """Take a document in as the receiver's door does, and work on it."""
    house.receive(content)
    house.work()


def goods(house: Any, number: str) -> list[tuple[str, int]]:
    (stored,) = house.alive(number)
    return [(line["sku"], line["quantity"]) for line in stored["lines"]]


def known(house: Any, number: str) -> Any:
    return house.bridge.orders_store.known(house.bridge.settings.sites[SITE], number)[1]


def stage(house: Any, number: str) -> Any:
    return known(house, number).shipments[f"{number}-1"].stage


def untouched(house: Any, number: str) -> None:
    assert known(house, number).shipments == {}
    assert house.order(number)["shippingStatus"] == "not_shipped"


def why(house: Any) -> tuple[str, dict[str, str]]:
    """The one dead letter's code and its reasons by field."""
    (row,) = house.rows("SELECT error_code, error_detail, body FROM message WHERE state = 'dead'")
    assert row["body"]
    return row["error_code"], dict(row["error_detail"]["fields"])


def test_an_unknown_word_for_a_stage_is_kept_with_its_cure(house: Any) -> None:
    number = house.handed_over()
    pushed(house, event(number, shipment(number, goods(house, number), state="on_the_moon")))
    code, fields = why(house)
    assert (code, list(fields)) == ("stage.unknown", ["event.detail.order.shipments.0.state"])
    assert "add it to [sites.RefArchUK.stages]" in fields["event.detail.order.shipments.0.state"]
    untouched(house, number)


def test_an_unknown_order_is_waited_for_and_loses_nothing(house: Any) -> None:
    pushed(house, event("NOBODYS", shipment("NOBODYS", [("X", 1)])))
    (row,) = house.rows("SELECT state, error_code, tries FROM message WHERE key = 'NOBODYS'")
    assert (row["state"], row["error_code"]) == ("due", "order.not_linked")
    assert house.dead() == []


def test_news_of_an_order_that_is_not_pushed_yet_is_applied_when_it_arrives(house: Any) -> None:
    (number,) = house.place()
    sku = house.edit(number)["productItems"][0]["productId"]
    pushed(house, event(number, shipment(number, [(sku, 1)])))
    assert house.dead() == []
    assert house.order(number)["shippingStatus"] == "not_shipped"

    house.hear(number)
    house.work()

    assert stage(house, number) is Stage.SHIPPED
    assert house.order(number)["shippingStatus"] in {"shipped", "part_shipped"}


def test_a_shipment_for_an_order_of_another_channel_is_not_applied(house: Any) -> None:
    number = house.handed_over()
    pushed(house, event(number, shipment(number, goods(house, number)), channel="RefArchGlobal"))
    code, fields = why(house)
    assert (code, list(fields)) == ("order.foreign", ["event.detail.order.channel"])
    untouched(house, number)


def test_more_shipped_than_ordered_is_told_as_far_as_ordered_and_shown_to_a_person(house: Any) -> None:
    number = house.handed_over()
    ordered = goods(house, number)
    pushed(house, event(number, shipment(number, [(sku, units + 5) for sku, units in ordered])))

    found = {one.field for one in house.disputed(number)}
    assert found == {"order.quantities"}
    (told,) = house.rows(
        "SELECT body FROM message WHERE body LIKE '%-1-shipped%' AND topic = 'posting.planned'"
    )
    lines = json.loads(told["body"])["value"]["lineItems"]
    assert sum(line["quantity"] for line in lines) == sum(units for _, units in ordered)
    assert house.order(number)["shippingStatus"] == "shipped"
    assert house.dead() == []


@pytest.mark.parametrize("units", ["-1", "1.5", "", "two", "\u0661", "9" * 30])
def test_a_quantity_that_is_none_is_refused_at_its_path(house: Any, units: str) -> None:
    number = house.handed_over()
    ((sku, _), *_) = goods(house, number)
    pushed(house, event(number, shipment(number, [(sku, units)])))
    code, fields = why(house)
    assert code == "event.invalid"
    assert [path.rpartition(".")[2] for path in fields] == ["quantity"]
    untouched(house, number)


def test_a_line_of_no_units_is_no_line(house: Any) -> None:
    number = house.handed_over()
    ordered = goods(house, number)
    pushed(house, event(number, shipment(number, [*ordered, ("RA-00199", 0)])))
    assert stage(house, number) is Stage.SHIPPED
    assert "RA-00199" not in {item.sku for item in known(house, number).shipments[f"{number}-1"].items}
    assert house.disputed(number) == []


def test_a_tracking_number_with_blanks_and_slashes_is_told_and_its_page_can_be_opened(house: Any) -> None:
    number = house.handed_over()
    pushed(
        house, event(number, shipment(number, goods(house, number), despatchReference=" JD 00/12 /é?x=1 "))
    )
    (parcel,) = known(house, number).shipments[f"{number}-1"].parcels
    assert parcel == "JD 00/12 /é?x=1"
    page = house.edit(number)["c_ofShipments"]
    assert "JD%2000%2F12%20%2F%C3%A9%3Fx%3D1" in page
    assert house.dead() == []


def test_a_return_of_more_than_was_shipped_is_for_a_person_and_gives_back_no_more_than_was_paid(
    house: Any,
) -> None:
    number = house.handed_over()
    ordered = goods(house, number)
    pushed(house, event(number, shipment(number, ordered)))
    pushed(house, returned(number, [(sku, units + 3) for sku, units in ordered]))

    assert {one.field for one in house.disputed(number)} == {"return.items"}
    assert house.order(number)["externalOrderStatus"] == "returned"
    assert house.dead() == []


@pytest.mark.parametrize("at", ["2015-03-01 10:00:00", "2099-01-01 00:00:00"])
def test_a_time_nobody_can_believe_is_the_time_of_receipt(house: Any, at: str) -> None:
    number = house.handed_over()
    pushed(house, event(number, shipment(number, goods(house, number)), at=at))
    reached = known(house, number).shipments[f"{number}-1"].reached[Stage.SHIPPED]
    assert abs(datetime.now(UTC) - reached) < timedelta(hours=1)


def test_message_ids_that_go_back_after_a_restore_are_news_all_the_same(house: Any) -> None:
    number = house.handed_over()
    lines = goods(house, number)
    now = datetime.now(UTC)
    later = (now + timedelta(hours=2)).strftime(ZONE)
    pushed(house, event(number, shipment(number, lines, "packed"), at=now.strftime(ZONE), message=90_000))
    pushed(house, event(number, shipment(number, lines), at=later, message=12))
    assert stage(house, number) is Stage.SHIPPED
    # Also with the very number of another message.
    pushed(house, event(number, shipment(number, lines, despatchReference="P2"), at=later, message=90_000))
    assert known(house, number).shipments[f"{number}-1"].parcels == ("P1", "P2")


def test_three_hundred_parcels_fit_wherever_they_are_told(house: Any) -> None:
    number = house.handed_over()
    packages = "".join(f'<package despatchReference="JD{n:018d}"/>' for n in range(300))
    lines = "".join(
        f"<orderLine><productReference>{sku}</productReference><quantity>{units}</quantity></orderLine>"
        for sku, units in goods(house, number)
    )
    house.said(
        f"<shipment><reference>{number}-1</reference><orderReference>{number}</orderReference>"
        f"<state>despatched</state><courier>DPD</courier><packages>{packages}</packages>"
        f"<orderLines>{lines}</orderLines></shipment>",
        number,
    )
    house.work()
    assert len(known(house, number).shipments[f"{number}-1"].parcels) == 300
    row = house.edit(number)
    assert len(row["c_ofShipments"]) <= 4_000
    assert '"moreParcels":' in row["c_ofShipments"]
    assert house.dead() == []
    assert house.order(number)["shippingStatus"] == "shipped"


def declared(text: str, encoding: str, name: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="{name or encoding}"?>{text}'.encode(encoding)


@pytest.mark.parametrize(
    "write",
    [
        lambda text: declared(text, "UTF-16"),
        lambda text: b"\xff\xfe" + declared(text, "UTF-16-LE", "UTF-16"),
        lambda text: b"\xfe\xff" + text.encode("UTF-16-BE"),
        lambda text: declared(text, "UTF-32"),
        lambda text: declared(text, "ISO-8859-1"),
        lambda text: declared(text, "windows-1252"),
        lambda text: b"\xef\xbb\xbf" + declared(text, "UTF-8"),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode(),
    ],
    ids=["UTF-16", "UTF-16LE", "BOM alone", "UTF-32", "latin", "windows", "UTF-8 with BOM", "BOM", "bare"],
)
def test_the_same_words_arrive_in_every_encoding(house: Any, write: Any) -> None:
    number = house.handed_over()
    pushed(house, write(event(number, shipment(number, goods(house, number), despatchReference="Zoë/1"))))
    assert known(house, number).shipments[f"{number}-1"].parcels == ("Zoë/1",)
    assert house.dead() == []


@pytest.mark.parametrize("name", ["UTF-16", "UTF-16LE", "UTF-32"])
def test_a_declaration_that_is_wrong_about_its_bytes_turns_no_word_into_another(
    house: Any, name: str
) -> None:
    number = house.handed_over()
    text = event(number, shipment(number, goods(house, number)))
    for blank in ("", " "):
        body = f'<?xml version="1.0" encoding="{name}"?>{text}{blank}'.encode()
        try:
            pushed(house, body)
        except Exception as refused:  # noqa: BLE001  whatever the door answers with
            assert type(refused).__name__ == "Refused"  # noqa: PT017
        else:
            assert stage(house, number) is Stage.SHIPPED
    assert house.dead() == []


def test_in_the_hour_that_repeats_in_autumn_the_earlier_moment_is_taken(house: Any) -> None:
    number = house.handed_over()
    pushed(house, event(number, shipment(number, goods(house, number)), at="2026-10-25 01:30:00"))
    reached = known(house, number).shipments[f"{number}-1"].reached[Stage.SHIPPED]
    assert reached == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
