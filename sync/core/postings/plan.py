"""What the storefront shall be told: a pure function of what is known."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sync.core.fulfillment import Known
from sync.core.messages import Dead
from sync.core.postings.attributes import shipment_attributes
from sync.core.postings.charges import charges
from sync.core.postings.document import document
from sync.core.postings.events import adjustments, fulfillment_events
from sync.core.postings.handed import HandedOrder, filled
from sync.core.postings.instead import instead_of_events
from sync.core.postings.posting import Kind, Posting, attributes_posting, facts_posting, status_posting
from sync.core.postings.progress import progress
from sync.core.postings.reasons import reason
from sync.core.sites import Api, Site


def on_acceptance(references: Sequence[str], site: Site) -> list[Posting]:
    """Return what follows from the warehouse's acceptance of the whole order."""
    postings = [status_posting(Kind.EXPORT_STATUS, "exported")]
    if site.postings.external_status:
        postings.append(status_posting(Kind.EXTERNAL_STATUS, "accepted"))
    attributes: dict[str, str | None] = {}
    if site.postings.attributes and site.postings.reference_attribute:
        attributes[site.postings.reference_attribute] = ",".join(references)
    if site.reason_attribute:
        # Null clears what an earlier rejection may have left.
        attributes[site.reason_attribute] = None
    return [*postings, attributes_posting(attributes)] if attributes else postings


def on_nothing_to_ship(site: Site) -> list[Posting]:
    """Return what follows when an order is done without a hand-over: it waits for no export any more.

    Nothing is said in the warehouse's name, since the warehouse never hears of the order.
    """
    postings = [status_posting(Kind.EXPORT_STATUS, "exported")]
    return (
        [*postings, attributes_posting({site.reason_attribute: None})] if site.reason_attribute else postings
    )


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
    """Return the postings that the step from `before` to `after` implies, in the order to send them.

    Statuses and attributes are told when they change; of events, the units that were not told before.
    """
    before, after = filled(order, before), filled(order, after)
    told = {posting.key for posting in _states(site, order, before)}
    states = [posting for posting in _states(site, order, after) if posting.key not in told]
    closing = [_instead(one, told) for one in states if one.kind is Kind.ORDER_STATUS]
    postings = [posting for posting in states if posting.kind is not Kind.ORDER_STATUS]
    if site.takes_events:
        postings += fulfillment_events(site, order, before, after)
        postings += _adjustments(site, order, before, after)
    return [*postings, *closing]


def _adjustments(site: Site, order: HandedOrder, before: Known, after: Known) -> Iterator[Posting]:
    yield from adjustments(site, order, before, after)
    yield from charges(site, order, before, after)


def _instead(closing: Posting, told: Collection[str]) -> Posting:
    """A status that overturns our own earlier word says so in its key, or it would give way to that word."""
    overturned = any(key.startswith(f"{Kind.ORDER_STATUS}:") for key in told)
    return replace(closing, key=f"{closing.key}:instead") if overturned else closing


def wanted(site: Site, order: HandedOrder, known: Known) -> list[Posting]:
    """Return every posting that the state calls for; a stage that was overtaken calls for none."""
    return news(site, order, Known(), known)


def finished(order: HandedOrder, known: Known) -> bool:
    """Tell whether nothing more is expected of the order: every unit has left or was canceled."""
    return progress(order, filled(order, known)).whole


def _states(site: Site, order: HandedOrder, known: Known) -> Iterator[Posting]:
    policy, now = site.postings, progress(order, known)
    if policy.shipping_status and now.shipping:
        yield status_posting(Kind.SHIPPING_STATUS, now.shipping)
    if policy.external_status and now.external:
        yield status_posting(Kind.EXTERNAL_STATUS, now.external)
    attributes = shipment_attributes(site, known) if policy.attributes else {}
    if policy.attributes and site.api is Api.OCAPI:
        attributes |= instead_of_events(policy, known, _adjustments(site, order, Known(), known))
    if attributes:
        yield attributes_posting(attributes)
    if policy.endpoint and known != Known():
        yield facts_posting(document(site, order, known))
    if policy.order_status and now.order:
        yield status_posting(Kind.ORDER_STATUS, now.order)
