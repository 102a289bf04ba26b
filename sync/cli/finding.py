"""What an id leads to: whose it is or was, their other ids, what they are part of, and the orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync.core.links import LONGEST, Entity, Subject
from sync.core.people import Pseudonyms
from sync.core.proofs import storable
from sync.core.record_ids import whole_id
from sync.store.links import MOST, PostgresLinks, Trace

# An order's line is part of its shipment's order, which is a customer's: far fewer than this.
_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One of our entities; `by` are the links that were asked for, `more` that not all parts are in it."""

    subject: Subject
    by: tuple[Trace, ...]
    ids: tuple[Trace, ...]
    belongs_to: tuple[Subject, ...]
    parts: tuple[Subject, ...]
    orders: tuple[Subject, ...]
    more: bool


def problem(text: str) -> str:
    """Return why a text can be nobody's id, nothing when it can be one."""
    if not text:
        return "nothing to look for"
    if len(text) > LONGEST:
        return f"an id has at most {LONGEST} characters, this has {len(text)}"
    return "" if storable(text) else "an id has no control or direction characters, and this has"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Looks for ids in the orders of some sites."""

    links: PostgresLinks
    names: Pseudonyms
    sites: Sequence[str]
    narrowed: bool = False

    def find(self, text: str) -> list[Found]:
        """Return everybody who goes or went by an id, those who hold it first."""
        # Tracking numbers are printed in groups.
        written = (text, "".join(text.split()), whole_id(text))
        values = [value for value in dict.fromkeys(written) if value]
        matched: dict[Subject, list[Trace]] = {}
        for trace in self.links.named(values, self.names.of(text)):
            matched.setdefault(trace.link.subject, []).append(trace)
        found = [self._found(subject, by) for subject, by in matched.items()]
        known = {order for one in found for order in one.orders}
        heard = [one for one in self.links.orders(text, self.sites) if one not in known]
        found += [self._found(subject, []) for subject in heard]
        return [one for one in found if self._wanted(one)]

    def _found(self, subject: Subject, by: Sequence[Trace]) -> Found:
        ids = self.links.traces(subject)
        above = self._above(ids)
        parts = self.links.parts(subject)
        orders = _orders([subject, *above]) or _orders(parts)
        return Found(
            subject=subject,
            by=tuple(by),
            ids=tuple(ids),
            belongs_to=above,
            parts=tuple(parts),
            orders=tuple(one for one in orders if one.scope in self.sites or not self.narrowed),
            more=len(parts) >= MOST,
        )

    def _above(self, ids: Sequence[Trace]) -> tuple[Subject, ...]:
        above: list[Subject] = []
        while len(above) < _DEPTH and (whole := _whole(ids)) and whole not in above:
            above.append(whole)
            ids = self.links.traces(whole)
        return tuple(above)

    def _wanted(self, one: Found) -> bool:
        if not self.narrowed:
            return True
        return bool(one.orders) or one.subject.scope.partition("/")[0] in self.sites


def _whole(ids: Sequence[Trace]) -> Subject | None:
    told = [one for one in ids if one.link.belongs_to]
    newest = max(told, key=lambda one: one.proven_at, default=None)
    return newest.link.belongs_to if newest else None


def _orders(subjects: Iterable[Subject]) -> list[Subject]:
    return [one for one in subjects if one.entity is Entity.ORDER]
