"""What is given back beside the goods: shipping, and what was never shipped."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sync.core.fulfillment import Known, Stage
from sync.core.money import ZERO
from sync.core.postings import streams
from sync.core.postings.events import adjusting, identity_of
from sync.core.postings.handed import Charge, Handed, HandedOrder, Pool
from sync.core.postings.posting import Kind, Posting
from sync.core.postings.worth import Worth
from sync.core.sites import ShippingRefund, Site

CANCELED, RETURNED, REFUNDED = "cancellation", "return", "refund"
STATUSES = {CANCELED: "completed", RETURNED: "completed", REFUNDED: "pending"}
FREE = Charge(gross=ZERO, tax=ZERO, listed=ZERO)
NAMES = {CANCELED: "canceled", RETURNED: "returned", REFUNDED: "refund"}


def charges(site: Site, order: HandedOrder, before: Known, after: Known) -> Iterator[Posting]:
    """Yield, once each, the adjustments that give shipping back, and the rest of a canceled order.

    The shipping of a reference is given back as its goods are: canceled with the last canceled unit,
    returned or refunded with the last one of those. What a cancellation gave back no return gives again,
    nor the other way round.
    """
    worth = Worth(order, site.digits(order.currency), site.postings.shipping_refund)
    told, due = _due(site, order, before), _due(site, order, after)
    for part in order.parts:
        kinds = due[part.reference] - told[part.reference]
        if told[part.reference] & {RETURNED, REFUNDED}:
            kinds -= {CANCELED}
        for kind in (kind for kind in NAMES if kind in kinds and _costs(part.shipping)):
            name = f"{part.reference}-shipping-{NAMES[kind]}"
            share = worth.of(part.shipping or FREE)
            yield _given_back(kind, name, _moment(after, part.reference), share.given_back(order.taxation))
    if _costs(order.rest) and _whole(order, after) and not _whole(order, before):
        share = worth.of(order.rest or FREE, shipping=False)
        at = max(_moment(after, part.reference) for part in order.parts)
        yield _given_back(CANCELED, f"{order.order_no}-rest-canceled", at, share.given_back(order.taxation))


def _costs(charge: Charge | None) -> bool:
    return charge is not None and charge.gross != 0


def _given_back(kind: str, name: str, at: datetime, totals: list[dict[str, object]]) -> Posting:
    identity = identity_of(name)
    event = {"id": identity} | adjusting(kind, STATUSES[kind], at)
    event["description"] = "not shipped" if name.endswith("-rest-canceled") else "shipping"
    return Posting(Kind.ADJUSTMENT, f"event:{identity}", event | {"lineItems": [], "totals": totals})


def _due(site: Site, order: HandedOrder, known: Known) -> dict[str, set[str]]:
    """Return reference → in which ways its shipping is to be given back, given all that is known."""
    policy, whole = site.postings.shipping_refund, _whole(order, known)
    if policy is ShippingRefund.PROPORTIONAL:
        return {part.reference: set() for part in order.parts}
    if policy is ShippingRefund.NEVER:
        return {part.reference: {CANCELED} if whole else set() for part in order.parts}
    canceled, back, refunded = _taken(order, known)
    due: dict[str, set[str]] = {}
    for part in order.parts:
        if _complete(order, part, canceled):
            due[part.reference] = {CANCELED}
        else:
            ways = ((RETURNED, back), (REFUNDED, refunded))
            due[part.reference] = {way for way, units in ways if _complete(order, part, canceled, units)}
    return due


def _whole(order: HandedOrder, known: Known) -> bool:
    canceled, _, _ = _taken(order, known)
    return all(_complete(order, part, canceled) for part in order.parts)


def _taken(order: HandedOrder, known: Known) -> tuple[list[int], list[int], list[int]]:
    """Return, line by line, how many units were canceled, came back, and are to be refunded."""
    canceled, refunded = Pool(order, backwards=True), Pool(order)
    for pool, spoken in ((canceled, streams.given_up(known)), (refunded, streams.refunded(known))):
        for _, goods in sorted(spoken.items()):
            pool.take(goods.items, goods.reference)
    return canceled.taken, streams.units_back(order, known), refunded.taken


def _complete(order: HandedOrder, part: Handed, *taken: Sequence[int]) -> bool:
    """Tell whether every unit of the part was taken, by cancellations from behind, by returns from before."""
    owners = [one for one in order.parts for _ in one.lines]
    return all(
        sum(units[place] for units in taken) >= line.quantity
        for place, (owner, line) in enumerate(zip(owners, order.lines, strict=True))
        if owner is part
    )


def _moment(known: Known, reference: str) -> datetime:
    """Return when the last of the reference was given up or came back."""
    canceled = [s for s in known.shipments.values() if s.given_up]
    times = [(s.reference, s.reached[Stage.CANCELED]) for s in canceled]
    times += [(fact.reference, fact.at) for fact in known.returns.values()]
    return max([at for owner, at in times if owner == reference] or [at for _, at in times])
