"""A CRM that keeps what it is given and counts calls, and orders whose stories fill it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sync.core.crm import RowResult

LIMIT = 200


@dataclass
class FakeCrm:
    """Implements `core.ports.Records`: records by object and key, one call per 200 rows."""

    records: dict[str, dict[str, Mapping[str, object]]] = field(default_factory=dict)
    calls: list[tuple[str, int]] = field(default_factory=list)
    refuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fails: Exception | None = None
    fails_after: int = 0
    unchanged: int = 0

    def upsert(self, kind: str, key_field: str, rows: Sequence[Mapping[str, object]]) -> Iterator[RowResult]:
        for start in range(0, len(rows), LIMIT):
            chunk = rows[start : start + LIMIT]
            if self.fails and len(self.calls) >= self.fails_after:
                raise self.fails
            self.calls.append((kind, len(chunk)))
            yield from [self._row(kind, str(row[key_field]), row) for row in chunk]

    def _row(self, kind: str, key: str, row: Mapping[str, object]) -> RowResult:
        codes: Collection[str] = self.refuses.get(key, ())
        if codes:
            return RowResult(key=key, written=False, codes=tuple(codes), detail="no such value")
        mine = self.records.setdefault(kind, {})
        created = key.casefold() not in mine
        self.unchanged += mine.get(key.casefold()) == row
        mine[key.casefold()] = row
        return RowResult(key=key, written=True, created=created, record_id=f"a0X{len(mine)}")

    def taken(self, kind: str) -> int:
        return len(self.records.get(kind, {}))
