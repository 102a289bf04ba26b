"""A merchant sees on the order itself why it was not handed over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from config.settings import load_settings
from sync.core.allocations import Allocation
from sync.core.errors import Alarm
from sync.core.ports import Selection
from sync.wiring import Bridge, silent

SITE = "RefArchUK"
UNKNOWN = {"productItems": [{"productId": "RA-99999", "bundledProductItems": None}]}
KNOWN = {"productItems": [{"productId": "RA-00001", "bundledProductItems": None}]}


@pytest.fixture
def telling(trade: Any) -> Iterator[Any]:
    """The same trade, on a site that names an attribute for the reason."""
    settings = load_settings()
    site = replace(settings.sites[SITE], reason_attribute="c_ofRejection")
    bridge = Bridge(settings=replace(settings, sites={**settings.sites, SITE: site}), bell=silent)
    yield replace(trade, bridge=bridge)
    bridge.close()


def test_the_reason_is_on_the_order_until_it_is_handed_over(telling: Any) -> None:
    (order_no,) = telling.place()
    telling.cure(order_no, UNKNOWN)
    telling.hear(order_no)
    telling.deliver()
    refused = telling.document(order_no)
    assert refused["exportStatus"] == "failed"
    assert refused["c_ofRejection"].startswith("warehouse.refused: ")
    assert "RA-99999" in refused["c_ofRejection"]

    telling.cure(order_no, KNOWN)
    for _ in telling.bridge.reprocess.requeue(Selection(key=order_no)):
        pass
    telling.deliver()
    accepted = telling.document(order_no)
    assert accepted["exportStatus"] == "exported"
    assert "c_ofRejection" not in accepted


@pytest.mark.usefixtures("settings")
def test_stock_is_written_with_the_client_that_is_meant_for_it(
    trade: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID", "sandbox")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET", "wrong")
    (order_no,) = trade.place()
    bridge = Bridge(settings=load_settings(), bell=silent)
    site = bridge.settings.sites[SITE]
    assert bridge.storefront.order(site, order_no).order_no == order_no
    (written,) = bridge.stocking.shelves.write(site, [Allocation("RA-00001", 7, datetime.now(UTC))])
    assert isinstance(written.error, Alarm)
    assert written.error.code == "credentials.refused"
