from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync.core.orders import Order, WarehouseOrder, references, warehouse_orders
from sync.core.sites import Route, Service, Site, StockPolicy

EXPORTED = datetime(2026, 8, 19, 9, 32, 0, tzinfo=UTC)
UK = Site(
    name="RefArchUK",
    currency="GBP",
    currencies={"GBP": 2},
    locale="en_GB",
    taxation="gross",
    routes=(Route(channel="uk_web", organisation="refarch"),),
    country="GB",
    stock=StockPolicy("refarch", ("MAIN",)),
    shipping_methods={"UK-STD": Service("STD48", "Standard")},
    payment_methods={"CREDIT_CARD": "card"},
)
US = replace(
    UK,
    name="RefArchGlobal",
    currency="USD",
    currencies={"USD": 2},
    locale="en_US",
    taxation="net",
    routes=(Route(channel="us_web", organisation="refarch"),),
    country="US",
    shipping_methods={"001": Service("GROUND", "Ground"), "003": Service("AIR", "Overnight")},
)


@pytest.fixture
def uk() -> Site:
    return UK


@pytest.fixture
def sites() -> dict[str, Site]:
    return {site.name: site for site in (UK, US)}


@pytest.fixture
def split() -> Callable[[Order, Site], list[WarehouseOrder]]:
    """Make warehouse orders, stamped one second after another."""

    def made(order: Order, site: Site) -> list[WarehouseOrder]:
        stamps = {name: EXPORTED + timedelta(seconds=n) for n, name in enumerate(references(order).values())}
        return warehouse_orders(order, site, stamps)

    return made
