from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.sandbox.orderflow import times
from sync.sandbox.serve import Running
from tests.sandbox.orderflow_shop import CHANNEL, ORDER, Shop, item


@pytest.fixture
def shop(sandbox: Running) -> Iterator[Shop]:
    shop = Shop(sandbox)
    yield shop
    shop.close()


CANCEL = "remoteorder/order/cancel.xml"
DESPATCHES = "remoteorder/shipment/despatches.xml"


def cancel(shop: Shop, reference: str, *, renames: str) -> Any:
    return shop.tell(CANCEL, externalReference=reference, cancelChangesExternalReference=renames)


def despatches(shop: Shop, **query: str) -> list[str | None]:
    found = shop.ask(DESPATCHES, **query)
    return [shipment.findtext("reference") for shipment in found]


def test_a_cancel_without_renaming_keeps_the_number_taken(shop: Shop) -> None:
    shop.order("A-1")
    assert cancel(shop, "A-1", renames="False").text == "Order 'A-1' cancelled"
    assert shop.detail("A-1").get("state") == "cancelled"
    assert len(shop.insert(item("A-1")).find("importDuplicates")) == 1
    assert "No cancel operation performed" in (cancel(shop, "A-1", renames="false").text or "")


def test_a_cancel_with_renaming_frees_the_number(shop: Shop) -> None:
    shop.order("A-1")
    assert cancel(shop, "A-1", renames="true").tag == "message"
    assert cancel(shop, "A-1", renames="true").findtext("exception") == "rtd.exceptions.MissingDataException"
    shop.order("A-1")
    old, new = shop.look("orders")
    assert old["reference"].startswith("A-1_cancelled_")
    assert (old["originating_reference"], old["state"]) == ("A-1", "cancelled")
    assert (new["reference"], new["state"]) == ("A-1", "validated")
    assert shop.detail(old["reference"]).get("state") == "cancelled"


@pytest.mark.parametrize("action", ["pick", "pack", "despatch"])
def test_a_cancel_is_refused_once_the_goods_are_picked(shop: Shop, action: str) -> None:
    shop.order("A-1")
    shop.lever(f"shipments/A-1/{action}")
    answer = cancel(shop, "A-1", renames="true")
    assert answer.tag == "message"
    assert "No cancel operation performed" in (answer.text or "")
    assert shop.detail("A-1").get("state") != "cancelled"


def test_one_picked_shipment_keeps_the_whole_order_from_being_cancelled(shop: Shop) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/split")
    shop.lever("shipments/A-1-1/pick")
    assert "No cancel operation performed" in (cancel(shop, "A-1", renames="false").text or "")


def test_the_limit_of_cancelling_is_a_switch(shop: Shop) -> None:
    shop.switch(cancel_limit="despatched")
    shop.order("A-1")
    shop.lever("shipments/A-1/pack")
    assert cancel(shop, "A-1", renames="false").text == "Order 'A-1' cancelled"


def test_cancels_are_in_the_journal_with_their_effect(shop: Shop) -> None:
    shop.order("A-1")
    for _ in range(2):
        cancel(shop, "A-1", renames="false")
    key = f"cancel:{CHANNEL}:A-1"
    assert [e["effect"] for e in shop.journal() if e["idempotency_key"] == key] == ["applied", "repeated"]


@pytest.mark.parametrize("reference", ["nobody", ""])
def test_the_detail_of_an_unknown_order_is_an_error_document(shop: Shop, reference: str) -> None:
    assert shop.detail(reference).findtext("exception") == "rtd.exceptions.MissingDataException"


def test_order_numbers_may_hold_any_character(shop: Shop) -> None:
    shop.insert(item("#10 &amp; 1+1"))
    assert shop.detail("#10 & 1+1").get("externalReference") == "#10 & 1+1"


def test_order_detail_is_answered_to_a_post_too(shop: Shop) -> None:
    shop.order("A-1")
    assert shop.tell("remoteorder/order/detail.xml", externalReference="A-1").tag == "order"


def test_pending_shipments_are_those_still_to_leave(shop: Shop) -> None:
    for reference in ("A-1", "A-2", "A-3"):
        shop.order(reference, ORDER + "shipment.earliestShipDate=2024-03-06\n")
    shop.lever("shipments/A-1/despatch")
    cancel(shop, "A-2", renames="false")
    [pending] = shop.ask("remoteorder/shipment/pending.xml")
    assert pending.findtext("reference") == "A-3-1"
    assert pending.findtext("orderReference") == "A-3"
    assert pending.findtext("state") == "ready"
    assert pending.findtext("earliestShipDate") == "2024-03-06"


def test_a_despatch_tells_the_parcels_and_if_asked_the_lines(shop: Shop) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch", {"parcels": 2, "courier": "DPD"})
    [shipment] = shop.ask(DESPATCHES, **{"from": "2020-01-01", "includeOrderLines": "true"})
    packages = [package.get("despatchReference") for package in shipment.find("packages")]
    assert len(set(packages)) == 2
    assert shipment.findtext("despatchReference") == packages[0]
    assert (shipment.findtext("courier"), shipment.findtext("originatingOrderReference")) == ("DPD", "A-1")
    [line] = shipment.find("orderLines")
    assert [child.text for child in line] == ["RA-00001", "2", "line-1"]
    [bare] = shop.ask(DESPATCHES, **{"from": "2020-01-01"})
    assert bare.find("orderLines") is None


def test_the_window_has_its_start_inside_and_its_end_outside(shop: Shop) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    [shipment] = shop.ask(DESPATCHES, **{"from": "2020-01-01"})
    completed = shipment.findtext("completed") or ""
    assert despatches(shop, **{"from": completed}) == ["A-1-1"]
    assert despatches(shop, **{"from": "2020-01-01", "to": completed}) == []
    shop.switch(window_end_inclusive=True)
    assert despatches(shop, **{"from": "2020-01-01", "to": completed}) == ["A-1-1"]


def test_times_are_local_to_the_warehouse_unless_they_name_a_zone() -> None:
    summer = datetime(2024, 7, 1, 11, 0, tzinfo=UTC)
    assert times.written(summer, "Europe/London") == "2024-07-01 12:00:00"
    for text in ("2024-07-01 12:00:00", "2024-07-01T12:00:00", "2024-07-01T11:00:00.1234567Z"):
        assert times.read("from", text, "Europe/London") == summer
    assert times.read("from", "2024-07-01", "Europe/London") == datetime(2024, 6, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "yesterday", "2024-02-30", "2024-07-01T12:00"])
def test_a_window_that_cannot_be_read_is_an_error_document(shop: Shop, value: str) -> None:
    assert shop.ask(DESPATCHES, **{"from": value}).tag == "error"


def test_a_late_despatch_can_be_switched_on(shop: Shop) -> None:
    shop.switch(despatch_visible_after_seconds=3600)
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    assert despatches(shop, **{"from": "2020-01-01"}) == []


def test_an_update_notification_is_queued_unless_the_order_is_here(shop: Shop) -> None:
    path, query = "remoteorder/order/update.xml", {"externalReference": "A-1", "thirdPartyReference": "7"}
    assert shop.tell(path, **query).text == "Result 'queued' for order A-1"
    shop.order("A-1")
    assert "Result 'no_operation' for order" in (shop.tell(path, **query).text or "")


def test_an_order_under_a_freed_number_is_another_one_in_the_journal(shop: Shop) -> None:
    for _ in range(2):
        shop.order("A-1")
        cancel(shop, "A-1", renames="true")
    keys = [entry["idempotency_key"] or "" for entry in shop.journal() if entry["effect"] == "applied"]
    (imports, cancels) = ([key for key in keys if key.startswith(kind)] for kind in ("order:", "cancel:"))
    assert len(set(imports)) == len(imports) == 2
    assert len(set(cancels)) == len(cancels) == 2
    assert shop.look("summary")["duplicates"] == []


def test_an_answer_may_leave_an_order_out_although_it_was_imported(shop: Shop) -> None:
    shop.switch(import_answer_lacks="A-1")
    answer = shop.insert(item("A-1"), item("A-2"))
    assert [line.get("externalReference") for line in answer.iter("import")] == ["A-2"]
    assert shop.detail("A-1").get("state") == "validated"
