"""What the storefront shall be told: a pure function of what is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.core.fulfillment import Known, Stage
from sync.core.messages import Dead
from sync.core.postings.attributes import shipment_attributes
from sync.core.postings.events import return_events, shipment_events
from sync.core.postings.handed import HandedOrder, assign
from sync.core.postings.posting import Kind, Posting, attributes_posting, status_posting
from sync.core.postings.reasons import reason
from sync.core.sites import Site


def on_acceptance(references: Sequence[str], site: Site) -> list[Posting]:
    """Return what follows from the warehouse's acceptance of the whole order."""
    postings = [status_posting(Kind.EXPORT_STATUS, "exported")]
    if site.postings.external_status:
        postings.append(status_posting(Kind.EXTERNAL_STATUS, "accepted"))
    attributes: dict[str, str | None] = {}
    if site.postings.attributes:
        attributes["c_ofOrderRef"] = ",".join(references)
    if site.reason_attribute:
        # Null clears what an earlier rejection may have left.
        attributes[site.reason_attribute] = None
    return [*postings, attributes_posting(attributes)] if attributes else postings


def order_status(value: str) -> Posting:
    """Return the posting of an order status."""
    return status_posting(Kind.ORDER_STATUS, value)


def on_rejection(refusal: Dead, site: Site, rejection: str) -> list[Posting]:
    """Return what follows when an order cannot be handed over until somebody cures it.

    A second rejection, after the merchant set the order back to ready, must be told again: `rejection`
    makes the postings other ones. The reason goes first, so that who sees *failed* sees why.
    """
    postings = [status_posting(Kind.EXPORT_STATUS, "failed")]
    if site.reason_attribute:
        postings.insert(0, attributes_posting({site.reason_attribute: reason(refusal)}))
    return [Posting(one.kind, f"{one.key}:{rejection}", one.value) for one in postings]


def news(site: Site, order: HandedOrder, before: Known, after: Known) -> list[Posting]:
    """Return the postings that the step from `before` to `after` implies, in the order to send them."""
    told = {posting.key for posting in wanted(site, order, before)}
    return [posting for posting in wanted(site, order, after) if posting.key not in told]


def wanted(site: Site, order: HandedOrder, known: Known) -> list[Posting]:
    """Return every posting that the state calls for; a stage that was overtaken calls for none."""
    policy = site.postings
    assigned = assign(order, known)
    progress = _progress(order, known)
    postings: list[Posting] = []
    if policy.shipping_status and progress.shipping:
        postings.append(status_posting(Kind.SHIPPING_STATUS, progress.shipping))
    if policy.external_status and progress.external:
        postings.append(status_posting(Kind.EXTERNAL_STATUS, progress.external))
    if policy.attributes and (attributes := shipment_attributes(site, known)):
        postings.append(attributes_posting(attributes))
    if policy.events:
        for name in sorted(known.shipments):
            postings += shipment_events(site, order, known.shipments[name], assigned[name])
        for return_id in sorted(known.returns):
            postings += return_events(site, order, known.returns[return_id], assigned[f"return {return_id}"])
    if policy.order_status and progress.order:
        postings.append(status_posting(Kind.ORDER_STATUS, progress.order))
    return postings


@dataclass(frozen=True, slots=True)
class _Progress:
    shipping: str
    external: str
    order: str


def _progress(order: HandedOrder, known: Known) -> _Progress:
    ordered = sum(line.quantity for part in order.parts for line in part.lines)
    shipped = _units(known, Stage.SHIPPED)
    canceled = _units(known, Stage.CANCELED)
    returned = sum(item.quantity for fact in known.returns.values() for item in fact.items)
    whole = shipped + canceled >= ordered
    shipping = "" if not shipped else "shipped" if whole else "part_shipped"
    status = "" if not whole else "completed" if shipped else "cancelled"
    return _Progress(shipping, _external(shipped, canceled, returned, whole=whole, known=known), status)


def _units(known: Known, stage: Stage) -> int:
    return sum(i.quantity for s in known.shipments.values() if s.stage is stage for i in s.items)


def _external(shipped: int, canceled: int, returned: int, *, whole: bool, known: Known) -> str:
    if returned:
        return "returned" if shipped and returned >= shipped and whole else "part_returned"
    if shipped:
        return "shipped" if whole else "part_shipped"
    if canceled:
        return "cancelled" if whole else "part_cancelled"
    furthest = max(
        (s.stage for s in known.shipments.values()), key=lambda stage: stage.rank, default=Stage.ACCEPTED
    )
    return "" if furthest is Stage.ACCEPTED else str(furthest)
