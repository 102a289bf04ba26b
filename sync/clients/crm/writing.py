"""Many records by their external ids: collections of 200, each row's result, rows that were locked again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from urllib.parse import quote

from schemas.crm.rows import MOST, NOT_SENT, collection, read_results, record
from sync.clients.crm.org import ApiRequest, Org
from sync.clients.crm.reading import well_formed
from sync.core.crm import RowResult
from sync.core.errors import OrderbridgeError

Row = Mapping[str, object]

# Another writer had the row's parent, or wrote the same key first: both pass.
PASSING = {"UNABLE_TO_LOCK_ROW", "DUPLICATE_VALUE"}
# Calls for one row, and seconds before the second one; each further pause is about twice as long.
TRIES = 5
FIRST_PAUSE = 0.2


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Writes rows of one kind; `chance` gives a number from 0 to 1, for pauses that differ."""

    org: Org
    kind: str
    key_field: str
    sleep: Callable[[float], None]
    chance: Callable[[], float]

    def results(self, rows: Sequence[Row]) -> Iterator[RowResult]:
        """Write the rows, and yield the result of each in their order; raises as `Org.ask`."""
        told: dict[str, RowResult] = {}
        ready = self._in_order(rows, told)
        waiting = iter(self._readable(rows, told).items())
        yield from ready()
        while some := dict(islice(waiting, MOST)):
            try:
                self._write(some, told)
            except OrderbridgeError:
                yield from ready()
                raise
            yield from ready()

    def _readable(self, rows: Sequence[Row], told: dict[str, RowResult]) -> dict[str, tuple[Row, str]]:
        """The newest row of each key with its record, where its first one stood; the others are told of."""
        found: dict[str, tuple[Row, str]] = {}
        for row in rows:
            name = self._name(row)
            told.pop(name, None)
            try:
                found[name] = (row, record(self.kind, row))
            except ValueError as error:
                found.pop(name, None)
                told[name] = _not_sent(f"the row holds {error}")
        if found.pop("", None) or "" in told:
            told[""] = _not_sent(f"the row has no {self.key_field}")
        return found

    def _in_order(
        self, rows: Sequence[Row], told: Mapping[str, RowResult]
    ) -> Callable[[], Iterator[RowResult]]:
        """Gives at each call the results that are known by now, up to the first that is not."""
        named = iter([(self._key(row), self._name(row)) for row in rows])
        held: list[tuple[str, str]] = []

        def ready() -> Iterator[RowResult]:
            while one := held.pop() if held else next(named, None):
                key, name = one
                if name not in told:
                    held.append(one)
                    return
                yield replace(told[name], key=key)

        return ready

    def _write(self, some: Mapping[str, tuple[Row, str]], told: dict[str, RowResult]) -> None:
        """Write up to 200 rows, those that were locked a few times; only what is final is told."""
        # Every worker takes the parents in the same order, and so none waits for another in a circle.
        ordered = sorted(some.items(), key=lambda one: _parents(one[1][0]))
        left = {name: text for name, (_, text) in ordered}
        for attempt in range(TRIES):
            if attempt:
                self.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + self.chance()))
            last = attempt == TRIES - 1
            results = self._sent(left)
            final = {
                name: one for name, one in results.items() if last or not PASSING.intersection(one.codes)
            }
            told |= final
            left = {name: text for name, text in left.items() if name not in final}
            if not left:
                return

    def _sent(self, records: Mapping[str, str]) -> dict[str, RowResult]:
        place = f"{quote(self.kind, safe='')}/{quote(self.key_field, safe='')}"
        path = f"{self.org.root}/composite/sobjects/{place}"
        answer = self.org.ask(ApiRequest("PATCH", path, body=collection(records.values()), optional=True))
        return well_formed(answer, partial(read_results, sent=records))

    def _key(self, row: Row) -> str:
        return str(row.get(self.key_field) or "")

    def _name(self, row: Row) -> str:
        """The key as the CRM compares it: it trims texts, and keeps external ids apart by more than case."""
        return self._key(row).strip().lower()


def _parents(row: Row) -> list[tuple[str, str]]:
    return sorted((name, repr(value)) for name, value in row.items() if isinstance(value, Mapping))


def _not_sent(detail: str) -> RowResult:
    return RowResult(key="", written=False, codes=(NOT_SENT,), detail=detail)
