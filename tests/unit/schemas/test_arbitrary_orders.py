"""Whatever a valid order holds: it arrives as it was, to the minor unit, each text in its own property."""

import re
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from lxml import etree

from schemas.orderflow.orders import import_document
from schemas.sfcc.mapping import read_order
from sync.core.orders import check, references, warehouse_orders
from sync.core.sites import LinePolicy, Site
from sync.sandbox.orderflow.properties import numbered, parse
from tests.unit.schemas.arbitrary import DECIMALS, RATES, VIRTUAL, Sale, sales
from tests.unit.schemas.conftest import EXPORTED, UK

SITE = replace(
    UK,
    currencies=DECIMALS,
    tax_codes={str(rate): code for rate, code in RATES.items()},
    attributes={"c_note": "note"},
)
MARK = re.compile(r"Z\d+Z")
Properties = dict[str, str]


def site(sale: Sale) -> Site:
    return replace(SITE, lines=LinePolicy(per_bundle=sale.per_bundle, virtual_skus=(VIRTUAL,)))


def imported(sale: Sale, *, strict: bool) -> dict[str, Properties]:
    """Shipment → what a reader of the import document finds."""
    order = read_order(sale.document, site(sale))
    check(order, site(sale))
    named = references(order)
    parts = warehouse_orders(order, site(sale), dict.fromkeys(named.values(), EXPORTED))
    root = etree.fromstring(import_document(parts, site(sale)))
    read = [parse("".join(map(str, element.itertext())), strict=strict) for element in root]
    return dict(zip(named, read, strict=True))


def money(properties: Properties, name: str) -> Decimal:
    return Decimal(properties[name])


def check_money(sale: Sale, found: dict[str, Properties]) -> None:
    owed = sale.document.get("orderTotal", sale.document.get("order_total"))
    taxes = sale.document.get("taxTotal", sale.document.get("tax_total"))
    assert sum(money(one, "totalPriceGross") for one in found.values()) == owed
    assert sum(money(one, "totalTax") for one in found.values()) == taxes
    for one in found.values():
        lines = [line for _, line in numbered(one, "orderLine")]
        for price, tax in (("Price{}", "Tax"),):
            for kind in ("Net", "Gross"):
                name = f"total{price.format(kind)}"
                assert sum(money(line, name) for line in lines) == money(one, f"goods{price.format(kind)}")
            assert sum(money(line, f"total{tax}") for line in lines) == money(one, f"goods{tax}")
        for place in ("total", "goods", "shipping"):
            net, gross = money(one, f"{place}PriceNet"), money(one, f"{place}PriceGross")
            assert net + money(one, f"{place}Tax") == gross
        check_rest(one)


def check_rest(one: Properties) -> None:
    """Goods, shipping and what the order says is not shipped are the total."""
    told = {each["name"]: each["value"] for _, each in numbered(one, "orderAttribute")}
    rest = Decimal(told.get("notShippedGross", "0"))
    assert money(one, "goodsPriceGross") + money(one, "shippingPriceGross") + rest == money(
        one, "totalPriceGross"
    )


def check_facts(sale: Sale, found: dict[str, Properties]) -> None:
    assert list(found) == [name for name, lines in sale.facts.items() if lines]
    for name, one in found.items():
        lines = [line for _, line in numbered(one, "orderLine")]
        arrived = [
            (line["thirdPartyReference"], line["product.externalReference"], int(line["quantity"]))
            for line in lines
        ]
        assert arrived == sale.facts[name]
        assert {line["totalTaxCode"] for line in lines} <= set(RATES.values())
        paid = [Decimal(words.split()[1]) for words in one["paymentTransactionInfo"].split("; ")]
        assert sum(paid) == sale.document.get("orderTotal", sale.document.get("order_total"))
        for value in (value for key, value in one.items() if re.search(r"Price(Net|Gross)$|Tax$", key)):
            assert len(value.partition(".")[2]) == sale.digits


def check_places(sale: Sale, found: dict[str, Properties]) -> None:
    seen: dict[str, set[str]] = {}
    for one in found.values():
        for name, value in one.items():
            for mark in MARK.findall(value):
                seen.setdefault(mark, set()).add(re.sub(r"\.\d+\.", ".N.", name))
    assert seen == {mark: {place} for mark, place in sale.places.items() if place}


@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sales())
def test_any_valid_order_arrives_as_it_was(sale: Sale) -> None:
    found = imported(sale, strict=False)
    assert imported(sale, strict=True) == found
    check_money(sale, found)
    check_facts(sale, found)
    check_places(sale, found)
