"""The properties of an order import as Orderflow's documents and published clients know them, by format."""

import re

TEXT = re.compile(r"[^\n\r\\]{1,2000}")
REFERENCE = re.compile(r"[^\n\r\\]{1,120}")
AMOUNT = re.compile(r"-?\d{1,12}\.\d{2}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
QUANTITY = re.compile(r"[1-9]\d*")
TRUTH = re.compile(r"true|false")
CURRENCY = re.compile(r"[A-Z]{3}")
COUNTRY = re.compile(r"[A-Z]{2}")

_CONTACT = (
    "ContactName|CompanyName|EmailAddress|DayPhoneNumber|EveningPhoneNumber|MobilePhoneNumber|FaxNumber"
)
_LINE = r"orderLine\.[1-9]\d*\."
_PRICES = "(total|goods|shipping)"
# Pattern of a name → the format of its value.
PROPERTIES: dict[str, re.Pattern[str]] = {
    "externalReference": REFERENCE,
    "placed|authorised": MOMENT,
    "exported": STAMP,
    "partialOrder|validated": TRUTH,
    "currency": CURRENCY,
    rf"{_PRICES}Price(Net|Gross)|{_PRICES}Tax": AMOUNT,
    "source|status|paymentGatewayIdentifier|paymentTransactionInfo|customerComment": TEXT,
    "promotionCode|promotionDescription|userDefined[1-5]": TEXT,
    f"(delivery|invoice)(AddressLine[1-6]|PostCode|{_CONTACT})": TEXT,
    "(delivery|invoice)CountryCode": COUNTRY,
    "(goods|shipping)TaxCode": TEXT,
    r"orderAttribute\.[1-9]\d*\.(name|title|value)": TEXT,
    r"orderAttribute\.[1-9]\d*\.orderItem": re.compile("entity:order"),
    r"shipment\.(externalReference|deliverySuggestion(Code|Name)|deliveryInstruction|priority)": TEXT,
    r"shipment\.(site|userDefined[1-5])": TEXT,
    r"shipment\.orderItem": re.compile("entity:order"),
    rf"{_LINE}product\.externalReference|{_LINE}thirdPartyReference": REFERENCE,
    f"{_LINE}quantity": QUANTITY,
    f"{_LINE}shipment": re.compile("entity:shipment"),
    f"{_LINE}(totalPrice(Net|Gross)|totalTax|unitPrice(Net|Gross)|unitTax)": AMOUNT,
    f"{_LINE}(description|promotionCode|promotionPriceDescription|userDefined[1-5])": TEXT,
    f"{_LINE}(total|unit)TaxCode": TEXT,
}
REQUIRED = (
    "externalReference",
    "placed",
    "exported",
    "currency",
    "totalPriceNet",
    "totalPriceGross",
    "totalTax",
    "deliveryAddressLine1",
    "deliveryCountryCode",
    "deliveryContactName",
    "shipment.orderItem",
    "orderLine.1.product.externalReference",
    "orderLine.1.quantity",
    "orderLine.1.shipment",
)


def problems(properties: dict[str, str]) -> list[str]:
    """What of an order's properties Orderflow does not know, cannot read, or misses."""
    missing = [f"{name} is missing" for name in REQUIRED if name not in properties]
    return missing + [text for name, value in properties.items() for text in _problem(name, value)]


def _problem(name: str, value: str) -> list[str]:
    formats = [form for pattern, form in PROPERTIES.items() if re.fullmatch(pattern, name)]
    if not formats:
        return [f"{name} is in no list of properties"]
    return [] if formats[0].fullmatch(value) else [f"{name}: {value!r} has the wrong format"]
