"""What our import document says of an order, in names and formats that Orderflow knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from schemas.orderflow.orders import import_document
from sync.core.orders import references, warehouse_orders
from sync.sandbox.sfcc.scapi import shown
from tests.contracts.orderflow import problems
from tests.contracts.test_orders_readable import documents, read

EXPORTED = datetime(2026, 8, 19, 9, 32, tzinfo=UTC)


def imported(document: dict[str, Any]) -> list[dict[str, str]]:
    order, site = read(shown(document))
    stamps = {name: EXPORTED + timedelta(seconds=n) for n, name in enumerate(references(order).values())}
    root = etree.fromstring(import_document(warehouse_orders(order, site, stamps), site))
    return [
        dict(line.split("=", 1) for line in (element.text or "").strip().split("\n"))
        for element in root.iterfind("import")
    ]


@pytest.mark.parametrize("document", documents()[:60], ids=lambda document: str(document["orderNo"]))
def test_every_property_of_an_import_is_one_orderflow_knows(document: dict[str, Any]) -> None:
    for properties in imported(document):
        assert problems(properties) == []


def test_the_contract_notices_names_and_formats_that_are_wrong() -> None:
    (properties, *_) = imported(documents()[0])
    for name, value in (
        ("deliveryCity", "Leeds"),
        ("totalTax", "1,234.50"),
        ("placed", "2026-08-19T09:31:05Z"),
    ):
        assert len(problems(properties | {name: value})) == 1
    assert len(problems({key: value for key, value in properties.items() if key != "currency"})) == 1
