"""The messages that Orderbridge makes for itself."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.core.crm import Contact
from sync.core.matching import candidates
from sync.core.messages import Draft, Origin, Topic
from sync.core.ports import Sighting
from sync.core.postings import Posting

# The storefront has canceled nothing yet and asks for it.
CANCEL_REQUEST = "order.cancel_requested"
# No door takes this kind: only Orderbridge makes it.
REASSERTION = "order.reassert"
# Somebody asks for it again, whatever is remembered.
_ANEW = "anew"


def placed(site: str, order_no: str, identity: str) -> Draft:
    """Return the message of a placed order as sweep and hand make it; `identity` makes it unique."""
    return Draft(
        site=site,
        topic=Topic.ORDER_PLACED,
        origin=Origin.STOREFRONT,
        key=order_no,
        dedupe_key=identity,
        body=json.dumps({"type": "order.placed", "site": site, "orderNo": order_no}),
        correlation_id=identity.replace(":", "-"),
    )


def swept(site: str, order_no: str, modified: datetime) -> Draft:
    """Return the message of an order as lists tell it; a cured order was modified, so it comes anew."""
    return placed(site, order_no, f"sweep:{order_no}:{modified.isoformat()}")


def posting_draft(message: Draft, order_no: str, posting: Posting) -> Draft:
    """Return the message that makes one posting; its key within the order makes it happen once."""
    body = {"kind": posting.kind, "key": posting.key, "value": posting.value}
    return Draft(
        site=message.site,
        topic=Topic.POSTING_PLANNED,
        origin=Origin.BRIDGE,
        key=order_no,
        dedupe_key=f"{order_no}:{posting.key}",
        body=json.dumps(body, ensure_ascii=False),
        correlation_id=message.correlation_id,
    )


def changed(site: str, order_no: str, identity: str, kind: str = "order.changed") -> Draft:
    """Return the message of a change after the hand-over, as the sweep makes it."""
    return Draft(
        site=site,
        topic=Topic.ORDER_CHANGED,
        origin=Origin.STOREFRONT,
        key=order_no,
        dedupe_key=identity,
        body=json.dumps({"type": kind, "site": site, "orderNo": order_no}),
        correlation_id=identity.replace(":", "-"),
    )


def reassertion(
    site: str, order_no: str, identity: str, *, fields: Sequence[str], reference: str, asked: bool = False
) -> Draft:
    """Return the message that has the order sent anew, for its fields that the warehouse has otherwise.

    Without a reference it is about all of them; `asked`: a person wants it, and hears of a refusal.
    """
    wanted = {"fields": list(fields), "reference": reference, "asked": asked}
    draft = changed(site, order_no, identity, REASSERTION)
    return replace(draft, body=json.dumps({**json.loads(draft.body), **wanted}))


def link_requested(
    site: str, order_no: str, identity: str, *, contact: str = "", anew: bool = False
) -> Draft:
    """Return the message that has an order's customer looked up in the CRM; nothing personal is in it.

    `contact` is the one that a person has chosen; `anew` asks the CRM whatever is remembered.
    """
    body = {"site": site, "orderNo": order_no, "contact": contact, _ANEW: anew}
    return Draft(
        site=site,
        topic=Topic.LINK_REQUESTED,
        origin=Origin.CRM,
        key=order_no,
        dedupe_key=identity,
        body=json.dumps(body),
        correlation_id=identity.replace(":", "-"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """What is asked of the CRM: a look-up, `anew` or not, or the contact that a person has chosen."""

    contact: Contact | None
    anew: bool


def link_request(body: str) -> LinkRequest:
    """Return what a message wants."""
    data = json.loads(body)
    chosen = candidates(data["contact"])
    return LinkRequest(contact=next(iter(chosen.values()), None), anew=bool(data[_ANEW]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasserted:
    """What is to be sent anew; nothing by default."""

    fields: tuple[str, ...] = ()
    reference: str = ""
    asked: bool = False

    def about(self, reference: str) -> tuple[str, ...]:
        """Return the fields to set right under this reference."""
        return self.fields if self.reference in {"", reference} else ()


def reasserted(body: str) -> Reasserted:
    """Return what a message wants sent anew; an event from outside wants nothing of that."""
    data = json.loads(body)
    if data.get("type") != REASSERTION:
        return Reasserted()
    return Reasserted(fields=tuple(data["fields"]), reference=data["reference"], asked=data["asked"])


def sighted(site: str, seen: Sighting, now: datetime, topic: Topic = Topic.SHIPMENT_CHANGED) -> Draft:
    """Return the message of something that was seen in the warehouse, as a poll makes it."""
    return Draft(
        site=site,
        topic=topic,
        origin=Origin.WAREHOUSE,
        key=seen.reference,
        dedupe_key=seen.identity,
        body=seen.body,
        correlation_id=f"poll-{seen.identity}",
        received_at=now,
    )
