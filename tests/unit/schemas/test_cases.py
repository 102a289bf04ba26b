"""Each folder of tests/cases: an order document, and the import it becomes or why it is rejected."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.base import parse_object
from schemas.orderflow.orders import import_document
from schemas.sfcc.mapping import read_order
from sync.core.errors import Rejected
from sync.core.orders import Amounts, Order, WarehouseOrder, check, total
from sync.core.sites import LinePolicy, Site
from tests.cases import write

PRIVATE = ("firstName", "lastName", "address1", "address2", "city", "postalCode", "phone")
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
    site = sites["RefArchGlobal"]
    whole = read_order(document, site)
    each = read_order(document, replace(site, lines=LinePolicy(per_bundle=True)))
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


@pytest.mark.parametrize("folder", write.folders(), ids=lambda folder: folder.name)
def test_a_markets_order_becomes_what_its_case_expects(folder: Path) -> None:
    expected = {path.name: path.read_text() for path in folder.iterdir() if path.name != "order.json"}
    assert write.outcome(folder) == expected, "if that is meant: .venv/bin/python -m tests.cases.write"


def test_every_market_has_cases_of_both_kinds() -> None:
    sent, refused = (
        Counter(folder.name[:2].upper() for folder in write.folders() if (folder / name).exists())
        for name in (write.SENT, write.REJECTED)
    )
    markets = {site.country for site in write.SITES.values()}
    assert set(sent) == set(refused) == markets
    assert sum(sent.values()) + sum(refused.values()) >= 60


def test_no_refusal_tells_personal_data() -> None:
    for folder in write.folders():
        document, told = json.loads((folder / "order.json").read_text()), folder / write.REJECTED
        if told.exists():
            reasons = " ".join(json.loads(told.read_text())["fields"].values())
            addresses = [document["billingAddress"]]
            addresses += [one.get("shippingAddress", {}) for one in document["shipments"]]
            private = {address.get(name, "") for address in addresses for name in PRIVATE}
            assert not [value for value in private if value and value in reasons], folder.name


def test_a_case_that_changes_sides_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tmp_path / "case"
    shutil.copytree(write.ORDERS / "gb_half_a_postal_code_is_refused", case)
    document = (case / "order.json").read_text()
    (case / "order.json").write_text(document.replace('"LS21"', '"LS21 1AA"'))
    monkeypatch.setattr(write, "ORDERS", tmp_path)
    before = (case / write.REJECTED).read_text()
    (turned,) = write.write()
    assert turned == "case: is now import.xml; if that is meant, remove rejected.json"
    assert (case / write.REJECTED).read_text() == before
    assert not (case / write.SENT).exists()
