"""The flow of stock on a real database, with a storefront that fails as told."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sync.core.errors import Alarm, OrderbridgeError, OutcomeUnknown, Rejected
from sync.core.inventory import Count
from sync.core.messages import Done, Message, Outcome, Settled
from sync.core.sites import Site
from sync.flows.inventory import InventoryFlow
from sync.store.stock import PostgresStock

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Shelf:
    """A storefront of shelf labels only; `fails` tells what a SKU's next write ends with, done or not."""

    def __init__(self) -> None:
        self.labels: dict[str, int] = {}
        self.fails: dict[str, OrderbridgeError] = {}

    def set_allocation(self, inventory_list: str, sku: str, allocation: int, *, site: Site) -> None:
        del inventory_list, site
        error = self.fails.get(sku)
        if error is None or isinstance(error, OutcomeUnknown):
            self.labels[sku] = allocation
        if error is not None:
            raise error


class House:
    """A warehouse whose counts are pulled."""

    def __init__(self) -> None:
        self.now: list[Count] = []

    def counts(self, organisation: str, skus: Collection[str] | None = None) -> Iterator[Count]:
        del organisation, skus
        return iter(self.now)


class Reading:
    """Nothing is pushed here."""

    def counts(self, message: Message, site: Site) -> list[Count]:
        raise NotImplementedError


class Shop:
    """A storefront and a warehouse, and the flow between them."""

    def __init__(self, sessions: sessionmaker[Session], site: Site) -> None:
        self.shelf, self.house, self._pulls = Shelf(), House(), 0
        self._flow = InventoryFlow(
            sites={"US": site},
            storefront=self.shelf,
            warehouse=self.house,
            stock=PostgresStock(sessions),
            reader=Reading(),
            clock=lambda: datetime.now(UTC),
        )

    def pull(self, **available: int) -> Settled:
        self._pulls += 1
        self.house.now = [
            Count(
                organisation="refarch",
                sku=sku,
                warehouse="MAIN",
                available=units,
                sequence=self._pulls,
                as_of=T0,
            )
            for sku, units in available.items()
        ]
        draft = self._flow.request("refarch", str(self._pulls))
        values = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
        return self._flow.deliver(Message(id=self._pulls, attempt=1, **values))


@pytest.fixture
def shop(sessions: sessionmaker[Session], site: Site) -> Shop:
    return Shop(sessions, site)


def test_a_sku_that_the_storefront_refuses_holds_up_no_other(shop: Shop) -> None:
    shop.shelf.fails["B"] = Rejected("storefront.refused", "no such product", remote_status=404)
    with pytest.raises(Rejected, match="2 allocations written, 1 refused") as refused:
        shop.pull(A=1, B=2, C=3)
    assert shop.shelf.labels == {"A": 1, "C": 3}
    assert refused.value.fields == {"list.B": "no such product"}
    shop.shelf.fails.clear()
    assert shop.pull(A=1, B=2, C=3).settlement == Done(Outcome.APPLIED, "1 allocations written")
    assert shop.shelf.labels == {"A": 1, "B": 2, "C": 3}


@pytest.mark.parametrize(
    "then", [None, Alarm("credentials.refused", "no"), Rejected("storefront.refused", "no")]
)
def test_after_a_write_of_unknown_outcome_the_number_is_written_whatever_was_there_before(
    shop: Shop, then: OrderbridgeError | None
) -> None:
    shop.pull(A=100)
    for error in (OutcomeUnknown("outcome.unknown", "timeout"), *([then] if then else [])):
        shop.shelf.fails["A"] = error
        with pytest.raises(type(error)):
            shop.pull(A=120)
    shop.shelf.fails.clear()
    assert shop.shelf.labels == {"A": 120}
    shop.pull(A=100)
    assert shop.shelf.labels == {"A": 100}
