"""The contacts of the CRM: kept by external id, and asked for with as much SOQL as finding one takes."""

import re
from typing import Any

KEY = "B2C_Customer_ID__c"
MAX_ROWS = 2_000
SELECT = re.compile(
    r"\s*SELECT\s+(?P<fields>[\w\s,.]+?)\s+FROM\s+(?P<kind>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?(?:\s+LIMIT\s+(?P<limit>\d{1,5}))?\s*",
    re.IGNORECASE | re.DOTALL,
)
TERM = re.compile(r"\s*(\w+)\s*=\s*'((?:[^'\\]|\\.)*)'\s*(AND\b|$)", re.IGNORECASE)

Contact = dict[str, Any]


class QueryError(ValueError):
    """A query that is not understood; `code` is the REST API's error code for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Contacts:
    """Contacts by their external id, whose spelling in small or capital letters does not matter."""

    def __init__(self) -> None:
        self.rows: dict[str, Contact] = {}

    def get(self, key: str) -> Contact | None:
        """The contact with that external id."""
        return self.rows.get(key.casefold())

    def put(self, key: str, fields: Contact) -> tuple[Contact, bool]:
        """Update the contact, or create it; return it and whether it is new."""
        known = self.get(key)
        if known is not None:
            known.update(fields)
            return known, False
        row = {"attributes": {"type": "Contact"}, "Id": f"003{key[:15]:0>15}", KEY: key, **fields}
        self.rows[key.casefold()] = row
        return row, True

    def query(self, text: str) -> list[Contact]:
        """The rows of a SELECT with equalities joined by AND; raises `QueryError` for any other."""
        found = SELECT.fullmatch(text)
        if found is None:
            raise QueryError("MALFORMED_QUERY", "unexpected token")
        if found["kind"].casefold() != "contact":
            raise QueryError("INVALID_TYPE", f"sObject type '{found['kind']}' is not supported.")
        wanted = _terms(found["where"] or "")
        names = [name.strip() for name in found["fields"].split(",")]
        rows = [row for row in self.rows.values() if all(_same(row, *term) for term in wanted)]
        return [_shown(row, names) for row in rows[: int(found["limit"] or MAX_ROWS)]]


def _terms(where: str) -> list[tuple[str, str]]:
    terms, at = [], 0
    while at < len(where):
        found = TERM.match(where, at)
        if found is None or (found[3] and found.end() == len(where)):
            raise QueryError("MALFORMED_QUERY", f"unexpected token at {where[at : at + 20]!r}")
        terms.append((found[1], re.sub(r"\\(.)", r"\1", found[2])))
        at = found.end()
    return terms


def _same(row: Contact, name: str, wanted: str) -> bool:
    value = _value(row, name)
    return value is not None and str(value).casefold() == wanted.casefold()


def _value(row: Contact, name: str) -> Any:
    return next((value for key, value in row.items() if key.casefold() == name.casefold()), None)


def _shown(row: Contact, names: list[str]) -> Contact:
    """The asked fields; one that the contact has not is null, as an empty field is."""
    return {"attributes": row["attributes"]} | {name: _value(row, name) for name in names}
