"""Arbitrary valid orders, put together as a storefront would, with what must be found of them afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

from hypothesis import strategies as st

from schemas.base import snake

DECIMALS = {"JPY": 0, "GBP": 2, "KWD": 3, "BHD": 3}
RATES = {Decimal("0.2"): "T1", Decimal("0.055"): "T2", Decimal(0): "T0"}
ROUNDING = ("line", "rate", "order")
VIRTUAL = "V-"
NASTY = ("x\nshipment.state=despatched", "C:\\", "]]>&<", "# !=:", "[BR", "שלום", "🎂 é", "a\u2028b", "")
ADDRESS = {
    "fullName": "A B",
    "address1": "1 Row",
    "city": "Otley",
    "postalCode": "LS21 1AA",
    "countryCode": "GB",
}


@dataclass
class Sale:
    """A document, and the properties in which each of its texts must be found, and nowhere else."""

    document: dict[str, Any]
    digits: int
    per_bundle: bool
    places: dict[str, str] = field(default_factory=dict)
    # Shipment → (line id, SKU, units), as they must arrive.
    facts: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)


class Till:
    """Draws prices and texts, and computes taxes the way one storefront does."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.currency = draw(st.sampled_from(sorted(DECIMALS)))
        self.gross = draw(st.booleans())
        self.numbers = count(1)
        self.places: dict[str, str] = {}

    def money(self, most: int = 50_000) -> Decimal:
        return Decimal(self.draw(st.integers(0, most))).scaleb(-DECIMALS[self.currency])

    def rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(Decimal(1).scaleb(-DECIMALS[self.currency]), ROUND_HALF_UP)

    def exact(self, price: Decimal, rate: Decimal) -> Decimal:
        return price * rate / (1 + rate) if self.gross else price * rate

    def tax(self, price: Decimal, rate: Decimal) -> Decimal:
        return self.rounded(self.exact(price, rate))

    def text(self, place: str) -> str:
        """A text with a mark that must be found in the properties named by `place`."""
        mark = f"Z{next(self.numbers)}Z"
        self.places[mark] = place
        return f"{mark} {self.draw(st.sampled_from(NASTY))}"

    def prices(self, price: Decimal, rate: Decimal, adjustments: list[dict[str, Any]]) -> dict[str, Any]:
        """The amounts of a thing whose adjustments are taken off of `price`."""
        tax = self.tax(price, rate)
        after = price + sum(
            (one["grossPrice" if self.gross else "netPrice"] for one in adjustments), Decimal(0)
        )
        return {
            "grossPrice": price if self.gross else price + tax,
            "netPrice": price - tax if self.gross else price,
            "tax": tax,
            "taxRate": rate,
            "adjustedTax": self.tax(after, rate),
            "priceAfterItemDiscount": after,
            "priceAdjustments": adjustments,
        }

    def adjustments(self, price: Decimal, rate: Decimal, place: str) -> list[dict[str, Any]]:
        if not self.draw(st.booleans()):
            return []
        off = -self.rounded(price * self.draw(st.integers(1, 10)) / 10)
        tax = self.tax(off, rate)
        text = {"promotionId": "half", "itemText": self.text(place)}
        both = {"grossPrice": off if self.gross else off + tax, "netPrice": off - tax if self.gross else off}
        return [{**text, **both, "tax": tax}]


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """Every taxation, rounding, number of decimals, discount, shipment, bundle, option and virtual line."""
    till = Till(draw)
    per_bundle = draw(st.booleans())
    names = ["me", "s2", "s3"][: draw(st.integers(1, 3))]
    items: list[dict[str, Any]] = []
    facts: dict[str, list[tuple[str, str, int]]] = {name: [] for name in names}
    for index in range(draw(st.integers(1, 4))):
        shipment = "me" if index == 0 else draw(st.sampled_from(names))
        item = _item(till, index, shipment, virtual=index > 0 and draw(st.booleans()))
        items.append(item)
        facts[shipment] += _facts(item, per_bundle=per_bundle)
    shipping = [_shipping(till, name) for name in names]
    document: dict[str, Any] = {
        "orderNo": "UK1",
        "status": "new",
        "currency": till.currency,
        "taxation": "gross" if till.gross else "net",
        "creationDate": "2026-08-19T09:31:05.000Z",
        "customerInfo": {"email": "a@example.test"},
        "billingAddress": ADDRESS | {"fullName": till.text("invoiceContactName")},
        "shipments": [_shipment(till, name, goes=bool(facts[name])) for name in names],
        "productItems": items,
        "shippingItems": shipping,
        "giftCertificateItems": [
            {"grossPrice": till.money(), "tax": Decimal(0)} for _ in range(draw(st.integers(0, 1)))
        ],
        "orderPriceAdjustments": [],
        "c_note": till.text("orderAttribute.N.value"),
    }
    for certificate in document["giftCertificateItems"]:
        certificate["netPrice"] = certificate["grossPrice"]
    _total(till, document)
    if draw(st.booleans()):
        document = ocapi(document, gross=till.gross)
    return Sale(document, DECIMALS[till.currency], per_bundle, till.places, facts)


def _item(till: Till, index: int, shipment: str, *, virtual: bool) -> dict[str, Any]:
    draw, rate, quantity = till.draw, till.draw(st.sampled_from(sorted(RATES))), till.draw(st.integers(1, 4))
    bonus = draw(st.integers(0, 5)) == 0
    price = Decimal(0) if bonus else till.money() * quantity
    place = "" if virtual else "orderLine.N.promotionPriceDescription"
    item = {
        "itemId": f"i{index}",
        "productId": f"{VIRTUAL if virtual else ''}sku {index}=:#",
        "quantity": Decimal(quantity),
        "shipmentId": shipment,
        "bonusProductLineItem": bonus,
        **till.prices(price, rate, till.adjustments(price, rate, place)),
    }
    parts = 0 if virtual else draw(st.integers(0, 3))
    item["productName"] = till.text("" if virtual or parts else "orderLine.N.description")
    if not virtual:
        item["giftMessage"] = till.text("orderLine.N.userDefined1")
    item["bundledProductItems"] = [_part(till, f"{index}-{n}", n, item) for n in range(parts)]
    item["optionItems"] = [
        _option(till, str(index), n, item) for n in range(0 if virtual else draw(st.integers(0, 2)))
    ]
    return item


def _part(till: Till, name: str, number: int, item: dict[str, Any], deep: int = 2) -> dict[str, Any]:
    """A bundle's part, which may be bought with an option, and be a bundle itself."""
    inside = till.draw(st.integers(0, 2)) if deep and till.draw(st.booleans()) else 0
    return {
        "itemId": f"i{name}",
        "productId": f"part {number}",
        "productName": till.text("" if inside else "orderLine.N.description"),
        "quantity": number + 1,
        "basePrice": till.money(),
        "optionItems": [_option(till, name, n, item) for n in range(till.draw(st.integers(0, 1)))],
        "bundledProductItems": [_part(till, f"{name}-{n}", n, item, deep - 1) for n in range(inside)],
    }


def _option(till: Till, name: str, number: int, item: dict[str, Any]) -> dict[str, Any]:
    price = till.money(5_000) * int(item["quantity"])
    return {
        "itemId": f"i{name}-o{number}",
        "productId": f"option {number}",
        "productName": till.text("orderLine.N.description"),
        "itemText": till.text("orderLine.N.userDefined2"),
        "optionId": "engraving",
        "quantity": item["quantity"],
        **till.prices(price, item["taxRate"], []),
    }


def _facts(item: dict[str, Any], *, per_bundle: bool) -> Iterator[tuple[str, str, int]]:
    if item["productId"].startswith(VIRTUAL):
        return
    units = int(item["quantity"])
    yield from _shipped(item, units, per_bundle=per_bundle)
    yield from ((option["itemId"], option["productId"], units) for option in _options(item))


def _shipped(thing: dict[str, Any], units: int, *, per_bundle: bool) -> Iterator[tuple[str, str, int]]:
    """A thing, or what is in it."""
    for part in thing["bundledProductItems"]:
        yield from _shipped(part, part["quantity"] * (units if per_bundle else 1), per_bundle=per_bundle)
    if not thing["bundledProductItems"]:
        yield thing["itemId"], thing["productId"], units


def _options(thing: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The options of a thing, then those of everything inside of it."""
    yield from thing["optionItems"]
    for part in thing["bundledProductItems"]:
        yield from _options(part)


def _shipping(till: Till, shipment: str) -> dict[str, Any]:
    price, rate = till.money(2_000), till.draw(st.sampled_from(sorted(RATES)))
    # Whether the shipment goes is not known yet; its discounts need no mark.
    off = till.rounded(price / 2) if till.draw(st.booleans()) else Decimal(0)
    tax = till.tax(-off, rate)
    both = {"grossPrice": -off if till.gross else tax - off, "netPrice": -off - tax if till.gross else -off}
    adjustments = [{"promotionId": "ship", "tax": tax, **both}] if off else []
    return {"shipmentId": shipment, **till.prices(price, rate, adjustments)}


def _shipment(till: Till, name: str, *, goes: bool) -> dict[str, Any]:
    return {
        "shipmentId": name,
        "shippingMethod": {"id": "UK-STD"},
        "shippingAddress": ADDRESS | {"fullName": till.text("deliveryContactName" if goes else "")},
        "giftMessage": till.text("customerComment" if goes else ""),
        "c_deliveryInstruction": till.text("shipment.deliveryInstruction" if goes else ""),
    }


def _total(till: Till, document: dict[str, Any]) -> None:
    """Take the order's discount off of the lines, and write the totals in one way of rounding tax."""
    lines = [line for item in document["productItems"] for line in (item, *_options(item))]
    tenths = till.draw(st.integers(0, 9))
    for line in lines:
        line["priceAfterOrderDiscount"] = line["priceAfterItemDiscount"] - till.rounded(
            line["priceAfterItemDiscount"] * tenths / 10
        )
    off = sum(
        (line["priceAfterOrderDiscount"] - line["priceAfterItemDiscount"] for line in lines), Decimal(0)
    )
    taxed = "priceAfterOrderDiscount" if till.draw(st.booleans()) else "priceAfterItemDiscount"
    prices = [(line[taxed], line["taxRate"]) for line in lines]
    prices += [(one["priceAfterItemDiscount"], one["taxRate"]) for one in document["shippingItems"]]
    before = sum((till.tax(line["priceAfterItemDiscount"], line["taxRate"]) for line in lines), Decimal(0))
    after = sum((till.tax(line[taxed], line["taxRate"]) for line in lines), Decimal(0))
    if off:
        both = dict.fromkeys(("grossPrice", "netPrice"), off)
        document["orderPriceAdjustments"] = [{"promotionId": "all", "tax": after - before, **both}]
    document["taxTotal"] = _tax_total(till, prices)
    shipping = sum((one["priceAfterItemDiscount"] for one in document["shippingItems"]), Decimal(0))
    certificates = sum((one["grossPrice"] for one in document["giftCertificateItems"]), Decimal(0))
    goods = sum((line["priceAfterOrderDiscount"] for line in lines), Decimal(0))
    tax = Decimal(0) if till.gross else document["taxTotal"]
    document["orderTotal"] = owed = goods + shipping + certificates + tax
    certificate = till.rounded(owed / 3)
    document["paymentInstruments"] = [
        {
            "paymentMethodId": "CREDIT_CARD",
            "paymentTransaction": {"amount": owed - certificate, "transactionId": "t1"},
        },
        {
            "maskedGiftCertificateCode": "***1",
            "paymentTransaction": {"amount": certificate, "transactionId": "t2"},
        },
    ]


def _tax_total(till: Till, prices: list[tuple[Decimal, Decimal]]) -> Decimal:
    mode = till.draw(st.sampled_from(ROUNDING))
    if mode == "line":
        return sum((till.tax(price, rate) for price, rate in prices), Decimal(0))
    exact = {rate: sum((till.exact(p, r) for p, r in prices if r == rate), Decimal(0)) for rate in RATES}
    if mode == "rate":
        return sum(map(till.rounded, exact.values()), Decimal(0))
    return till.rounded(sum(exact.values(), Decimal(0)))


def ocapi(value: Any, *, gross: bool) -> Any:
    """The same in OCAPI's names, with one price that follows the taxation."""
    if isinstance(value, list):
        return [ocapi(inner, gross=gross) for inner in value]
    if not isinstance(value, dict):
        return value
    told = {
        name: ocapi(inner, gross=gross)
        for name, inner in value.items()
        if name not in {"grossPrice", "netPrice"}
    }
    spelled = {name if name.startswith("c_") else snake(name): inner for name, inner in told.items()}
    if "grossPrice" in value:
        # A gift certificate has an amount there.
        name = "price" if "taxRate" in value or "promotionId" in value else "amount"
        spelled[name] = value["grossPrice" if gross else "netPrice"]
    return spelled
