"""A sandbox on free ports for the whole session, emptied before each test."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from sync.sandbox.serve import Running, SandboxOptions
from tests.sandbox.crm_org import logged_in
from tests.sandboxed import FREE_PORTS
from tests.sandboxed import running_sandbox as sandbox_of


@pytest.fixture(scope="session")
def start_sandbox() -> Iterator[Callable[[SandboxOptions], Running]]:
    """Start sandboxes that live until the end of the session."""
    with ExitStack() as stack:
        yield lambda options: stack.enter_context(sandbox_of(options))


@pytest.fixture(scope="session")
def running_sandbox(start_sandbox: Callable[[SandboxOptions], Running]) -> Running:
    """One sandbox for the session; tests use `sandbox`, which is empty."""
    return start_sandbox(FREE_PORTS)


@pytest.fixture
def sandbox(running_sandbox: Running) -> Running:
    """A running sandbox whose remotes know nothing yet."""
    for url in (running_sandbox.sfcc_url, running_sandbox.orderflow_url, running_sandbox.crm_url):
        assert requests.post(f"{url}/_sandbox/reset", timeout=60).status_code == 204
    return running_sandbox


class Sfcc:
    """Calls SFCC as a client with a token does."""

    organization = "f_ecom_zzte_053"
    scope = "SALESFORCE_COMMERCE_API:zzte_053 sfcc.orders.rw"

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {self.token(self.scope)}"

    def token(self, scope: str) -> str:
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = requests.post(
            f"{self.url}/dwsso/oauth2/access_token", data=form, auth=("sandbox", "sandbox"), timeout=60
        )
        token: str = answer.json()["access_token"]
        return token

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Call the Orders API below the organization's orders."""
        base = f"{self.url}/checkout/orders/v1/organizations/{self.organization}/orders"
        query.setdefault("siteId", "RefArchUK")
        return self.session.request(method, f"{base}{path}", params=query, json=body, timeout=60)

    def record(self, method: str, sku: str = "", body: Any = None, **query: Any) -> requests.Response:
        """Call the inventory records of the list `refarch`."""
        base = f"{self.url}/s/-/dw/data/v25_6/inventory_lists/refarch/product_inventory_records"
        return self.session.request(method, f"{base}{sku}", params=query, json=body, timeout=60)

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call the control API and return its JSON."""
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", params=query, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def place(self, **wanted: Any) -> list[dict[str, Any]]:
        """Place sample orders on the British site and return their rows."""
        rows: list[dict[str, Any]] = self.control(
            "POST", "orders", {"count": 1, "site": "RefArchUK", **wanted}
        )["orders"]
        return rows

    def place_raw(self, order: Any) -> requests.Response:
        """Ask the control API to place whatever is given."""
        return self.session.post(f"{self.url}/_sandbox/orders", json=order, timeout=60)

    def journal(self) -> list[dict[str, Any]]:
        """The journal without control calls."""
        answer = requests.get(f"{self.url}/_sandbox/journal", timeout=60)
        entries = [json.loads(line) for line in answer.text.splitlines()]
        return [entry for entry in entries if entry["effect"] != "control"]


@pytest.fixture
def sfcc(sandbox: Running) -> Iterator[Sfcc]:
    """A client of the empty SFCC."""
    client = Sfcc(sandbox.sfcc_url)
    yield client
    client.session.close()


@pytest.fixture
def crm(sandbox: Running) -> Iterator[Any]:
    """The vendors' library as a client of the empty CRM."""
    client = logged_in(sandbox.crm_url)
    yield client
    client.session.close()


@pytest.fixture
def lever(sandbox: Running) -> Callable[..., Any]:
    """Pull a lever of the CRM: method, path below `/_sandbox/`, document; its answer's JSON."""

    def pull(method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{sandbox.crm_url}/_sandbox/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    return pull
