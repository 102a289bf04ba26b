"""What a step from one state to the next adds to what was told: units that left, were canceled, came back."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sync.core import returns
from sync.core.fulfillment import Item, Known, ReturnFact
from sync.core.goods import beyond, units
from sync.core.postings.handed import HandedOrder, Piece, Pool
from sync.core.returns import Coming


@dataclass(frozen=True, slots=True)
class Spoken:
    """Goods that one name stands for, so far; the name is the beginning of its events' ids."""

    items: tuple[Item, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """Units told for the first time; `source` is the name of the shipment or return they belong to."""

    source: str
    identity: str
    pieces: tuple[Piece, ...]


def continued(
    pool: Pool, before: Mapping[str, Spoken], after: Mapping[str, Spoken], name: str
) -> Iterator[Fresh]:
    """Yield what `after` adds; the pool is left as it is when everything of `after` was told.

    The first event of a source has its name, one about units learned of later their total behind it:
    no id is ever used twice, since what is told of a source only grows.
    """
    for spoken in _sorted(before):
        pool.take(spoken.items, spoken.reference)
    for source, spoken in sorted(after.items()):
        told = units(before[source].items) if source in before else Counter[str]()
        pieces = tuple(pool.take(beyond(spoken.items, told), spoken.reference))
        if pieces:
            total = sum(item.quantity for item in spoken.items)
            whole = name.format(source)
            yield Fresh(source, f"{whole}-{total}" if told.total() else whole, pieces)


def _sorted(spoken: Mapping[str, Spoken]) -> Iterator[Spoken]:
    return (one for _, one in sorted(spoken.items()))


def given_up(known: Known) -> dict[str, Spoken]:
    """Return shipment → what was canceled of it."""
    shipments = known.shipments.values()
    return {s.name: Spoken(_by_sku(s.given_up), s.reference) for s in shipments if s.given_up}


def refunded(known: Known) -> dict[str, Spoken]:
    """Return the number of each received return whose money is asked for → the lines it is asked for."""
    received = [fact for fact in known.returns.values() if fact.state is Coming.RECEIVED and fact.refund]
    spoken = {fact.return_id: (fact.refunded or fact.items, fact.reference) for fact in received}
    return {name: Spoken(_by_sku(items), reference) for name, (items, reference) in spoken.items()}


def _by_sku(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items without line ids: no two events may give back the same unit's money.

    A line that one source names and another does not would make it depend on who spoke first which units
    were told. Nothing documented names a line of a return or a cancellation.
    """
    return tuple(Item(sku=sku, quantity=quantity) for sku, quantity in sorted(units(items).items()))


def came_back(pool: Pool, before: Known, after: Known) -> Iterator[tuple[Fresh, ReturnFact]]:
    """Yield the returns that `after` adds, each with the fact that tells of it best.

    The id is made of the reference, the goods and their number among equal returns of the order, so it
    does not depend on whether the report or the push spoke first. A return whose goods are corrected
    is told only as far as it adds to what was told.
    """
    told, known = _units_back(before), _units_back(after)
    for (reference, sku), quantity in sorted(told.items()):
        pool.take([Item(sku=sku, quantity=quantity)], reference)
    added = known - told
    for number, fact in returns.fresh(before.returns, after.returns):
        items = _limited(fact, added)
        pieces = tuple(pool.take(items, fact.reference))
        if pieces:
            yield Fresh(fact.return_id, f"return-{fact.reference}-{_digest(fact)}-{number}", pieces), fact


def units_back(order: HandedOrder, known: Known) -> list[int]:
    """Return, line by line of the order, how many units came back."""
    pool = Pool(order)
    list(came_back(pool, Known(), known))
    return pool.taken


def refused(before: Known, after: Known) -> Iterator[ReturnFact]:
    """Yield the returns that were turned away since."""
    for return_id, fact in sorted(after.returns.items()):
        known = before.returns.get(return_id)
        if fact.state is Coming.REFUSED and (known is None or known.state is not Coming.REFUSED):
            yield fact


def _units_back(known: Known) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (reference, goods), some in returns.classes(known.returns):
        for sku, quantity in goods:
            found[reference, sku] += quantity * len(some)
    return found


def _limited(fact: ReturnFact, added: Counter[tuple[str, str]]) -> list[Item]:
    items = []
    for item in _by_sku(fact.items):
        quantity = min(item.quantity, added[fact.reference, item.sku])
        added[fact.reference, item.sku] -= quantity
        if quantity:
            items.append(Item(sku=item.sku, quantity=quantity))
    return items


def _digest(fact: ReturnFact) -> str:
    return hashlib.sha256(repr(returns.goods_of(fact)).encode()).hexdigest()[:8]
