"""What became of each row: counted, and written into the journal under its key."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from sync.sandbox.journal import Effect, Journal
from sync.sandbox.remote import mark

WRITTEN: tuple[Effect, ...] = ("applied", "changed")
COUNTED: tuple[Effect, ...] = ("applied", "changed", "unchanged", "deleted", "refused")


@dataclass(slots=True)
class Line:
    """One row of a call: `applied` made a record, `changed` and `unchanged` found one."""

    effect: Effect
    key: str
    body: Any
    answer: str = ""


class Ledger:
    """The rows of the present call, until it is known what came of them all."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.calls = 0
        self._counts: Counter[str] = Counter()
        self._lines: list[Line] = []

    def clear(self) -> None:
        """Count anew."""
        self.calls = 0
        self._counts.clear()
        self._lines.clear()

    def note(self, effect: Effect, key: str, body: Any, answer: str = "") -> None:
        """One row is done."""
        self._lines.append(Line(effect, key, body, answer))

    def mark(self) -> int:
        """Where a transaction begins."""
        return len(self._lines)

    def undo(self, since: int) -> None:
        """The rows since the mark came to nothing."""
        for line in self._lines[since:]:
            if line.effect != "refused":
                line.effect, line.answer = "refused", "ALL_OR_NONE_OPERATION_ROLLED_BACK"

    def close(self, request: Request, *, batch: bool) -> None:
        """The call is done: write its rows; a call of one row is that row's own entry."""
        lines, self._lines = self._lines, []
        self.calls += 1
        self._counts.update(line.effect for line in lines)
        if len(lines) > (0 if batch else 1):
            mark(request, None, "batch")
            for line in lines:
                self._write(line, request.url.path)
        elif lines:
            mark(request, lines[0].key, lines[0].effect)

    def summary(self) -> dict[str, Any]:
        """Calls and rows; `rows_written` are those that made or changed a record."""
        counts = {f"rows_{name}": self._counts[name] for name in COUNTED}
        written = sum(self._counts[name] for name in WRITTEN)
        return {"calls": self.calls, "rows": sum(counts.values()), "rows_written": written, **counts}

    def _write(self, line: Line, path: str) -> None:
        self.journal.record(
            method="ROW",
            path=path,
            idempotency_key=line.key,
            status=400 if line.effect == "refused" else 200,
            body=json.dumps(line.body, default=str),
            effect=line.effect,
            answer=line.answer,
            route=line.key.partition(":")[0],
        )
