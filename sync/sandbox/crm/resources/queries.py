"""Queries, page by page."""

from functools import cmp_to_key
from itertools import count
from typing import Any

from sync.sandbox.crm.calls import Answer, Call, Resource
from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.ids import numbered
from sync.sandbox.crm.model import SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.resources.shapes import attributes
from sync.sandbox.crm.soql.conditions import test_of
from sync.sandbox.crm.soql.parse import MAX_OFFSET, Order, Select, parse
from sync.sandbox.crm.soql.paths import Path, resolve
from sync.sandbox.crm.store import Row

# The oldest cursors of a user end when there are more.
MAX_CURSORS = 10
SMALLEST_PAGE = 200


class QueriesApi:
    """`query` and `queryAll`, which shows deleted records too."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._serial = count(1)

    def resources(self) -> list[Resource]:
        """What is offered."""
        return [
            Resource("GET", "query", self.query),
            Resource("GET", "queryAll", self.query),
            Resource("GET", "query/{cursor}", self.more),
            Resource("GET", "queryAll/{cursor}", self.more),
        ]

    def query(self, call: Call, _path: dict[str, str]) -> Answer:
        """Answer a query with its first page."""
        if "q" not in call.query:
            raise CrmError("MALFORMED_QUERY", "A query is expected in q")
        rows, counted = self._found(call, parse(call.query["q"]))
        if counted:
            return Answer(200, {"totalSize": len(rows), "done": True, "records": []})
        return self._page(call, rows, 0, "")

    def more(self, call: Call, path: dict[str, str]) -> Answer:
        """Answer with a further page."""
        name, _, start = path["cursor"].rpartition("-")
        if name not in self.org.cursors or not start.isdecimal():
            raise CrmError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(call, self.org.cursors[name], int(start), name)

    def _found(self, call: Call, asked: Select) -> tuple[list[Row], bool]:
        if self.org.objects.get(asked.kind) is None or self.org.kind(asked.kind).event:
            raise CrmError("INVALID_TYPE", f"sObject type '{asked.kind}' is not supported.")
        if asked.offset > MAX_OFFSET:
            raise CrmError("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MAX_OFFSET}")
        kind = self.org.kind(asked.kind)
        paths = [resolve(self.org, kind, name) for name in asked.fields]
        orders = [(order, resolve(self.org, kind, order.path)) for order in asked.order]
        test = test_of(self.org, kind, asked.where) if asked.where is not None else None
        table = self.org.store.tables[kind.name]
        rows = table.rows.values() if call.path[0] == "queryAll" else table.live()
        found = [row for row in rows if test is None or test(row)]
        for order, path in reversed(orders):
            found = self._sorted(found, order, path)
        end = asked.offset + asked.limit if asked.limit is not None else None
        found = found[asked.offset : end]
        return (
            (found, True)
            if asked.count
            else ([_shown(self.org, call, kind, row, paths) for row in found], False)
        )

    def _sorted(self, rows: list[Row], order: Order, path: Path) -> list[Row]:
        def value(row: Row) -> Any:
            found = path.value(self.org, row)
            return found.casefold() if isinstance(found, str) else found

        def compare(one: Any, other: Any) -> int:
            if one is None or other is None:
                return ((other is None) - (one is None)) * (-1 if order.nulls_last else 1)
            return (bool(one > other) - bool(one < other)) * (-1 if order.descending else 1)

        return sorted(rows, key=lambda row: cmp_to_key(compare)(value(row)))

    def _page(self, call: Call, rows: list[Row], start: int, cursor: str) -> Answer:
        size = self._size(call)
        shown = {"totalSize": len(rows), "done": start + size >= len(rows)}
        if not shown["done"]:
            cursor = cursor or self._keep(rows)
            shown["nextRecordsUrl"] = f"{call.root}/{call.path[0]}/{cursor}-{start + size}"  # type: ignore[assignment]
        return Answer(200, {**shown, "records": rows[start : start + size]})

    def _size(self, call: Call) -> int:
        switch: int = self.org.switches["query_batch"]
        largest = max(switch, 1)
        name, _, size = call.headers.get("sforce-query-options", "").partition("=")
        if name.strip().casefold() != "batchsize" or not size.strip().isdecimal():
            return largest
        return min(largest, max(SMALLEST_PAGE, int(size)))

    def _keep(self, rows: list[Row]) -> str:
        cursor = numbered("01g", next(self._serial))
        self.org.cursors[cursor] = rows
        while len(self.org.cursors) > MAX_CURSORS:
            del self.org.cursors[next(iter(self.org.cursors))]
        return cursor


def _shown(org: Org, call: Call, kind: SObject, row: Row, paths: list[Path]) -> dict[str, Any]:
    """A record with the asked fields, those of its parents nested below their names."""
    shown: dict[str, Any] = {"attributes": attributes(call, kind, row)}
    for path in paths:
        _put(org, call, shown, row, path)
    return shown


def _put(org: Org, call: Call, shown: dict[str, Any], row: Row, path: Path) -> None:
    for parent in path.parents:
        found = org.parent(row, parent)
        if found is None:
            shown.setdefault(parent.relationship, None)
            return
        kind, row = found
        shown = shown.setdefault(parent.relationship, {"attributes": attributes(call, kind, row)})
    shown[path.field.name] = org.value(row, path.field)
