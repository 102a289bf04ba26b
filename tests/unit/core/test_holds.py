from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas.base import parse_object
from schemas.sfcc.mapping import read_order
from sync.core.errors import Rejected
from sync.core.holds import unready
from sync.core.messages import Done, Outcome, Wait
from sync.core.orders import Order
from tests.cases.write import ORDERS, SITES

SITE = SITES["AcmeJP"]
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def order() -> Order:
    return read_order(parse_object((ORDERS / "jp_yen_have_no_decimals" / "order.json").read_text()), SITE)


@pytest.mark.parametrize("status", ["new", "open", "completed"])
def test_a_placed_order_goes(order: Order, status: str) -> None:
    assert unready(replace(order, status=status), SITE, NOW) is None


def test_an_order_that_is_not_placed_yet_waits(order: Order) -> None:
    assert isinstance(unready(replace(order, status="created"), SITE, NOW), Wait)


@pytest.mark.parametrize("status", ["failed", "cancelled", "replaced"])
def test_an_order_that_will_never_go_is_closed(order: Order, status: str) -> None:
    told = unready(replace(order, status=status), SITE, NOW)
    assert told == Done(Outcome.SUPERSEDED, f"the storefront order is {status}")


@pytest.mark.parametrize("status", ["frozen", "NEW", ""])
def test_a_status_that_nobody_has_described_is_told_to_a_person(order: Order, status: str) -> None:
    with pytest.raises(Rejected) as refused:
        unready(replace(order, status=status), SITE, NOW)
    assert refused.value.code == "order.invalid"
    assert f"'{status}' is no status of an order" in refused.value.fields["status"]
