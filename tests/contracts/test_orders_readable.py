"""What SCAPI shows of an order, which is less than OCAPI shows, is enough to hand it over to the cent."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.sites import load_sites
from schemas.base import parse_object
from schemas.sfcc.mapping import read_order
from sync.core.orders import Order, check, total
from sync.core.sites import Site
from sync.sandbox.catalog import catalog
from sync.sandbox.chance import Chance
from sync.sandbox.sfcc.answers import dumps
from sync.sandbox.sfcc.samples import Shopper
from sync.sandbox.sfcc.scapi import shown
from sync.sandbox.world import SITES

COUNT = 200
CONFIGURED = load_sites(Path(__file__).parents[2] / "config" / "sites.toml")


def documents() -> list[dict[str, Any]]:
    orders = []
    for index in range(COUNT):
        shopper = Shopper(
            Chance(f"7:{index}"), SITES[index % len(SITES)], catalog(), lambda _sku, _units: True
        )
        rest = {"orderNo": f"C{index}", "status": "new", "creationDate": "2026-08-19T09:31:05.000Z"}
        orders.append(shopper.order(None, "refarch") | rest)
    return orders


def read(document: dict[str, Any]) -> tuple[Order, Site]:
    site = CONFIGURED[document["siteId"]]
    return read_order(parse_object(dumps(document)), site), site


@pytest.mark.parametrize("document", documents(), ids=lambda document: str(document["orderNo"]))
def test_an_order_is_handed_over_to_the_cent(document: dict[str, Any]) -> None:
    order, site = read(shown(document))
    check(order, site)
    lines = total(line.amounts for line in order.lines)
    assert lines + total(one.charge for one in order.shipments) + order.not_shipped == order.amounts


def test_options_are_lines_of_their_own_that_cannot_be_named() -> None:
    found = 0
    for document in documents():
        options = [one for item in document["productItems"] for one in item.get("optionItems", [])]
        order, _ = read(shown(document))
        unnamed = [line for line in order.lines if not line.item_id]
        assert [line.sku for line in unnamed] == [option["productId"] for option in options]
        assert [line.quantity for line in unnamed] == [option["quantity"] for option in options]
        found += len(options)
    assert found


def test_the_orders_discount_reaches_an_option_that_does_not_tell_its_share() -> None:
    discounted = 0
    for document in documents():
        items = document["productItems"]
        if not document.get("orderPriceAdjustments") or not any("optionItems" in item for item in items):
            continue
        order, _ = read(shown(document))
        whole, _ = read(document)
        for line, told in zip(order.lines, whole.lines, strict=True):
            # The shares of several options may differ by a cent from the storefront's own.
            assert abs(line.amounts.gross - told.amounts.gross) <= Decimal("0.02")
        discounted += 1
    assert discounted
