import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.reader import WireReader
from sync.core.errors import Rejected
from sync.core.messages import Message, Topic
from sync.core.sites import Site

RECEIVED = datetime(2026, 7, 1, 12, tzinfo=UTC)
ORDER = (Path(__file__).parents[2] / "cases" / "gross_with_discounts" / "order.json").read_text()


def message(body: str) -> Message:
    return Message(
        site="RefArchUK",
        topic=Topic.ORDER_PLACED,
        origin="storefront",
        key="k",
        dedupe_key="d",
        body=body,
        correlation_id="c",
        received_at=RECEIVED,
        id=1,
        attempt=1,
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"orderNo": "UK00048213"}',
        '{"order_no": "UK00048213"}',
        ORDER,
        json.dumps({"order": json.loads(ORDER)}),
    ],
    ids=["number", "OCAPI", "bare order", "inside"],
)
def test_the_order_number_is_found_wherever_it_stands(body: str) -> None:
    assert WireReader().placed_order_no(message(body)) == "UK00048213"


def test_an_event_without_a_number_is_rejected() -> None:
    with pytest.raises(Rejected, match="orderNo"):
        WireReader().placed_order_no(message("{}"))


def test_an_order_in_the_event_is_read(uk: Site) -> None:
    order = WireReader().placed_order(message(ORDER), uk)
    assert order is not None
    assert order.order_no == "UK00048213"


def test_an_event_with_only_a_number_carries_no_order(uk: Site) -> None:
    assert WireReader().placed_order(message('{"orderNo": "UK1"}'), uk) is None


def test_times_are_read_in_the_warehouses_zone(uk: Site) -> None:
    text = '<event eventTime="2026-07-01 10:00:00"><detail><order externalReference="A"/></detail></event>'
    assert WireReader("UTC").fact(message(text), uk).at - WireReader().fact(
        message(text), uk
    ).at == timedelta(hours=1)


def test_a_pushed_count_is_as_old_as_the_warehouse_may_deliver_it(uk: Site) -> None:
    text = '<inventory><product externalReference="X" site="MAIN" available="1" inventoryId="1"/></inventory>'
    reader = WireReader(push_age=timedelta(minutes=5))
    assert [count.as_of for count in reader.counts(message(text), uk)] == [RECEIVED - timedelta(minutes=5)]
