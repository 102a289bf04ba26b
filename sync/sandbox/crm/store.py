"""Records by object and id, found by their external ids at once; what was written can be taken back."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from sync.sandbox.crm.ids import numbered
from sync.sandbox.crm.model import Field, SObject

Row = dict[str, Any]


class Table:
    """The records of one object, deleted ones included."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.serial = 0
        self._index: dict[str, dict[Any, dict[str, None]]] = {}

    def live(self) -> Iterator[Row]:
        """The records that are not deleted, oldest first."""
        return (row for row in self.rows.values() if not row["IsDeleted"])

    def find(self, field: Field, value: Any) -> list[Row]:
        """The live records whose indexed field has that value."""
        index = self._index.get(field.name)
        if index is None:
            index = self._index[field.name] = defaultdict(dict)
            for row in self.rows.values():
                if row.get(field.name) is not None:
                    index[field.norm(row[field.name])][row["Id"]] = None
        found = (self.rows[name] for name in index.get(field.norm(value), ()))
        return [row for row in found if not row["IsDeleted"]]

    def note(self, row: Row, field: Field, before: Any) -> None:
        """Keep the index true after a field of a record has changed."""
        index = self._index.get(field.name)
        if index is None:
            return
        if before is not None:
            index[field.norm(before)].pop(row["Id"], None)
        if row.get(field.name) is not None:
            index[field.norm(row[field.name])][row["Id"]] = None

    def forget(self) -> None:
        """Build the indexes anew when they are asked for: the fields have changed."""
        self._index.clear()


class Store:
    """All tables, with what it takes to undo the writes since a mark."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = defaultdict(Table)
        self._undo: list[Callable[[], None]] = []

    def clear(self) -> None:
        """Have no record."""
        self.tables.clear()
        self._undo.clear()

    def get(self, kind: SObject, record_id: str) -> Row | None:
        """The record of that id, also when it is deleted."""
        return self.tables[kind.name].rows.get(record_id)

    def find(self, kind: SObject, field: Field, value: Any) -> list[Row]:
        """The live records with that value of an indexed field."""
        return self.tables[kind.name].find(field, value)

    def insert(self, kind: SObject, values: Row, record_id: str = "") -> Row:
        """Add a record; it has every field of its object."""
        table = self.tables[kind.name]
        table.serial += 1
        made = record_id or numbered(kind.prefix, table.serial)
        blank = {one.name: False if one.type == "boolean" else None for one in kind.fields.values()}
        row = {**blank, **values, "Id": made, "IsDeleted": False}
        table.rows[made] = row
        for field in kind.fields.values():
            table.note(row, field, None)
        self._undo.append(lambda: self._remove(kind, row))
        return row

    def update(self, kind: SObject, row: Row, changes: Row) -> None:
        """Change fields of a record."""
        before = {name: row.get(name) for name in changes}
        self._set(kind, row, changes)
        self._undo.append(lambda: self._set(kind, row, before))

    def mark(self) -> int:
        """Where to come back to."""
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Take back every write since the mark."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def commit(self) -> None:
        """Nothing before this can be taken back."""
        self._undo.clear()

    def _set(self, kind: SObject, row: Row, changes: Row) -> None:
        table = self.tables[kind.name]
        for name, value in changes.items():
            before, row[name] = row.get(name), value
            field = kind.field(name)
            if field is not None and field.indexed:
                table.note(row, field, before)

    def _remove(self, kind: SObject, row: Row) -> None:
        self._set(kind, row, dict.fromkeys(one.name for one in kind.fields.values() if one.indexed))
        del self.tables[kind.name].rows[row["Id"]]
