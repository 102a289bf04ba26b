"""In what manner a SKU is offered, in each of the three documents that carry it."""

import io
from datetime import UTC, datetime

from schemas.sfcc.inventory import listed_of, record_of, write_feed
from sync.core.allocations import Allocation
from sync.core.inventory import Manner

AT = datetime(2026, 12, 1, tzinfo=UTC)
WHOLE = Manner(perpetual=False, handling="preorder", future_units=30, in_stock_date=AT)


def test_a_record_says_only_what_the_site_says() -> None:
    number = {"amount": 5, "reset_date": "2026-12-01T00:00:00.000Z"}
    assert record_of(Allocation("A", 5, AT)) == {"allocation": number}
    assert record_of(Allocation("A", 5, AT, WHOLE)) == {
        "allocation": number,
        "perpetual_flag": False,
        "pre_order_back_order_handling": "preorder",
        "pre_order_back_order_allocation": 30,
        "in_stock_date": "2026-12-01T00:00:00.000Z",
    }
    assert listed_of(Allocation("A", 5, AT, WHOLE))["preOrderBackOrderAllocation"] == 30


def test_a_feed_has_the_elements_in_the_order_of_its_schema() -> None:
    document = io.BytesIO()
    write_feed(document, "list", [Allocation("A", 5, AT, WHOLE)], default_in_stock=False)
    names = [
        "allocation>",
        "allocation-timestamp>",
        "perpetual>false",
        "preorder-backorder-handling>preorder",
        "preorder-backorder-allocation>30",
        "in-stock-datetime>2026-12-01T00:00:00.000Z",
    ]
    text = document.getvalue().decode()
    places = [text.index(f"<{name}") for name in names]
    assert places == sorted(places)
