"""Bundles in bundles, options of parts, virtual parts: everything that can be shipped is, once."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from schemas.base import parse_json
from schemas.sfcc.mapping import read_order
from sync.core.errors import Rejected
from sync.core.orders import Order, check
from sync.core.sites import LinePolicy
from tests.unit.schemas.conftest import UK
from tests.unit.schemas.test_cases import CASES

Document = dict[str, Any]
VIRTUAL = replace(UK, lines=LinePolicy(virtual_skus=("E-",)))


@pytest.fixture
def document() -> Document:
    """An order of two bundles of a set (two pegs with an engraving, in a bag) and an e-book."""
    order: Document = parse_json((CASES / "gross_with_discounts" / "order.json").read_text())
    engraving = {"productId": "ENGRAVE", "optionId": "text", "grossPrice": 4, "netPrice": 3, "tax": 1}
    pegs = {"itemId": "pegs", "productId": "PEG", "quantity": 2, "basePrice": 3, "optionItems": [engraving]}
    bag = {"itemId": "bag", "productId": "BAG", "quantity": 1, "basePrice": 1}
    kit = {"itemId": "kit", "productId": "KIT", "quantity": 1, "bundledProductItems": [pegs, bag]}
    book = {"itemId": "book", "productId": "E-BOOK", "quantity": 1, "basePrice": 3}
    order["productItems"][0] |= {"quantity": 2, "bundledProductItems": [kit, book]}
    order["orderTotal"] += 4
    order["taxTotal"] += 1
    return order


def units(order: Order) -> list[tuple[str, str, int]]:
    return [(line.sku, line.belongs_to, line.quantity) for line in order.lines]


def test_a_bundle_within_a_bundle_is_broken_up_and_a_parts_option_is_a_line(document: Document) -> None:
    order = read_order(document, UK)
    check(order, UK)
    whole = document["productItems"][0]["itemId"]
    assert units(order) == [
        ("PEG", whole, 2),
        ("BAG", whole, 1),
        ("E-BOOK", whole, 1),
        ("ENGRAVE", "pegs", 2),
        ("MUG-ENAM-WHT", "", 3),
    ]
    assert [line.path for line in order.lines][3] == (
        "productItems.0.bundledProductItems.0.bundledProductItems.0.optionItems.0"
    )
    assert order.goods.gross == Decimal("165.59")


def test_quantities_may_count_for_one_bundle_at_every_depth(document: Document) -> None:
    document["productItems"][0]["bundledProductItems"][0]["quantity"] = 3
    order = read_order(document, replace(UK, lines=LinePolicy(per_bundle=True)))
    assert [line.quantity for line in order.lines] == [12, 6, 2, 12, 3]


def test_a_virtual_part_is_not_shipped_and_its_share_is_accounted_for(document: Document) -> None:
    order = read_order(document, VIRTUAL)
    check(order, VIRTUAL)
    assert "E-BOOK" not in [line.sku for line in order.lines]
    assert (order.virtual, order.not_shipped.gross > 0) == (1, True)
    assert (order.goods + order.charges + order.not_shipped).gross == order.amounts.gross


def test_an_option_of_something_virtual_is_virtual_too(document: Document) -> None:
    document["productItems"][0]["productId"] = "E-SET"
    order = read_order(document, VIRTUAL)
    check(order, VIRTUAL)
    assert [line.sku for line in order.lines] == ["MUG-ENAM-WHT"]
    assert order.not_shipped.gross == Decimal("145.25")


def test_what_is_wrong_with_a_part_is_told_at_its_place(document: Document) -> None:
    document["productItems"][0]["bundledProductItems"][0]["bundledProductItems"][1]["quantity"] = 0
    with pytest.raises(Rejected) as caught:
        read_order(document, UK)
    path = "productItems.0.bundledProductItems.0.bundledProductItems.1.quantity"
    assert caught.value.fields == {path: "0 must be a whole positive number; correct it on the order"}
