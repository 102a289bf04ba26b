"""Each folder of tests/cases: an order document, and the import it becomes or why it is rejected."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.base import parse_object
from schemas.orderflow.orders import import_document
from schemas.sfcc.mapping import read_order
from sync.core.errors import Rejected
from sync.core.orders import Amounts, Order, WarehouseOrder, check, total
from sync.core.sites import Site

CASES = Path(__file__).parents[2] / "cases"
SITES_BY_CASE = {"net_shipments_bundle_option_certificates": "RefArchGlobal"}


def cases(expected: str) -> list[Path]:
    return sorted(path.parent for path in CASES.glob(f"*/{expected}"))


def order_of(case: Path, sites: dict[str, Site]) -> tuple[Order, Site]:
    site = sites[SITES_BY_CASE.get(case.name, "RefArchUK")]
    return read_order(parse_object((case / "order.json").read_text()), site), site


@pytest.mark.parametrize("case", cases("import.xml"), ids=lambda case: case.name)
def test_an_order_becomes_the_import_of_its_case(
    case: Path, sites: dict[str, Site], split: Callable[[Order, Site], list[WarehouseOrder]]
) -> None:
    order, site = order_of(case, sites)
    check(order, site)
    assert import_document(split(order, site), site).decode() == (case / "import.xml").read_text()


@pytest.mark.parametrize("case", cases("import.xml"), ids=lambda case: case.name)
def test_the_amounts_of_an_order_add_up_to_the_last_minor_unit(case: Path, sites: dict[str, Site]) -> None:
    order, _ = order_of(case, sites)
    whole = total(line.amounts for line in order.lines) + total(s.charge for s in order.shipments)
    assert whole + order.not_shipped == order.amounts
    assert sum(payment.amount for payment in order.payments) == order.amounts.gross


@pytest.mark.parametrize("case", cases("rejected.json"), ids=lambda case: case.name)
def test_a_bad_order_is_rejected_with_every_problem_at_its_path(case: Path, sites: dict[str, Site]) -> None:
    expected = json.loads((case / "rejected.json").read_text())
    with pytest.raises(Rejected) as caught:
        order_of(case, sites)
    assert caught.value.code == expected["code"]
    assert sorted(caught.value.fields) == expected["fields"]


def test_both_spellings_of_an_order_mean_the_same(sites: dict[str, Site]) -> None:
    scapi, _ = order_of(CASES / "gross_with_discounts", sites)
    ocapi, _ = order_of(CASES / "ocapi_spelling", sites)
    assert [line.amounts for line in ocapi.lines] == [line.amounts for line in scapi.lines]
    assert ocapi.shipments[0].address == scapi.shipments[0].address
    assert ocapi.customer == scapi.customer
    assert ocapi.amounts == scapi.amounts == Amounts(net=scapi.amounts.net, tax=scapi.amounts.tax)


def test_no_card_data_is_read(sites: dict[str, Site]) -> None:
    order, _ = order_of(CASES / "gross_with_discounts", sites)
    assert "4242" not in repr(order)
    assert "I HARTLEY" not in repr(order)


def test_a_parts_quantity_may_count_for_one_bundle(sites: dict[str, Site]) -> None:
    document = parse_object((CASES / "net_shipments_bundle_option_certificates" / "order.json").read_text())
    document["productItems"][0]["quantity"] = 3
    whole = read_order(document, sites["RefArchGlobal"])
    each = read_order(document, sites["RefArchGlobal"], per_bundle=True)
    assert [line.quantity for line in whole.lines[:2]] == [1, 4]
    assert [line.quantity for line in each.lines[:2]] == [3, 12]


def test_a_part_stands_below_its_bundle(sites: dict[str, Site]) -> None:
    order, _ = order_of(CASES / "net_shipments_bundle_option_certificates", sites)
    assert [line.path for line in order.lines] == [
        "productItems.0.bundledProductItems.0",
        "productItems.0.bundledProductItems.1",
        "productItems.1",
        "productItems.1.optionItems.0",
        "productItems.2",
    ]
