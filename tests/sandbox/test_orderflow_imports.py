import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sync.sandbox.orderflow import documents, imports, xml
from sync.sandbox.orderflow.ids import Ids
from sync.sandbox.orderflow.importer import Importer
from sync.sandbox.orderflow.switches import orderflow_switches
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.serve import Running
from tests.sandbox.orderflow_shop import CHANNEL, ORDER, Shop, item


@pytest.fixture
def shop(sandbox: Running) -> Iterator[Shop]:
    shop = Shop(sandbox)
    yield shop
    shop.close()


def sections(result: Any) -> dict[str, list[str | None]]:
    return {section.tag: [line.get("externalReference") for line in section] for section in result}


def test_a_valid_order_is_reported_as_success_and_waits_in_the_warehouse(shop: Shop) -> None:
    result = shop.insert(item("A-1"))
    line = result.find("importSuccesses/import")
    assert line is not None
    assert (line.get("entity"), line.get("type"), line.get("operation")) == ("order", "order", "insert")
    detail = shop.detail("A-1")
    assert detail.get("state") == "validated"
    assert detail.find("shipments/shipment").get("state") == "ready"
    assert dict(detail.find(".//orderLine").attrib) == {
        "product": "RA-00001",
        "quantity": "2",
        "state": "created",
    }


def test_a_second_insert_is_reported_as_duplicate_and_changes_nothing(shop: Shop) -> None:
    shop.order("A-1")
    before = shop.stock("RA-00001")
    result = shop.insert(item("A-1", ORDER.replace("quantity=2", "quantity=9")))
    assert sections(result) == {"importSuccesses": [], "importFailures": [], "importDuplicates": ["A-1"]}
    assert shop.stock("RA-00001") == before


def test_the_same_number_may_exist_once_in_every_channel(shop: Shop, sandbox: Running) -> None:
    shop.order("A-1")
    other = Shop(sandbox, "RefArchEU")
    other.order("A-1")
    other.switch(order_unique_in="organisation")
    assert sections(other.insert(item("A-1")))["importDuplicates"] == ["A-1"]
    shop.order("A-2")
    assert sections(other.insert(item("A-2")))["importDuplicates"] == ["A-2"]
    other.close()


def test_every_item_of_a_batch_stands_for_itself(shop: Shop) -> None:
    shop.order("old")
    bad = ORDER.replace("RA-00001", "SKU-404")
    result = shop.insert(item("good"), item("bad", bad), item("old"), item("good"))
    assert sections(result) == {
        "importSuccesses": ["good"],
        "importFailures": ["bad"],
        "importDuplicates": ["old", "good"],
    }
    assert "SKU-404" in (result.findtext(".//failureDetail") or "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RA-00001", "SKU-404"),
        ("orderLine.1", "orderLine.x"),
        ("quantity=2", "quantity=0"),
        ("quantity=2", "quantity=1.5"),
        ("quantity=2", "quantity="),
        ("deliveryAddressLine1=1 Sample Row", "deliveryAddressLine1="),
        ("deliveryCountryCode=GB", ""),
        ("currency=GBP", "totalPriceGross=1,234.50"),
        ("currency=GBP", "orderLine.1.unitPriceNet=abc"),
        ("placed=2024-03-05 09:11:58", "placed=05/03/2024"),
        ("placed=2024-03-05 09:11:58", "placed=2024-02-30 09:11:58"),
        ("currency=GBP", "exported=2024-03-05T09:11:58Z"),
        ("entity:shipment", "entity:parcel"),
        ("entity:order", "entity:return"),
        ("currency=GBP", f"shipment.externalReference={'x' * 121}"),
        ("currency=GBP", "shipment.site=MOON"),
    ],
)
def test_an_order_with_a_fault_fails_and_leaves_nothing(shop: Shop, old: str, new: str) -> None:
    assert old in ORDER
    result = shop.insert(item("A-1", ORDER.replace(old, new)))
    assert sections(result)["importFailures"] == ["A-1"]
    assert shop.detail("A-1").tag == "error"


def test_a_reference_over_120_characters_fails(shop: Shop) -> None:
    assert sections(shop.insert(item("x" * 121)))["importFailures"] == ["x" * 121]
    assert sections(shop.insert(item("x" * 120)))["importSuccesses"] == ["x" * 120]


@pytest.mark.parametrize("operation", ["update", "merge"])
def test_an_order_cannot_be_changed_by_import(shop: Shop, operation: str) -> None:
    shop.order("A-1")
    assert sections(shop.insert(item("A-1", operation=operation)))["importFailures"] == ["A-1"]


def test_everything_about_an_order_is_kept(shop: Shop) -> None:
    text = f"""{ORDER}
exported=2024-03-05T09:12:00
customerComment=Ring twice[BR]Leave with porter
orderLine.1.totalPriceGross=30.00
shipment.deliverySuggestionCode=STD48
orderAttribute.1.name=gift
orderAttribute.1.value=yes
unknownThing=kept too
"""
    shop.order("A-1", text)
    [row] = shop.look("orders")
    assert row["exported"] == "2024-03-05T09:12:00"
    assert row["details"]["customerComment"] == "Ring twice\nLeave with porter"
    assert row["details"]["unknownThing"] == "kept too"
    assert row["attributes"] == {"gift": "yes"}
    [shipment] = row["shipments"]
    assert shipment["details"]["deliverySuggestionCode"] == "STD48"
    assert shipment["lines"][0]["details"]["totalPriceGross"] == "30.00"
    assert shipment["lines"][0]["third_party_reference"] == "line-1"


def test_escaped_text_and_text_around_child_elements_is_read_like_cdata(shop: Shop) -> None:
    text = ORDER.replace("Ada Example", "A &amp; Bç").replace(
        "currency=GBP", "<alias value='x'/>currency=EUR"
    )
    assert len(shop.insert(f'<import type="order" externalReference="A-1">{text}</import>')[0]) == 1
    [row] = shop.look("orders")
    assert row["details"]["deliveryContactName"] == "A & Bç"
    assert row["details"]["currency"] == "EUR"


def test_one_success_line_per_entity_can_be_switched_on(shop: Shop) -> None:
    shop.switch(success_line_per_entity=True)
    result = shop.insert(item("A-1"))
    lines = result.findall("importSuccesses/import")
    assert [line.get("entity") for line in lines] == ["order", "shipment", "orderLine"]
    assert {line.get("externalReference") for line in lines} == {"A-1"}


def test_strict_property_lists_can_be_switched_on(shop: Shop) -> None:
    shop.switch(strict_properties=True)
    shop.order("A-1", ORDER.replace("Ada Example", "Ada\\\n  Example") + "# remark = none\n")
    [row] = shop.look("orders")
    assert row["details"]["deliveryContactName"] == "AdaExample"
    assert not any("remark" in name for name in row["details"])


def test_an_order_for_an_unknown_product_can_be_made_to_wait_instead(shop: Shop) -> None:
    shop.switch(unknown_sku="accept")
    shop.order("A-1", ORDER.replace("RA-00001", "SKU-404"))
    assert shop.stock("SKU-404")["available"] == -2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<imports><import>",
        b"<orders/>",
        b"<!DOCTYPE imports><imports/>",
        b'<!DOCTYPE imports [<!ENTITY x "y">]><imports>&x;</imports>',
        b'<!DOCTYPE imports [<!ENTITY x SYSTEM "file:///etc/passwd">]><imports>&x;</imports>',
        b"<imports>\xff\xfe</imports>",
    ],
)
def test_a_document_that_cannot_be_read_safely_is_answered_with_an_error(shop: Shop, body: bytes) -> None:
    url = f"{shop.url}/web/remoteorder/imports/importitems.xml"
    answer = shop.session.post(url, data=body, timeout=30)
    root = etree.fromstring(answer.content)
    assert (answer.status_code, root.tag) == (200, "error")
    assert (root.findtext("exception") or "").startswith("rtd.exceptions.")


@pytest.mark.parametrize(
    ("kind", "effects"), [("cut_after", ["applied", "repeated"]), ("cut_before", ["applied"])]
)
def test_an_order_whose_answer_was_lost_can_safely_be_sent_again(
    shop: Shop, kind: str, effects: list[str]
) -> None:
    plan = {"rules": [{"kind": kind, "path": "remoteorder/imports", "times": 1}]}
    shop.session.put(f"{shop.url}/_sandbox/faults", json=plan, timeout=30)
    with pytest.raises(requests.ConnectionError):
        shop.insert(item("A-1"))
    shop.insert(item("A-1"))
    assert len(shop.look("orders")) == 1
    key = f"order:{CHANNEL}:A-1"
    assert [e["effect"] for e in shop.journal() if e["idempotency_key"] == key] == effects


def test_an_order_that_no_warehouse_has_whole_comes_in_several_shipments(shop: Shop) -> None:
    changes = [
        {"sku": sku, "site": site, "total": 5 if here else 0}
        for sku, home in (("RA-00001", "MAIN"), ("RA-00002", "NORTH"))
        for site in ("MAIN", "NORTH")
        for here in [site == home]
    ]
    shop.lever("stock", {"changes": changes})
    second = "orderLine.2.product.externalReference=RA-00002\norderLine.2.quantity=1\n"
    shop.order("A-1", ORDER + second)
    [row] = shop.look("orders")
    placed = {shipment["reference"]: shipment["warehouse"] for shipment in row["shipments"]}
    assert placed == {"A-1-1": "MAIN", "A-1-2": "NORTH"}


def test_a_batch_over_the_limit_imports_nothing(shop: Shop) -> None:
    shop.switch(batch_limit=2)
    assert shop.insert(item("A-1"), item("A-2"), item("A-3")).tag == "error"
    assert shop.look("orders") == []


def test_the_journal_has_an_entry_per_item_with_its_key_and_effect(shop: Shop) -> None:
    shop.insert(item("A-1"), item("A-1"), item("A-2", "nothing=here"))
    effects = [
        (entry["idempotency_key"], entry["effect"]) for entry in shop.journal() if entry["idempotency_key"]
    ]
    assert effects == [
        (f"order:{CHANNEL}:A-1", "applied"),
        (f"order:{CHANNEL}:A-1", "repeated"),
        (f"order:{CHANNEL}:A-2", "refused"),
    ]
    summary = shop.look("summary")
    assert (summary["duplicates"], summary["repeated"]) == ([], 1)


NAMES = st.sampled_from(
    [line.partition("=")[0] for line in ORDER.split()]
    + ["orderLine.0.x", "shipment.site", "exported", "#", ""]
)
LINE = st.one_of(st.tuples(NAMES, st.text(max_size=20)).map("=".join), st.text(max_size=40))


@settings(max_examples=150, deadline=None)
@given(text=st.lists(LINE, max_size=20).map("\n".join), base=st.booleans(), strict=st.booleans())
def test_whatever_the_property_list_says_the_item_gets_one_line(text: str, base: bool, strict: bool) -> None:  # noqa: FBT001
    house = Warehouse("refarch", [CHANNEL], ["MAIN", "NORTH"], Ids(1))
    house.stock.open("RA-00001", {"MAIN": 5, "NORTH": 5})
    root = etree.Element("imports")
    etree.SubElement(root, "import", type="order", externalReference="A-1").text = xml.legal(
        (ORDER if base else "") + text
    )
    items = imports.read(etree.tostring(root), strict=strict, limit=1)
    importer = Importer(house, orderflow_switches())
    [line] = asyncio.run(importer.run(items, lambda item: importer.order(CHANNEL, item)))
    assert (line.outcome == "success") == bool(house.orders)
    json.dumps(items[0].properties, ensure_ascii=False).encode()
    etree.fromstring(xml.document(documents.import_result([line], "UTC")))
