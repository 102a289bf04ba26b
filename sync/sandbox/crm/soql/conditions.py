"""Conditions: checked against the fields first, then asked of each record."""

import re
from collections.abc import Callable
from typing import Any

from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.ids import canonical
from sync.sandbox.crm.model import Field, SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.soql.parse import Condition, Group, Term
from sync.sandbox.crm.soql.paths import resolve
from sync.sandbox.crm.soql.words import LITERAL
from sync.sandbox.crm.store import Row
from sync.sandbox.crm.values import TEXTS, day, moment

Test = Callable[[Row], bool]
KINDS = {"double": "number", "boolean": "boolean", "datetime": "moment", "date": "date"}
QUOTED = (*TEXTS, "reference", "id")


def test_of(org: Org, kind: SObject, condition: Condition) -> Test:
    """What tells whether a record meets the condition; raises `CrmError` for one that cannot be asked."""
    if isinstance(condition, Term):
        return _term(org, kind, condition)
    return _group(condition, [test_of(org, kind, part) for part in condition.parts])


def _group(group: Group, tests: list[Test]) -> Test:
    if group.how == "NOT":
        return lambda row: not tests[0](row)
    how = all if group.how == "AND" else any
    return lambda row: how(test(row) for test in tests)


def _term(org: Org, kind: SObject, term: Term) -> Test:
    path = resolve(org, kind, term.path)
    wanted = [_value(path.field, *value) for value in term.values]
    compare = _comparison(path.field, term.operator, wanted)
    plain = _same if path.field.type in ("reference", "id") else _plain
    return lambda row: compare(plain(path.value(org, row)))


def _comparison(field: Field, operator: str, wanted: list[Any]) -> Callable[[Any], bool]:
    """How a field's value is compared; nothing equals no value but null, and nothing is above or below it."""
    first = wanted[0]
    if operator in ("=", "IN"):
        return lambda value: value in wanted
    if operator in ("!=", "NOT IN"):
        return lambda value: value not in wanted
    if operator == "LIKE":
        return _like(field, first)
    if first is None or field.type == "boolean":
        raise _operator(field, operator)
    return lambda value: value is not None and _ordered(operator, value, first)


def _ordered(operator: str, value: Any, other: Any) -> bool:
    if operator[0] == "<":
        return bool(value < other or (value == other and operator == "<="))
    return bool(value > other or (value == other and operator == ">="))


def _like(field: Field, wanted: Any) -> Callable[[Any], bool]:
    if field.type not in TEXTS or not isinstance(wanted, str):
        raise _operator(field, "LIKE")
    texts = wanted.split("%")
    parts = [_part(text) for text in texts]
    return lambda value: isinstance(value, str) and _fits(value, parts, len(texts[-1]))


def _part(text: str) -> re.Pattern[str]:
    """What stands between two wildcards of any length, where `_` is any one sign."""
    signs = {"_": ".", LITERAL["\\%"]: "%", LITERAL["\\_"]: "_"}
    return re.compile("".join(signs.get(sign, re.escape(sign)) for sign in text), re.DOTALL)


def _fits(value: str, parts: list[re.Pattern[str]], last: int) -> bool:
    """Whether the parts stand in the value one after the other, the first and last at its ends.

    Each is looked for where it comes first, so that no pattern takes longer than its length says; `last` is
    the length of the last, which can stand in one place only.
    """
    if len(parts) == 1:
        return parts[0].fullmatch(value) is not None
    found = parts[0].match(value)
    for part in parts[1:-1]:
        found = part.search(value, found.end()) if found is not None else None
    at = len(value) - last
    return found is not None and at >= found.end() and parts[-1].fullmatch(value, at) is not None


def _value(field: Field, kind: str, value: Any) -> Any:
    """A value as it is compared with what the field holds."""
    if kind == "null":
        return None
    needed = "string" if field.type in QUOTED else KINDS[field.type]
    if kind != needed:
        quotes = "should be" if needed == "string" else "should not be"
        must = f"must be of type {field.type} and {quotes} enclosed in quotes"
        raise CrmError("INVALID_FIELD", f"value of filter criterion for field '{field.name}' {must}")
    if field.type in ("reference", "id"):
        return _id(field, value)
    read = moment(value) if kind == "moment" else day(value) if kind == "date" else value
    if read is None:
        raise CrmError("MALFORMED_QUERY", f"{value} is no {field.type}")
    return float(read) if kind == "number" else _plain(read)


def _id(field: Field, value: str) -> str:
    record_id = canonical(value)
    if record_id is None:
        raise CrmError("INVALID_QUERY_FILTER_OPERATOR", f"{field.name}: invalid ID field: {value[:80]}")
    return record_id


def _plain(value: Any) -> Any:
    """Texts are compared without regard to case; of numbers and flags each is itself."""
    return value.casefold() if isinstance(value, str) else value


def _same(value: Any) -> Any:
    return value


def _operator(field: Field, operator: str) -> CrmError:
    return CrmError("INVALID_QUERY_FILTER_OPERATOR", f"{field.name}: operator {operator} is not valid here")
