from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sync.clients.orderflow import OrderflowClient
from sync.clients.sfcc import SfccClient
from sync.core.errors import OutcomeUnknown
from sync.core.orders import WarehouseOrder, references, warehouse_orders
from sync.core.ports import Accepted, Canceled, Missing, NotCanceled, Taken
from sync.core.sites import Site
from tests.unit.clients.conftest import Remote

NOW = datetime.now(UTC)


@pytest.fixture
def order(shop: Remote, storefront: SfccClient, warehouse: OrderflowClient, uk: Site) -> WarehouseOrder:
    """An order that the warehouse has, under a reference that must be escaped."""
    placed = shop.control("POST", "orders", {"count": 1, "seed": 1, "site": "RefArchUK", "hooks": False})
    read = storefront.order(uk, placed["orders"][0]["orderNo"])
    (made, *_) = warehouse_orders(read, uk, dict.fromkeys(references(read).values(), NOW))
    order = replace(made, reference="UK 1&2+#")
    assert warehouse.import_orders(uk, uk.home.channel, [order]) == {order.reference: Accepted()}
    return order


def test_a_canceled_order_keeps_its_reference_for_good(
    warehouse: OrderflowClient, order: WarehouseOrder, uk: Site
) -> None:
    channel = uk.home.channel
    assert not warehouse.is_canceled(channel, order.reference)
    assert warehouse.cancel(channel, order.reference, rename=False) == Canceled()
    assert warehouse.is_canceled(channel, order.reference)
    assert isinstance(warehouse.cancel(channel, order.reference, rename=False), NotCanceled)
    assert isinstance(warehouse.import_orders(uk, channel, [order])[order.reference], Taken)


def test_a_cancellation_with_renaming_frees_the_reference(
    warehouse: OrderflowClient, order: WarehouseOrder, uk: Site
) -> None:
    channel = uk.home.channel
    assert warehouse.cancel(channel, order.reference, rename=True) == Canceled()
    assert warehouse.cancel(channel, order.reference, rename=True) == Missing()
    assert not warehouse.is_canceled(channel, order.reference)
    assert warehouse.import_orders(uk, channel, [order]) == {order.reference: Accepted()}


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_order_that_is_not_there_is_missing_whatever_the_status(
    warehouse: OrderflowClient, house: Remote, uk: Site, status: int
) -> None:
    house.control("PUT", "switches", {"error_status": status})
    assert warehouse.cancel(uk.home.channel, "nobody", rename=False) == Missing()


@pytest.mark.parametrize("kind", ["cut_after", "html", "truncate"])
def test_a_lost_or_unreadable_answer_leaves_the_cancellation_unknown(
    warehouse: OrderflowClient, house: Remote, order: WarehouseOrder, uk: Site, kind: str
) -> None:
    house.fault(kind=kind, path="cancel", times=1, body="<html>" if kind == "html" else "")
    with pytest.raises(OutcomeUnknown):
        warehouse.cancel(uk.home.channel, order.reference, rename=False)
