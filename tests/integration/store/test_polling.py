"""The poll of the warehouse on a real ledger, with a warehouse that fails as told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from schemas.reader import WireReader
from sync.core.errors import OrderbridgeError, Retryable
from sync.core.messages import Done, Draft, Outcome
from sync.core.orders import Order
from sync.core.ports import HandoverAccepted, Sighting
from sync.core.sites import Route, Site
from sync.flows.fulfillment import FulfillmentFlow
from sync.store.stock import PostgresCursors

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MALFORMED = Retryable("remote.malformed", "no")


class House:
    """A warehouse that tells of despatches, and of orders when asked, unless it `fails`."""

    def __init__(self) -> None:
        self.fails: dict[str, OrderbridgeError] = {}

    def despatches(self, channel: str, since: datetime, until: datetime) -> Iterator[Sighting]:
        del channel, since, until
        yield Sighting(reference="9", identity="despatch-9", body="<shipment/>")

    def returns(self, route: Route, since: datetime, until: datetime) -> Iterator[Sighting]:
        del route, since, until
        if "returns" in self.fails:
            raise self.fails["returns"]
        yield Sighting(reference="9", identity="return-9", body="<return/>")

    def order_detail(self, channel: str, reference: str) -> Sighting | None:
        del channel
        if reference in self.fails:
            raise self.fails[reference]
        return Sighting(reference=reference, identity=f"detail-{reference}", body="<order/>")


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def poll(book: Any, house: House, sessions: sessionmaker[Session], site: Site) -> Callable[[], int]:
    flow = FulfillmentFlow(
        sites={"US": site},
        warehouse=house,
        orders=book.orders,
        ledger=book.ledger,
        cursors=PostgresCursors(sessions),
        reader=WireReader(),
        clock=lambda: NOW,
    )
    return lambda: flow.collect(site, timedelta(hours=2), timedelta(hours=1))


def kept(book: Any) -> set[str]:
    listed = book.one("SELECT string_agg(dedupe_key, ' ') FROM message WHERE origin = 'warehouse'")
    return set((listed or "").split())


def test_one_order_that_cannot_be_asked_about_holds_up_no_other(
    book: Any,
    house: House,
    poll: Callable[[], int],
    draft: Callable[..., Draft],
    order: Callable[..., Order],
    site: Site,
) -> None:
    for number in ("1", "2", "3"):
        book.orders.reserve(order(number), site)
        book.add(draft(number))
    for message in book.claim():
        accepted = HandoverAccepted(site="US", order_no=message.key, at=NOW - timedelta(hours=2))
        book.settle(message, Done(Outcome.APPLIED), accepted)
    house.fails["2"] = MALFORMED
    assert poll() == 4
    assert kept(book) == {"despatch-9", "return-9", "detail-1", "detail-3"}
    assert book.one("SELECT position FROM cursor") == NOW


def test_despatches_are_kept_when_the_returns_cannot_be_read_but_the_window_stays(
    book: Any, house: House, poll: Callable[[], int]
) -> None:
    house.fails["returns"] = MALFORMED
    with pytest.raises(Retryable):
        poll()
    assert kept(book) == {"despatch-9"}
    assert book.one("SELECT count(*) FROM cursor") == 0
