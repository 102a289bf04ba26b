"""The CRM's client against the stand-in, which counts what it was asked and fails when told."""

from collections.abc import Iterator

import pytest

from sync.clients.crm import CrmClient
from sync.clients.crm.login import Credentials
from sync.clients.crm.usage import Usage
from sync.core.customers import Customer
from sync.sandbox.serve import Running
from tests.unit.clients.conftest import Remote


@pytest.fixture
def org(sandbox: Running) -> Remote:
    return Remote(sandbox.crm_url)


@pytest.fixture
def slept() -> list[float]:
    """How long the client waited, instead of waiting."""
    return []


@pytest.fixture
def now() -> list[float]:
    """The seconds that the client's clock shows; a test may change them."""
    return [0.0]


@pytest.fixture
def client(org: Remote, slept: list[float], now: list[float]) -> Iterator[CrmClient]:
    made = CrmClient(
        url=org.url,
        credentials=Credentials(consumer_key="sandbox", consumer_secret="sandbox"),
        usage=Usage(sleep=slept.append, clock=lambda: now[0]),
        sleep=slept.append,
        chance=lambda: 0.5,
    )
    yield made
    made.close()


@pytest.fixture
def ann() -> Customer:
    return Customer(
        name="Ann Hartley",
        last_name="Hartley",
        email="ann+shop@example.com",
        number="00051877",
        storefront_id="bdAbc123XyZ",
        guest=False,
    )


@pytest.fixture
def order(client: CrmClient) -> str:
    """An order that events can belong to."""
    (made,) = client.upsert("OF_Order__c", "Order_Key__c", [{"Order_Key__c": "UK:1", "Order_No__c": "1"}])
    assert made.created
    return "UK:1"
