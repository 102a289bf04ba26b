"""A look at the storefront before an order is closed there, on a real ledger."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.core.messages import Draft
from sync.core.ports import Observation
from sync.core.postings import Posting
from sync.core.sites import Site
from sync.flows.messages import Loop, Work
from sync.flows.storefront import StorefrontFlow
from sync.store.waiting import PostgresQueue

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Till:
    """A storefront in which somebody else has set the order's status."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.posted: list[object] = []

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        del site, order_no
        self.posted.append(posting.value["status"])

    def observe(self, site: Site, order_no: str) -> Observation:
        del site, order_no
        return Observation(
            status=self.status, export_status="exported", shipping_status="", external_status=""
        )


@pytest.mark.parametrize(
    ("wanted", "seen", "outcome", "conflicts"),
    [
        ("cancelled", "cancelled", "applied", 0),
        ("completed", "completed", "applied", 0),
        ("cancelled", "completed", "conflict", 1),
        ("completed", "cancelled", "conflict", 1),
    ],
)
def test_what_a_person_closed_is_not_written_again_and_a_difference_is_recorded(
    book: Any,
    draft: Callable[..., Draft],
    site: Site,
    wanted: str,
    seen: str,
    *,
    outcome: str,
    conflicts: int,
) -> None:
    till = Till(seen)
    (number,) = run(book, draft, site, till, wanted)
    assert till.posted == []
    assert book.row(number)["outcome"] == outcome
    assert book.one("SELECT count(*) FROM conflict") == conflicts


def test_an_open_order_is_closed(book: Any, draft: Callable[..., Draft], site: Site) -> None:
    till = Till("new")
    (number,) = run(book, draft, site, till, "completed")
    assert till.posted == ["completed"]
    assert book.row(number)["outcome"] == "applied"


def run(book: Any, draft: Callable[..., Draft], site: Site, till: Till, wanted: str) -> list[int]:
    flow = StorefrontFlow(
        sites={"US": site},
        storefront=till,
        ledger=book.ledger,
        queue=PostgresQueue(book.sessions),
        clock=lambda: T0,
    )
    key = f"order_status:{wanted}"
    body = json.dumps({"kind": "order_status", "key": key, "value": {"status": wanted}})
    book.add(draft("1", key, topic="posting.planned", origin="bridge", body=body))
    loop = Loop(ledger=book.ledger, bell=lambda _topic: None, clock=lambda: T0)
    loop.deliver(["posting.planned"], flow.deliver, Work())
    return [book.one("SELECT id FROM message WHERE topic = 'posting.planned'")]
