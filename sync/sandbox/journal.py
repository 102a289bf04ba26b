"""The journal of a remote: what was asked of it, and what that changed."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

# The CRM tells rows apart further: one that changed a record, one that found it as it should be, one that
# deleted it, and the call that held many rows, each with an entry of its own.
Effect = Literal[
    "read",
    "applied",
    "changed",
    "unchanged",
    "deleted",
    "batch",
    "repeated",
    "refused",
    "control",
    "faulted",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as the remote saw it."""

    time: str
    seq: int
    remote: str
    method: str
    path: str
    idempotency_key: str | None
    status: int
    effect: str
    body: str
    answer: str
    fault: str
    route: str


class Journal:
    """Keeps every request in order, and counts effects that happened more than once."""

    def __init__(self, remote: str) -> None:
        self.remote = remote
        self._entries: list[Entry] = []
        self._next = 1

    def record(  # noqa: PLR0913 - an entry is what it is, and every part has its name
        self,
        *,
        method: str,
        path: str,
        idempotency_key: str | None,
        status: int,
        body: str,
        effect: str,
        answer: str = "",
        fault: str = "",
        route: str = "",
    ) -> Entry:
        """Append one request; `status` 0 is no answer, `route` the path with its parameters by name."""
        entry = Entry(
            time=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            seq=self._next,
            remote=self.remote,
            method=method,
            path=path,
            idempotency_key=idempotency_key,
            status=status,
            effect=effect,
            body=body,
            answer=answer,
            fault=fault,
            route=route or path.partition("?")[0],
        )
        self._next += 1
        self._entries.append(entry)
        return entry

    def entries(self, since: int = 0) -> list[Entry]:
        """The entries after sequence number `since`, oldest first."""
        return [entry for entry in self._entries if entry.seq > since]

    def lines(self, since: int = 0) -> Iterator[str]:
        """The entries after sequence number `since` as JSON lines, oldest first."""
        for entry in self.entries(since):
            yield json.dumps(asdict(entry), ensure_ascii=False)

    def clear(self) -> None:
        """Forget every entry; sequence numbers go on, so that a reader's `since` stays true."""
        self._entries.clear()

    def summary(self) -> dict[str, Any]:
        """Counts by request and effect, the keys applied more than once, and the harmless repetitions."""
        applied = Counter(
            entry.idempotency_key
            for entry in self._entries
            if entry.effect == "applied" and entry.idempotency_key is not None
        )
        effects = Counter(entry.effect for entry in self._entries)
        return {
            "remote": self.remote,
            "requests": dict(
                sorted(Counter(f"{entry.method} {entry.route}" for entry in self._entries).items())
            ),
            "effects": dict(sorted(effects.items())),
            "duplicates": [
                {"idempotency_key": key, "applied": times}
                for key, times in sorted(applied.items())
                if times > 1
            ],
            "repeated": effects["repeated"],
        }
