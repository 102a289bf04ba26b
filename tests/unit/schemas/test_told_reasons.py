"""Every problem of an order is told with its code, its path, the value it is about, and the cure."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from schemas.base import parse_json
from schemas.sfcc.mapping import read_order
from sync.core.checks import PRECEDENCE
from sync.core.codes import CODES
from sync.core.errors import Rejected
from sync.core.orders import check
from sync.core.sites import AddressPolicy, LinePolicy
from tests.cases import write
from tests.unit.schemas.conftest import UK
from tests.unit.schemas.test_cases import CASES

Document = dict[str, Any]
SITE = replace(
    UK,
    addresses=AddressPolicy(required=("phone", "email", "company", "region", "address2"), transliterate=True),
    ships_to=("IE",),
    tax_codes={"0.2": "STD"},
    attributes={"c_note": "note"},
    lines=LinePolicy(text_attribute="c_text"),
)
# What any member may be instead of what it should.
WRONG: list[Any] = [
    None,
    "",
    " x ",
    "\x00secret\x00",
    Decimal("-1.5"),
    10**15,
    True,
    [],
    ["secret"],
    {"a": 1},
]
WRONG += ["secret" * 2_000]
# How the reasons name a value, or that there is none, which is what is wrong then.
ABSENT = ("is required", "has no line", "no shipment", "the order has no line")
SECRET = "secretsecret"


def whole() -> Document:
    document: Document = parse_json((CASES / "gross_with_discounts" / "order.json").read_text())
    document |= {"c_note": "n", "c_b2ccrm_accountId": "001000000000001"}
    document["productItems"][0] |= {"c_text": "t", "taxClassId": "standard", "giftMessage": "g"}
    part = {"itemId": "p", "productId": "P", "quantity": 1, "basePrice": 1}
    option = {"productId": "O", "optionId": "o", "c_text": "t", "grossPrice": 0, "netPrice": 0, "tax": 0}
    document["productItems"][1] |= {"bundledProductItems": [part], "optionItems": [option]}
    document["shipments"][0] |= {"c_fromStoreId": "s", "giftMessage": "m", "c_deliveryInstruction": "d"}
    document["giftCertificateItems"] = [{"grossPrice": 0, "netPrice": 0, "tax": 0}]
    return document


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*path, name)
        yield from places(one, (*path, name))


def spoiled(path: tuple[Any, ...], value: Any) -> Document:
    document = whole()
    place: Any = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return document


def refusal(document: Document) -> Rejected | None:
    try:
        check(read_order(document, SITE), SITE)
    except Rejected as refused:
        return refused
    return None


@pytest.mark.parametrize("path", list(places(whole())), ids=lambda path: ".".join(map(str, path)))
def test_each_problem_has_a_path_a_value_and_a_cure(path: tuple[Any, ...]) -> None:
    for value in WRONG:
        refused = refusal(spoiled(path, value))
        assert refused is not None, "the site asks for more than the document has"
        assert refused.code in {*PRECEDENCE, "site.mismatch"}
        assert refused.code in CODES
        for where, reason in refused.fields.items():
            assert where
            assert "; " in reason, (where, reason)
            assert not reason.endswith("; "), (where, reason)
            assert len(reason) < 400, (where, reason[:400])
            assert SECRET not in reason or where.rpartition(".")[2] in {*OPEN, "c_note"}, (where, reason)


# Codes and names of things may be told as they are.
OPEN = {
    *("currency", "customerLocale", "taxation", "status", "siteId", "orderNo", "countryCode", "stateCode"),
    *("creationDate", "placeDate", "itemId", "productId", "shipmentId", "id", "paymentMethodId"),
    *("promotionId", "taxClassId", "taxRate"),
}


@pytest.mark.parametrize(
    ("change", "path", "told"),
    [
        ({"currency": "QQQ"}, "currency", "'QQQ' is not an ISO 4217 currency code; correct it on the order"),
        ({"currency": None}, "currency", "is required; add it to the order"),
        ({"currency": 5}, "currency", "5 must be a text; correct it on the order"),
        (
            {"customerLocale": "xx_YY"},
            "customerLocale",
            "'xx_YY' is not a known locale; correct it on the order",
        ),
        ({"taxation": "both"}, "taxation", "'both' must be gross or net; correct it on the order"),
        ({"orderTotal": "12"}, "orderTotal", "1… (2 characters) must be a number; correct it on the order"),
        ({"placeDate": "today"}, "placeDate", "'today' is not an ISO 8601 time; correct it on the order"),
        ({"productItems": {}}, "productItems", "an object of 0 must be a list; correct it on the order"),
        ({"shipments": []}, "shipments", "is required; add it to the order"),
        (
            {"orderNo": "n" * 51},
            "orderNo",
            f"'{'n' * 40}… (51 characters)' must have 1 to 50 characters; shorten it",
        ),
    ],
)
def test_the_value_is_shown_and_other_texts_are_masked(change: Document, path: str, told: str) -> None:
    refused = refusal(whole() | change)
    assert refused is not None
    assert refused.fields[path].removeprefix(f"{refused.code}: ").removeprefix("order.invalid: ") == told


def test_an_email_is_masked() -> None:
    document = whole()
    document["customerInfo"]["email"] = "ada@home"
    refused = refusal(document)
    assert refused is not None
    assert "a… (8 characters) is not an e-mail address; correct it" in refused.fields["customerInfo.email"]


@pytest.mark.parametrize("folder", write.folders(), ids=lambda folder: folder.name)
def test_every_refused_case_tells_path_and_cure_and_its_code_is_documented(folder: Any) -> None:
    told = folder / write.REJECTED
    if not told.exists():
        return
    refusal_told = json.loads(told.read_text())
    assert refusal_told["code"] in CODES
    assert refusal_told["fields"]
    for path, reason in refusal_told["fields"].items():
        assert path
        assert "; " in reason
