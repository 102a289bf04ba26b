"""One entry of the stream: a draft as flat text fields, and back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sync.core.errors import Rejected
from sync.core.messages import Draft, Origin, Topic

STREAM: Final = "orderbridge:inbox"
GROUP: Final = "intake"

_REQUIRED: Final = ("site", "topic", "origin", "key", "dedupe_key", "body", "correlation_id")
_SITE_OF_PARKED: Final = "unknown"


def fields_of(draft: Draft) -> dict[str, str]:
    """Return the entry's fields for a draft; absent values are absent fields."""
    fields = {name: str(getattr(draft, name)) for name in _REQUIRED}
    if draft.sequence is not None:
        fields["sequence"] = str(draft.sequence)
    if draft.received_at is not None:
        fields["received_at"] = draft.received_at.isoformat()
    return fields


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the stream holds it; it may be anything, for the stream checks nothing."""

    id: str
    fields: Mapping[bytes, bytes]

    def draft(self) -> Draft:
        """Return the draft; raises Rejected event.invalid with the reason by field."""
        problems: dict[str, str] = {}
        texts = {name: self._text(name, problems) for name in (*_REQUIRED, "sequence", "received_at")}
        sequence, received_at = _sequence(texts, problems), _received_at(texts, problems)
        required = {name: texts[name] or "" for name in _REQUIRED}
        problems |= {name: "missing" for name in _REQUIRED if texts[name] is None and name not in problems}
        if problems:
            raise Rejected("event.invalid", f"inbox entry {self.id} cannot be read", fields=problems)
        return Draft(**required, sequence=sequence, received_at=received_at)

    def parked(self) -> Draft:
        """Return a draft that keeps an unreadable entry for a person; bytes that are not text are escaped."""
        body = {_escaped(name): _escaped(value) for name, value in self.fields.items()}
        return Draft(
            site=_SITE_OF_PARKED,
            topic=Topic.UNSUPPORTED,
            origin=Origin.BRIDGE,
            key=self.id,
            dedupe_key=f"inbox:{self.id}",
            body=json.dumps(body, ensure_ascii=True, sort_keys=True).replace("\\u0000", "\\\\x00"),
            correlation_id=f"inbox-{self.id}",
        )

    def _text(self, name: str, problems: dict[str, str]) -> str | None:
        raw = self.fields.get(name.encode())
        if raw is None:
            return None
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            problems[name] = "not UTF-8"
            return None
        if "\0" in text:  # PostgreSQL's text cannot hold it; one such row would fail its whole batch
            problems[name] = "contains a NUL character"
        return text


def _escaped(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")


def _sequence(texts: Mapping[str, str | None], problems: dict[str, str]) -> int | None:
    text = texts["sequence"]
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        problems["sequence"] = "not a whole number"
        return None
    if not -(2**63) <= number < 2**63:
        problems["sequence"] = "beyond 64 bits"
    return number


def _received_at(texts: Mapping[str, str | None], problems: dict[str, str]) -> datetime | None:
    text = texts["received_at"]
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems["received_at"] = "not a time"
        return None
    if moment.tzinfo is None:
        problems["received_at"] = "without a zone"
    return moment
