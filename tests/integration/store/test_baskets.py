"""What baskets hold, on a real database: withheld, replaced, and shown again when it is over."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.inventory import explanation
from sync.core.messages import Dead, Done, Draft, Origin, Outcome, Settled, Topic
from sync.core.ports import BasketReleased
from sync.core.sites import Site
from sync.flows.inventory import TOPICS
from tests.integration.store.trading import Shop

WINDOW = 600.0


@pytest.fixture
def shop(sessions: sessionmaker[Session], site: Site) -> Shop:
    shop = Shop(sessions, replace(site, stock=replace(site.stock, reservations=WINDOW)))
    shop.pull(A=10, B=10)
    return shop


def tell(shop: Shop, basket: str = "b", site: str = "US", age: float = 0, **units: int) -> list[Settled]:
    """Have a basket hold these, or nothing, as told so many seconds ago."""
    shop._pulls += 1
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]
    draft = Draft(
        site="refarch",
        topic=Topic.BASKET_CHANGED,
        origin=Origin.WAREHOUSE,
        key="stock",
        dedupe_key=f"US:{shop._pulls}",
        body=json.dumps({"site": site, "basket": basket, "lines": lines}),
        correlation_id="c",
        received_at=datetime.now(UTC) - timedelta(seconds=age),
    )
    shop.ledger.add([draft])
    return shop.deliver()


def expire(shop: Shop) -> None:
    with shop.stock._sessions.begin() as session:
        session.execute(text("UPDATE reservation SET until = clock_timestamp()"))


def test_what_a_basket_holds_is_not_offered_and_its_release_offers_it_again(shop: Shop) -> None:
    tell(shop, A=3)
    assert shop.shelf.labels == {"A": 7, "B": 10}
    tell(shop)
    assert shop.shelf.labels == {"A": 10, "B": 10}


def test_a_basket_told_again_replaces_itself_and_told_twice_changes_nothing(shop: Shop) -> None:
    tell(shop, A=3)
    calls = shop.shelf.calls
    tell(shop, A=3)
    assert shop.shelf.calls == calls
    tell(shop, B=2)
    assert shop.shelf.labels == {"A": 10, "B": 8}
    tell(shop, "other", B=9)
    assert shop.shelf.labels == {"A": 10, "B": 0}


def test_what_a_basket_holds_of_stock_that_another_list_sells_too_is_held_there(shop: Shop) -> None:
    tell(shop, A=3)
    ((_, _, held, _),) = shop.stock.positions("other", "refarch", ["A"], others=["list"])
    assert [(one.quantity, one.own) for one in held] == [(3, False)]
    ((_, _, alone, _),) = shop.stock.positions("other", "refarch", ["A"])
    assert alone == []


def test_what_is_told_too_late_holds_nothing(shop: Shop) -> None:
    tell(shop, age=WINDOW + 1, A=3)
    assert shop.shelf.labels == {"A": 10, "B": 10}


def test_what_is_over_is_offered_again_by_the_next_beat_and_forgotten(shop: Shop) -> None:
    tell(shop, A=3)
    expire(shop)
    assert shop.baskets.collect() == 1
    shop.deliver()
    assert shop.shelf.labels == {"A": 10, "B": 10}
    assert shop.baskets.collect() == 0
    with shop.stock._sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM reservation")) == 0


def test_a_beat_that_died_before_it_forgot_tells_the_same_once(shop: Shop) -> None:
    tell(shop, A=3)
    expire(shop)

    class Dies(RuntimeError):
        pass

    class Deadly:
        def __getattr__(self, name: str) -> Any:
            if name == "forget":
                raise Dies
            return getattr(shop.baskets.reservations, name)

    with pytest.raises(Dies):
        replace(shop.baskets, reservations=Deadly()).collect()
    assert shop.baskets.collect() == 0
    shop.deliver()
    assert shop.shelf.labels["A"] == 10


def test_a_basket_is_named_in_the_sum_and_the_storefront_is_not_expected_to_subtract_it(shop: Shop) -> None:
    tell(shop, A=3)
    found = explanation(shop.site.stock, shop.flow.publisher.position(shop.site, "A"), datetime.now(UTC))
    ((term, units),) = [one for one in found.target.terms if "basket" in one[0]]
    assert term.startswith("basket b holds it until ")
    assert units == -3
    assert (found.still, found.shown, found.writes) == ([], 7, False)


def test_an_order_takes_the_place_of_its_basket_when_the_warehouse_has_it(shop: Shop) -> None:
    tell(shop, A=3)
    (work,) = _asked(shop)
    shop.ledger.settle([Settled(work, Done(Outcome.APPLIED), [BasketReleased("US", "b")])])
    assert shop.baskets.collect() == 1
    shop.deliver()
    assert shop.shelf.labels["A"] == 10


def _asked(shop: Shop) -> Any:
    shop.ask("A")
    return shop.ledger.claim(TOPICS, limit=1, lease=60)


def test_a_site_that_takes_none_any_more_keeps_it_for_a_person(
    sessions: sessionmaker[Session], site: Site
) -> None:
    shop = Shop(sessions, site)
    (settled,) = tell(shop, A=3)
    assert isinstance(settled.settlement, Dead)
    assert settled.settlement.code == "reservations.off"
    (settled,) = tell(shop, site="GONE", A=3)
    assert isinstance(settled.settlement, Dead)
    assert settled.settlement.code == "site.unknown"
