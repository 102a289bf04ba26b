"""The merchant's own endpoint, as the sandbox serves an example of it."""

from dataclasses import replace
from typing import Any

import pytest

from sync.clients.sfcc import SfccClient
from sync.core.errors import OutcomeUnknown, Rejected, Retryable
from sync.core.fulfillment import Fact, Item, Known, ShipmentFact, Stage, advance
from sync.core.postings import Kind, Posting, wanted
from sync.core.sites import PostingPolicy, Site
from tests.unit.clients.conftest import Remote
from tests.unit.core.test_postings import ORDER, T0

PATH = "/custom/orderbridge/v1/organizations/{organization}/orders/{order_no}/facts"


@pytest.fixture
def site(uk: Site) -> Site:
    return replace(uk, postings=PostingPolicy(endpoint=PATH))


def posting(site: Site, order_no: str, stage: Stage = Stage.SHIPPED) -> Posting:
    seen = ShipmentFact(shipment="1-1", stage=stage, items=(Item(sku="A", quantity=1),), parcels=("P",))
    known = advance(Known(), Fact(reference="1", at=T0, shipments=(seen,))).known
    order = replace(ORDER, site=site.name, order_no=order_no)
    (found,) = [p for p in wanted(site, order, known) if p.kind is Kind.FACTS]
    return found


def taken(shop: Remote) -> list[Any]:
    return [entry for entry in shop.journal() if entry["path"].partition("?")[0].endswith("/facts")]


def test_facts_are_taken_once_under_their_key(storefront: SfccClient, shop: Remote, site: Site) -> None:
    one = posting(site, "UK 1 ü")
    for _ in range(2):
        storefront.post(site, "UK 1 ü", one)
    entries = taken(shop)
    assert [entry["effect"] for entry in entries] == ["applied", "repeated"]
    assert {entry["idempotency_key"] for entry in entries} == {f"facts:{site.name}:UK%201%20%C3%BC:{one.key}"}


def test_an_answer_that_was_lost_is_repeated_under_the_same_key(
    storefront: SfccClient, shop: Remote, site: Site
) -> None:
    one = posting(site, "UK1")
    shop.fault(kind="cut_after", method="POST", path="/facts", times=1)
    with pytest.raises(OutcomeUnknown):
        storefront.post(site, "UK1", one)
    storefront.post(site, "UK1", one)
    assert [entry["effect"] for entry in taken(shop)] == ["applied", "repeated"]


def test_an_endpoint_that_is_busy_is_asked_again_and_one_that_refuses_is_for_a_person(
    storefront: SfccClient, shop: Remote, site: Site
) -> None:
    shop.fault(kind="status", path="/facts", status=429, headers={"Retry-After": "3"}, times=1)
    with pytest.raises(Retryable) as busy:
        storefront.post(site, "UK1", posting(site, "UK1"))
    assert busy.value.retry_after == 3
    with pytest.raises(Rejected) as refused:
        storefront.post(site, "UK2", posting(site, "UK1"))
    assert refused.value.code == "storefront.refused"


def test_facts_of_a_site_that_gave_its_endpoint_up_are_for_a_person(
    storefront: SfccClient, site: Site, uk: Site
) -> None:
    with pytest.raises(Rejected) as caught:
        storefront.post(uk, "UK1", posting(site, "UK1"))
    assert caught.value.code == "storefront.unsupported"
