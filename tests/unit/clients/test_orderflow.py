from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.orderflow.facts import fact
from sync.clients.orderflow import OrderflowClient
from sync.clients.sfcc import SfccClient
from sync.core.errors import Alarm, OutcomeUnknown, Rejected, Retryable
from sync.core.fulfillment import Stage
from sync.core.orders import WarehouseOrder, references, warehouse_orders
from sync.core.ports import Accepted, Refused, Taken, Unanswered
from sync.core.sites import Site
from tests.unit.clients.conftest import Remote

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def order(shop: Remote, storefront: SfccClient, uk: Site) -> WarehouseOrder:
    placed = shop.control("POST", "orders", {"count": 1, "seed": 1, "site": "RefArchUK", "hooks": False})
    read = storefront.order(uk, placed["orders"][0]["orderNo"])
    return warehouse_orders(read, uk, dict.fromkeys(references(read).values(), NOW))[0]


def test_an_order_is_imported_and_a_repeat_is_told(
    warehouse: OrderflowClient, order: WarehouseOrder, uk: Site
) -> None:
    assert warehouse.import_orders(uk, uk.home.channel, [order]) == {order.reference: Accepted()}
    assert isinstance(warehouse.import_orders(uk, uk.home.channel, [order])[order.reference], Taken)


def test_a_refusal_concerns_only_its_own_order(
    warehouse: OrderflowClient, order: WarehouseOrder, uk: Site
) -> None:
    unknown = replace(order, reference="UK-BAD", lines=(replace(order.lines[0], sku="NO-SUCH-SKU"),))
    results = warehouse.import_orders(uk, uk.home.channel, [unknown, order])
    assert isinstance(results["UK-BAD"], Refused)
    assert results[order.reference] == Accepted()


def test_an_order_under_our_reference_is_recognized_by_its_content(
    warehouse: OrderflowClient, order: WarehouseOrder, uk: Site
) -> None:
    assert not warehouse.holds(order.route.channel, order.reference, order.units)
    warehouse.import_orders(uk, uk.home.channel, [order])
    more = replace(order, lines=(replace(order.lines[0], quantity=99), *order.lines[1:]))
    assert warehouse.holds(order.route.channel, order.reference, order.units)
    assert not warehouse.holds(more.route.channel, more.reference, more.units)


@pytest.mark.parametrize("kind", ["cut_after", "cut_middle", "truncate"])
def test_a_lost_or_broken_import_answer_leaves_the_outcome_unknown(
    warehouse: OrderflowClient, house: Remote, order: WarehouseOrder, uk: Site, kind: str
) -> None:
    house.fault(kind=kind, method="POST", times=1)
    with pytest.raises(OutcomeUnknown):
        warehouse.import_orders(uk, uk.home.channel, [order])
    assert warehouse.holds(order.route.channel, order.reference, order.units)


def test_an_order_the_answer_does_not_mention_is_unanswered(
    warehouse: OrderflowClient, house: Remote, order: WarehouseOrder, uk: Site
) -> None:
    house.fault(kind="status", method="POST", status=200, body="<importResult/>")
    assert warehouse.import_orders(uk, uk.home.channel, [order]) == {order.reference: Unanswered()}


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_error_document_says_more_than_its_status(
    warehouse: OrderflowClient, house: Remote, order: WarehouseOrder, uk: Site, status: int
) -> None:
    house.control("PUT", "switches", {"error_status": status})
    assert warehouse.order_detail(uk.home.channel, "not #1 here") is None
    with pytest.raises(Rejected):
        warehouse.import_orders(uk, "nowhere", [order])


def test_maintenance_is_waited_out(warehouse: OrderflowClient, house: Remote, uk: Site) -> None:
    house.control("PUT", "switches", {"maintenance": True})
    with pytest.raises(Retryable) as caught:
        warehouse.order_detail(uk.home.channel, "A")
    assert caught.value.code in {"remote.unavailable", "remote.throttled"}


@pytest.mark.parametrize("status", [401, 412])
def test_wrong_credentials_are_an_alarm(house: Remote, uk: Site, status: int) -> None:
    house.control("PUT", "switches", {"bad_credentials_status": status})
    client = OrderflowClient(url=house.url + "/", user="sandbox", password="wrong")
    with pytest.raises(Alarm):
        client.order_detail(uk.home.channel, "A")
    client.close()


def test_a_despatched_shipment_is_sighted_once_with_the_same_identity(
    warehouse: OrderflowClient, house: Remote, order: WarehouseOrder, uk: Site
) -> None:
    enough = [{"sku": line.sku, "site": "MAIN", "total": 1_000} for line in order.lines]
    house.control("POST", "stock", enough)
    warehouse.import_orders(uk, uk.home.channel, [order])
    seen = warehouse.order_detail(uk.home.channel, order.reference)
    assert seen is not None
    for shipment in fact(seen.body, uk, NOW).shipments:
        for action in ("pick", "pack", "despatch"):
            house.control("POST", f"shipments/{shipment.shipment}/{action}", {})
    first = list(warehouse.despatches(uk.home.channel, NOW - HOUR, NOW + HOUR))
    assert {sighting.reference for sighting in first} == {order.reference}
    assert first == list(warehouse.despatches(uk.home.channel, NOW - HOUR, NOW + HOUR))
    facts = [fact(sighting.body, uk, NOW) for sighting in first]
    items = [item for one in facts for shipment in one.shipments for item in shipment.items]
    assert sorted(item.item_id for item in items) == sorted(line.item_id for line in order.lines)
    assert {shipment.stage for one in facts for shipment in one.shipments} == {Stage.SHIPPED}


def test_nothing_was_despatched_in_an_empty_window(warehouse: OrderflowClient, uk: Site) -> None:
    assert list(warehouse.despatches(uk.home.channel, NOW - 2 * HOUR, NOW - HOUR)) == []


def test_returns_are_put_together_from_the_rows_of_the_report(
    warehouse: OrderflowClient, house: Remote, uk: Site
) -> None:
    row = (
        "<return><orderReference>A</orderReference><authorisation>R</authorisation><product>{sku}</product>"
        "<quantity>1</quantity><completedDate>2026-01-05 10:00:00</completedDate>"
        "<lineReason>Too small</lineReason></return>"
    )
    body = "<returns>" + row.format(sku="X") + row.format(sku="Y") + "</returns>"
    house.fault(kind="status", path="report", status=200, body=body)
    [sighting] = warehouse.returns(uk.home, NOW - HOUR, NOW)
    [returned] = fact(sighting.body, uk, NOW).returns
    assert sighting.reference == "A"
    assert [item.sku for item in returned.items] == ["X", "Y"]
    assert returned.provisional
    assert (returned.at, returned.reason) == (datetime(2026, 1, 5, 10, tzinfo=UTC), "Too small")


def test_an_instance_without_the_report_is_not_asked(house: Remote, uk: Site) -> None:
    client = OrderflowClient(url=house.url, user="sandbox", password="sandbox")
    assert list(client.returns(uk.home, NOW - HOUR, NOW)) == []
    client.close()
    assert house.calls("GET", "report.xml") == 0


def test_counts_of_named_skus_are_asked_for_in_chunks(
    warehouse: OrderflowClient, house: Remote, uk: Site
) -> None:
    skus = [f"RA-{number:05}" for number in range(1, 121)]
    before = datetime.now(UTC)
    found = list(warehouse.counts(uk.organisation, [*skus, "with,comma", "unknown sku"]))
    assert {count.sku for count in found} == set(skus)
    assert all(before <= count.as_of <= datetime.now(UTC) for count in found)
    assert house.calls("GET", "inventory.xml") == 3


def test_long_names_are_asked_for_in_shorter_lists(
    warehouse: OrderflowClient, house: Remote, uk: Site
) -> None:
    skus = [f"{number:03}" + "品" * 253 for number in range(50)]
    assert list(warehouse.counts(uk.organisation, [*skus, "RA-00001"])) != []
    assert house.calls("GET", "inventory.xml") == 25
    queries = [entry["path"] for entry in house.journal() if "inventory.xml" in entry["path"]]
    assert all(len(query) < 8_000 for query in queries)


def test_a_sku_with_a_comma_cannot_be_asked_for_by_name(warehouse: OrderflowClient) -> None:
    assert [sku for sku in ("A", "A/1 50%", "Ä", "A,1", ",") if not warehouse.askable(sku)] == ["A,1", ","]


def test_all_counts_are_read_when_none_are_named(warehouse: OrderflowClient, uk: Site) -> None:
    found = list(warehouse.counts(uk.organisation))
    assert len({count.sku for count in found}) > 5_000
    assert {count.organisation for count in found} == {uk.organisation}


def test_no_sku_means_no_request(warehouse: OrderflowClient, house: Remote, uk: Site) -> None:
    assert list(warehouse.counts(uk.organisation, [])) == []
    assert house.calls("GET", "inventory.xml") == 0


@pytest.mark.parametrize("kind", ["truncate", "cut_middle"])
def test_a_broken_pull_of_counts_is_repeated(
    warehouse: OrderflowClient, house: Remote, uk: Site, kind: str
) -> None:
    house.fault(kind=kind, path="inventory", times=1)
    with pytest.raises(Retryable):
        list(warehouse.counts(uk.organisation, ["RA-00001"]))


def test_a_password_may_hold_letters_of_any_alphabet(warehouse: OrderflowClient, uk: Site) -> None:
    abroad = OrderflowClient(url=warehouse.url, user="sandbox", password="пароль")
    with pytest.raises(Alarm) as refused:
        abroad.order_detail(uk.home.channel, "ANY")
    assert refused.value.code == "credentials.refused"
