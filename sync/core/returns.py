"""Goods that come back: what several sources tell of them, and which of it is one and the same return."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from sync.core.goods import Item, most, units
from sync.core.privacy import said

# The report of returns and the push about one of them are written within moments of each other.
SAME_RETURN = timedelta(hours=12)


class Coming(StrEnum):
    """How far a return has come; goods that were taken in stay taken in, whatever was said before."""

    EXPECTED = "expected"
    REFUSED = "refused"
    RECEIVED = "received"

    @property
    def rank(self) -> int:
        """Position in the order of states; the higher one is what a return is in."""
        return list(Coming).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFact:
    """Goods that come back; `return_id` is the warehouse's own number.

    A `provisional` id was made up because the source does not tell the number. `refund` asks for the
    money of the `refunded` lines, of every line where none is named.
    """

    return_id: str
    items: tuple[Item, ...]
    at: datetime
    reason: str = ""
    condition: str = ""
    refund: bool = False
    refunded: tuple[Item, ...] = ()
    provisional: bool = False
    reference: str = ""
    state: Coming = Coming.RECEIVED


Goods = tuple[str, tuple[tuple[str, int], ...]]


def merged(known: ReturnFact | None, seen: ReturnFact) -> ReturnFact:
    """Join what is told under one id: the furthest state's word counts, in any order of arrival."""
    if known is None or seen.state.rank > known.state.rank:
        # Joined with nothing, so that the same goods are always written in the same order.
        return replace(seen, items=most((), seen.items), refunded=most((), seen.refunded))
    if seen.state.rank < known.state.rank:
        return known
    return replace(
        known,
        items=most(known.items, seen.items),
        at=min(known.at, seen.at),
        reason=said(known.reason, seen.reason),
        condition=said(known.condition, seen.condition),
        refund=known.refund or seen.refund,
        refunded=most(known.refunded, seen.refunded),
        reference=max(known.reference, seen.reference),
    )


def goods_of(fact: ReturnFact) -> Goods:
    """Return what returns have in common that may be one and the same: the reference and the units."""
    return fact.reference, tuple(sorted(units(fact.items).items()))


def distinct(returns: Mapping[str, ReturnFact]) -> list[ReturnFact]:
    """Return every return once, by id; of one that two sources tell of, the numbered.

    One source numbers returns and another does not: one of each kind with the same goods at about the
    same time are one return. As many pairs are made as can be, so that one more word about the same
    goods adds one return at most, and never takes one away.
    """
    found = [fact for _, some in classes(returns) for fact in some]
    others = (fact for fact in returns.values() if fact.state is not Coming.RECEIVED)
    return sorted((*found, *others), key=lambda fact: fact.return_id)


def classes(returns: Mapping[str, ReturnFact]) -> Iterator[tuple[Goods, list[ReturnFact]]]:
    """Yield the received returns by their goods, each return once, by time."""
    received = sorted((f for f in returns.values() if f.state is Coming.RECEIVED), key=_place)
    for goods, some in groupby(received, key=goods_of):
        yield goods, list(_once(list(some)))


def fresh(
    before: Mapping[str, ReturnFact], after: Mapping[str, ReturnFact]
) -> Iterator[tuple[int, ReturnFact]]:
    """Yield the returns that `after` has more than `before`, with their number among those of equal goods.

    The number does not depend on which source spoke first: one return is told once, under one name.
    """
    told = {goods: len(some) for goods, some in classes(before)}
    for goods, some in classes(after):
        known = told.get(goods, 0)
        new = [f for f in some if before.get(f.return_id) is None or goods_of(before[f.return_id]) != goods]
        rest = [f for f in some if f not in new]
        yield from zip(range(known + 1, len(some) + 1), [*new, *reversed(rest)], strict=False)


def _place(fact: ReturnFact) -> tuple[Goods, datetime, str]:
    return goods_of(fact), fact.at, fact.return_id


def _once(some: list[ReturnFact]) -> Iterator[ReturnFact]:
    """The earliest fitting pairs first: with windows of one width no other pairing makes more."""
    numbered: Iterable[ReturnFact] = (fact for fact in some if not fact.provisional)
    reported = [fact for fact in some if fact.provisional]
    for fact in numbered:
        while reported and reported[0].at < fact.at - SAME_RETURN:
            yield reported.pop(0)
        if reported and reported[0].at <= fact.at + SAME_RETURN:
            reported.pop(0)
        yield fact
    yield from reported
