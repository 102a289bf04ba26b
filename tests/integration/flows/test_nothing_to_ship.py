"""Orders of gift certificates and virtual lines alone: closed everywhere, and the warehouse hears nothing."""

import json
from typing import Any

import pytest

from sync.core.ports import Selection
from sync.core.timeline import What, timeline
from sync.flows.drafts import placed
from sync.store.trails import PostgresTrails
from tests.cases.write import ORDERS

SITE = "RefArchUK"
CASE = ORDERS / "gb_gift_certificate_alone_has_nothing_to_ship" / "order.json"
NUMBER = "UK00090001"


@pytest.fixture
def number(house: Any) -> str:
    """A gift certificate, bought in the storefront."""
    document = json.loads(CASE.read_text()) | {"orderNo": NUMBER, "siteId": SITE}
    house.shop("POST", "orders", document)
    house.hear(NUMBER)
    return NUMBER


def story(house: Any, number: str) -> list[tuple[What, str]]:
    trail = PostgresTrails(house.bridge.sessions).trail(SITE, number)
    return [(entry.what, entry.text) for entry in timeline(trail, house.bridge.settings.sites[SITE])]


def outcomes(house: Any) -> list[tuple[str, str]]:
    rows = house.rows("SELECT state, note FROM message WHERE topic = 'order.placed' ORDER BY id")
    return [(row["state"], row["note"]) for row in rows]


def test_it_is_closed_without_a_hand_over_and_waits_for_no_export(house: Any, number: str) -> None:
    house.work()

    assert outcomes(house) == [("done", "nothing to ship: 50.00 GBP for virtual lines and gift certificates")]
    row = house.order(number)
    assert (row["exportStatus"], row.get("externalOrderStatus")) == ("exported", None)
    assert house.calls("order:") == []
    assert house.rows("SELECT reference FROM handover") == []


def test_its_timeline_says_why_nothing_comes(house: Any, number: str) -> None:
    house.work()
    told = story(house, number)
    assert (What.CLOSED, "nothing to ship: 50.00 GBP for virtual lines and gift certificates") in told
    assert (What.TOLD, "export status: exported") in told


def test_a_second_event_of_it_changes_nothing(house: Any, number: str) -> None:
    house.work()
    house.bridge.ledger.add([placed(SITE, number, f"hook:{number}:again")])
    house.work()
    assert [state for state, _ in outcomes(house)] == ["done", "done"]
    house.nothing_twice()


def test_a_refusal_before_its_cure_is_settled_with_it(house: Any, number: str) -> None:
    house.edit(number, orderTotal=99.0)
    house.work()
    assert house.dead() == [(number, "order.total_mismatch")]
    assert house.order(number)["exportStatus"] == "failed"

    house.edit(number, orderTotal=50.0, exportStatus="ready")
    bridge = house.bridge
    bridge.orders.collect(bridge.settings.sites[SITE], bridge.overlap)
    house.work()

    assert house.dead() == []
    assert house.order(number)["exportStatus"] == "exported"


def test_a_cancellation_that_is_asked_for_costs_nobody_anything(house: Any, number: str) -> None:
    house.work()
    house.news(number, "order.cancel_requested")
    house.work()
    assert house.order(number)["status"] == "cancelled"
    assert house.conflicts(number) == []


def test_a_refused_order_whose_cancellation_is_asked_for_is_canceled_in_the_storefront(house: Any) -> None:
    (refused,) = house.place()
    house.edit(refused, orderTotal=1.0)
    house.hear(refused)
    house.work()
    house.news(refused, "order.cancel_requested")
    house.work()
    assert house.order(refused)["status"] == "cancelled"
    assert house.stored(refused) == []


def test_a_dry_run_says_that_there_is_nothing_to_ship(house: Any, number: str) -> None:
    house.edit(number, orderTotal=99.0)
    house.work()
    house.edit(number, orderTotal=50.0)
    (trial,) = house.bridge.reprocess.dry_run(Selection(key=number))
    assert (trial.passes, trial.document) == (True, "")
    assert trial.note.startswith("nothing to ship")
