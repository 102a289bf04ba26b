"""The clients against the sandbox: real sockets, real documents, faults on demand."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from config.sites import load_sites
from sync.clients.http import Limits
from sync.clients.ocapi import OcapiClient
from sync.clients.orderflow import OrderflowClient
from sync.clients.sfcc import SfccClient
from sync.core.ports import Storefront
from sync.core.sites import Api, Site
from sync.sandbox.serve import Running
from tests.sandboxed import running_sandbox

ORGANIZATION = "f_ecom_zzte_053"
SITES = Path(__file__).parents[3] / "config" / "sites.toml"


class Remote:
    """The control calls of one remote of the sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, **rule: Any) -> None:
        self.control("PUT", "faults", {"rules": [rule]})

    def journal(self) -> list[Any]:
        """Every call that arrived, in order."""
        text = requests.get(f"{self.url}/_sandbox/journal", timeout=10).text
        return [json.loads(line) for line in text.splitlines()]

    def calls(self, method: str, ending: str) -> int:
        """How many calls arrived whose path ends like that."""
        entries = self.journal()
        return sum(e["method"] == method and e["path"].partition("?")[0].endswith(ending) for e in entries)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Running) -> Running:
    for url in (running.sfcc_url, running.orderflow_url, running.crm_url):
        Remote(url).control("POST", "reset")
    return running


@pytest.fixture
def shop(sandbox: Running) -> Remote:
    return Remote(sandbox.sfcc_url)


@pytest.fixture
def house(sandbox: Running) -> Remote:
    return Remote(sandbox.orderflow_url)


@pytest.fixture
def uk() -> Site:
    return load_sites(SITES)["RefArchUK"]


@pytest.fixture
def storefront(sandbox: Running) -> Iterator[SfccClient]:
    url = sandbox.sfcc_url
    client = SfccClient(
        url=url,
        token_url=url,
        organization=ORGANIZATION,
        client_id="sandbox",
        client_secret="sandbox",
    )
    yield client
    client.close()


@pytest.fixture
def older(sandbox: Running) -> Iterator[OcapiClient]:
    """The storefront of a site that has not moved."""
    url = sandbox.sfcc_url
    client = OcapiClient(url=url, token_url=url, client_id="sandbox", client_secret="sandbox")
    yield client
    client.close()


@pytest.fixture
def old_uk(uk: Site) -> Site:
    return replace(uk, api=Api.OCAPI)


@dataclass(frozen=True)
class Transport:
    """A client, a site that uses it, and what its calls are called."""

    storefront: Storefront
    site: Site
    wide: str = "-"

    def path(self, kind: str) -> str:
        """The end of the address that a status is put at."""
        return f"/{kind.replace('_', self.wide)}"


@pytest.fixture(params=Api)
def transport(
    request: pytest.FixtureRequest, storefront: SfccClient, older: OcapiClient, uk: Site, old_uk: Site
) -> Transport:
    """Either interface of the storefront: the port promises the same over both."""
    return Transport(storefront, uk) if request.param is Api.SCAPI else Transport(older, old_uk, "_")


@pytest.fixture
def warehouse(sandbox: Running) -> Iterator[OrderflowClient]:
    client = OrderflowClient(
        url=sandbox.orderflow_url,
        user="sandbox",
        password="sandbox",
        return_report=True,
        limits=Limits(read=5),
    )
    yield client
    client.close()
