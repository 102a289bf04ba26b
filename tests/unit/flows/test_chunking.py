"""A chunk of writes ends long before nobody believes any more that it is under way."""

from typing import Any

import pytest

from sync.core.cadence import CadencePolicy
from sync.core.sites import PublicationPolicy, Route, Site, StockPolicy
from sync.flows.chunking import LONGEST, MOST, chunk_size, chunks
from sync.store.stock import _LONGEST_WRITE


def slow(
    rate: float | None, *, batch: int = 25, api: str = "ocapi", inventory: str = "lists", creates: bool = True
) -> Site:
    return Site(
        name="US",
        currency="USD",
        currencies={"USD": 2},
        locale="en_US",
        taxation="net",
        routes=(Route(channel="us", organisation="acme"),),
        country="US",
        shipping_methods={},
        cadence=CadencePolicy(requests_per_second=rate),
        stock=StockPolicy(
            inventory_list="list", warehouses=("MAIN",), unknown_skus="create" if creates else "refuse"
        ),
        publication=PublicationPolicy(batch=batch, api=api, inventory=inventory),
    )


@pytest.mark.parametrize(
    ("rate", "publication", "size"),
    [
        (None, {"batch": 1}, 50),
        (20.0, {"batch": 1}, 50),
        (5.0, {"batch": 1}, 50),
        (1.0, {"batch": 1}, 10),
        (0.5, {"batch": 1}, 5),
        (0.1, {"batch": 1}, 1),
        (0.001, {"batch": 1}, 1),
        (0.5, {"batch": 25}, 50),
        (0.1, {"batch": 25}, 25),
        (0.05, {"batch": 25}, 25),
        (0.5, {"batch": 25, "api": "scapi"}, 5),
        (0.1, {"inventory": "omnichannel"}, 50),
    ],
)
def test_a_chunk_follows_the_rate_of_the_site(
    rate: float | None, publication: dict[str, Any], size: int
) -> None:
    assert chunk_size(slow(rate, **publication)) == size


def test_where_no_record_is_created_twice_as_many_go_together() -> None:
    assert chunk_size(slow(1.0, creates=False, batch=1)) == 20


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.7, 1.0, 2.0, 4.9, 5.0, 100.0])
@pytest.mark.parametrize("batch", [1, 2, 7, 25, 50])
def test_no_chunk_takes_longer_than_a_write_is_protected_for(rate: float, batch: int) -> None:
    size = chunk_size(slow(rate, batch=batch))
    calls = 2 * -(-size // batch)
    assert 1 <= size <= MOST
    assert calls / rate <= LONGEST < _LONGEST_WRITE.total_seconds() / 2


def test_chunks_are_all_of_them_in_their_order() -> None:
    skus = [str(number) for number in range(7)]
    assert [list(chunk) for chunk in chunks(skus, 3)] == [skus[:3], skus[3:6], skus[6:]]
    assert list(chunks([], 3)) == []
