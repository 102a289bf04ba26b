"""A thousand facts on their way to the CRM's stand-in, by the real client: what its journal says."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from sync.clients.crm import CrmClient
from sync.clients.crm.login import Credentials
from sync.core.sites import Site
from sync.sandbox.serve import Running
from tests.integration.store.conftest import Book
from tests.integration.store.test_agents import House, known
from tests.sandboxed import running_sandbox

NUMBERS = [f"UK{number:05d}" for number in range(100)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: Running) -> Iterator[CrmClient]:
    credentials = Credentials(consumer_key="sandbox", consumer_secret="sandbox")
    made = CrmClient(url=sandbox.crm_url, credentials=credentials)
    yield made
    made.close()


def summary(sandbox: Running) -> dict[str, Any]:
    answer = requests.get(f"{sandbox.crm_url}/_sandbox/summary", timeout=60)
    return dict(answer.json())


def test_a_thousand_facts_of_a_hundred_orders_take_seven_calls_and_their_repetition_none(
    book: Book,
    site: Site,
    order: Callable[..., Any],
    draft: Callable[..., Any],
    sandbox: Running,
    client: CrmClient,
) -> None:
    house = House(book, site, order, draft)
    house.flow = replace(house.flow, crm=lambda: client)
    house.place(*NUMBERS)
    for number in NUMBERS:
        house.hear(number, known(number))

    assert house.tell() == {"applied": 100}

    told = summary(sandbox)
    # 1,000 facts, 200 shipments and 100 orders, at most 200 of a kind together.
    assert (told["calls"], told["rows"], told["rows_written"]) == (7, 1300, 1300)
    assert told["duplicates"] == []

    assert house.again(*NUMBERS) == {"applied": 100}
    assert summary(sandbox)["calls"] == 7

    house.stories.tell("US", NUMBERS, "everything once more", anew=True)
    assert house.tell() == {"applied": 100}
    again = summary(sandbox)
    assert (again["calls"], again["rows_written"], again["rows_unchanged"]) == (14, 1300, 1300)
