"""Postings that were dead while later ones were made, on a real ledger."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.core.errors import Alarm
from sync.core.messages import Dead, Draft
from sync.core.ports import Observation
from sync.core.postings import Kind, Posting
from sync.core.sites import Site
from sync.flows.messages import Loop, Work
from sync.flows.storefront import StorefrontFlow
from sync.store.waiting import PostgresQueue

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Till:
    """A storefront that takes postings, or lets nobody in."""

    def __init__(self) -> None:
        self.open = False
        self.posted: list[object] = []

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        del site, order_no
        if not self.open:
            raise Alarm("credentials.refused", "no")
        self.posted.append(posting.value)

    def observe(self, site: Site, order_no: str) -> Observation:
        del site, order_no
        return Observation(status="", export_status="", shipping_status="", external_status="")


def flow_of(book: Any, site: Site, till: Till) -> StorefrontFlow:
    queue = PostgresQueue(book.sessions)
    return StorefrontFlow(
        sites={"US": site}, storefront=till, ledger=book.ledger, queue=queue, clock=lambda: T0
    )


@pytest.mark.parametrize(
    ("kind", "early", "late", "told"),
    [
        (Kind.EXPORT_STATUS, {"status": "failed"}, {"status": "exported"}, False),
        (Kind.ATTRIBUTES, {"c_a": "1"}, {"c_a": "2", "c_b": "2"}, False),
        (Kind.ATTRIBUTES, {"c_ref": "1"}, {"c_a": "2"}, True),
        (Kind.FULFILLMENT, {"id": "e1"}, {"id": "e2"}, True),
    ],
)
def test_a_dead_posting_that_was_overtaken_does_not_set_the_storefront_back(
    book: Any,
    draft: Callable[..., Draft],
    site: Site,
    kind: Kind,
    early: dict[str, str],
    late: dict[str, str],
    *,
    told: bool,
) -> None:
    till = Till()
    flow = flow_of(book, site, till)
    loop = Loop(ledger=book.ledger, bell=lambda _topic: None, clock=lambda: T0)

    def plan(value: dict[str, str]) -> None:
        body = json.dumps({"kind": kind, "key": str(value), "value": value})
        book.add(draft("1", str(value), topic="posting.planned", origin="bridge", body=body))

    plan(early)
    assert loop.deliver(["posting.planned"], flow.deliver, Work()).as_dict() == {"dead": 1}
    till.open = True
    plan(late)
    loop.deliver(["posting.planned"], flow.deliver, Work())
    # What was overtaken is closed at once, and nobody needs to look at it.
    assert book.row(1)["state"] == ("dead" if told else "done")
    assert book.letters.requeue([1]) == int(told)
    loop.deliver(["posting.planned"], flow.deliver, Work())
    assert till.posted == ([late, early] if told else [late])
    assert book.row(1)["outcome"] == ("applied" if told else "superseded")


def test_a_posting_that_was_requeued_before_a_later_one_was_made_does_not_set_the_storefront_back(
    book: Any, draft: Callable[..., Draft], site: Site
) -> None:
    till = Till()
    flow = flow_of(book, site, till)
    for number in ("1", "2"):
        value = {"status": "failed" if number == "1" else "exported"}
        body = json.dumps({"kind": Kind.EXPORT_STATUS, "key": number, "value": value})
        book.add(draft("1", number, topic="posting.planned", origin="bridge", body=body))
    (first,) = book.ledger.claim(["posting.planned"], limit=1, lease=60)
    book.settle(first, Dead("credentials.refused", "no"))
    (second,) = book.ledger.claim(["posting.planned"], limit=1, lease=60)
    book.letters.requeue([first.id])
    till.open = True
    book.ledger.settle([flow.post(second)])
    (first,) = book.ledger.claim(["posting.planned"], limit=1, lease=60)
    book.ledger.settle([flow.post(first)])
    assert till.posted == [{"status": "exported"}]
    assert book.row(1)["outcome"] == "superseded"
