"""Fields by their path: `Email`, `Account.Name`, `Order__r.Contact__r.Name`."""

from dataclasses import dataclass
from typing import Any

from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.model import Field, SObject
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.store import Row

MAX_PARENTS = 5


@dataclass(frozen=True, slots=True)
class Path:
    """A field of a record, or of one of its parents."""

    parents: tuple[Field, ...]
    field: Field
    kind: SObject

    def value(self, org: Org, row: Row) -> Any:
        """What it holds for a record; None when a parent is missing."""
        for parent in self.parents:
            found = org.parent(row, parent)
            if found is None:
                return None
            row = found[1]
        return org.value(row, self.field)


def resolve(org: Org, kind: SObject, text: str) -> Path:
    """Find the field of a path; raises INVALID_FIELD."""
    *names, last = text.split(".")
    # The object's own name may stand before its fields.
    if names and names[0].casefold() == kind.name.casefold() and kind.parent(names[0]) is None:
        names = names[1:]
    parents: list[Field] = []
    for name in names:
        parent = kind.parent(name)
        if parent is None or len(parents) == MAX_PARENTS:
            raise _unknown(f"Didn't understand relationship '{name}' in field path.")
        parents.append(parent)
        kind = org.kind(parent.object)
    field = kind.field(last)
    if field is None:
        raise _unknown(f"No such column '{last}' on entity '{kind.name}'.")
    return Path(tuple(parents), field, kind)


def _unknown(message: str) -> CrmError:
    return CrmError("INVALID_FIELD", f"ERROR at Row:1\n{message}")
