"""Rows that fail on purpose: locked parents, values that another writer had first, whatever is asked for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sync.sandbox.crm.errors import CrmError

LOCKED = "UNABLE_TO_LOCK_ROW"
MESSAGES = {
    LOCKED: "unable to obtain exclusive access to this record or 1 records",
    "DUPLICATE_VALUE": "duplicate value found",
}


@dataclass(slots=True)
class RowFault:
    """The next `rows` that match fail with `code`; an `applied` one is written all the same.

    `object` and `key` are regular expressions, `parent` is an id; empty ones match every row.
    """

    code: str = LOCKED
    rows: int = 1
    object: str = ""
    key: str = ""
    parent: str = ""
    message: str = ""
    applied: bool = False
    fired: int = 0

    def hits(self, kind: str, key: str, parents: Iterable[str]) -> bool:
        """Whether it is about this row and may still fire."""
        return (
            self.fired < self.rows
            and re.search(self.object, kind) is not None
            and re.search(self.key, key) is not None
            and (not self.parent or self.parent in parents)
        )


class Pressure:
    """The plan of failing rows, and the parents that are held by calls still under way."""

    def __init__(self) -> None:
        self.faults: list[RowFault] = []
        self._held: list[str] = []
        self._touched: set[str] = set()

    def clear(self) -> None:
        """Let every row be written."""
        self.faults.clear()

    def load(self, plan: Any) -> None:
        """Replace the plan, or raise ValueError and keep the present one."""
        try:
            faults = [RowFault(**one) for one in _list(plan)]
            for fault in faults:
                _check(fault)
        except (TypeError, re.error) as error:
            raise ValueError(str(error)) from error
        self.faults = faults

    def describe(self) -> list[dict[str, Any]]:
        """The present plan, each with how often it fired."""
        return [{name: getattr(fault, name) for name in RowFault.__slots__} for fault in self.faults]

    def row(self, kind: str, key: str, parents: Iterable[str]) -> CrmError | None:
        """What fails about this row before it is written; raises what keeps it from being written."""
        parents = set(parents)
        if busy := sorted(parents.intersection(self._held)):
            raise CrmError(LOCKED, f"{MESSAGES[LOCKED]}: {busy[0]}")
        self._touched |= parents
        for fault in self.faults:
            if fault.hits(kind, key, parents):
                fault.fired += 1
                error = CrmError(fault.code, fault.message or MESSAGES.get(fault.code, fault.code))
                if not fault.applied:
                    raise error
                return error
        return None

    def hold(self) -> list[str]:
        """Hold the parents that the present call has touched."""
        touched, self._touched = sorted(self._touched), set()
        self._held += touched
        return touched

    def release(self, touched: list[str]) -> None:
        """Let go of them."""
        for one in touched:
            self._held.remove(one)


def _list(plan: Any) -> list[Any]:
    if not isinstance(plan, list):
        raise TypeError("a list of row faults is expected")
    return plan


def _check(fault: RowFault) -> None:
    for name, kind in RowFault.__annotations__.items():
        value = getattr(fault, name)
        if type(value) is not kind:
            raise TypeError(f"{name}: {value!r} is not of type {kind.__name__}")
    re.compile(fault.object)
    re.compile(fault.key)
