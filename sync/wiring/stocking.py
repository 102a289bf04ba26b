"""The storefront's stock interfaces as the settings want them."""

from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

from config.settings import Settings
from schemas.sfcc.inventory import listed_of
from sync.clients.http import Connection, Limits, with_path
from sync.clients.sfcc_token import TOKEN_PATH, Authorized, Login, Tokens
from sync.clients.stock.batches import Batches
from sync.clients.stock.feeds import Feeds
from sync.clients.stock.imports import Imports
from sync.clients.stock.jobs import Jobs
from sync.clients.stock.omnichannel import Omnichannel
from sync.clients.stock.readings import Readings
from sync.clients.stock.records import Records
from sync.clients.stock.shelves import Freight, Shelves
from sync.clients.stock.webdav import Folders
from sync.core.sites import Site

DATA_PATH = "/s/-/dw/data/v25_6"
BATCH_PATH = "/s/-/dw/batch"
TENANT = "SALESFORCE_COMMERCE_API:"
LISTS_SCOPE = "sfcc.inventory-lists.rw"
OCI_SCOPES = "sfcc.inventory.availability.rw sfcc.inventory.impex-inventory.rw"
WEBDAV_PATH = "/on/demandware.servlet/webdav/Sites"


class Stocking:
    """Makes the carriers that share one connection pool; nothing is opened before the first call."""

    def __init__(self, settings: Settings, pace: Callable[[Site], None]) -> None:
        """Take the addresses and the logins; `pace` returns when a site's next request may be sent."""
        self._pace = pace
        self._remote, self._parallel = settings.storefront, settings.delivery.parallel

    @cached_property
    def shelves(self) -> Shelves:
        """The shelf of every site."""
        data = with_path(self._remote.inventory_url, DATA_PATH)
        host, _, path = data.partition("/s/")
        return Shelves(
            records=Records(api=self._ocapi, base=data, parallel=self._parallel, pace=self._pace),
            batches=Batches(
                api=self._ocapi,
                url=host + BATCH_PATH,
                data=f"/s/{path}",
                parallel=self._parallel,
                pace=self._pace,
            ),
            omnichannel=Omnichannel(self._oci, self._oci_url, self._remote.tenant_group, self._pace),
            listed=self._listed,
        )

    @cached_property
    def readings(self) -> Readings:
        """What reads back, by the same ways."""
        ways = self.shelves
        return Readings(
            records=ways.records, batches=ways.batches, omnichannel=ways.omnichannel, listed=ways.listed
        )

    @cached_property
    def bulk(self) -> Freight:
        """What takes files."""
        data = with_path(self._remote.inventory_url, DATA_PATH)
        folders = self._remote.webdav_url or data.partition("/s/")[0] + WEBDAV_PATH
        return Freight(
            feeds=Feeds(Folders(self._ocapi, folders.rstrip("/")), Jobs(self._ocapi, data)),
            imports=Imports(self._oci, self._connection, self._oci_url, self._remote.tenant_group),
        )

    def close(self) -> None:
        """Let go of all connections."""
        self._connection.close()

    @cached_property
    def _connection(self) -> Connection:
        return Connection("storefront", Limits(), 2 * self._parallel)

    @cached_property
    def _ocapi(self) -> Authorized:
        remote = self._remote
        # Salesforce wants a client of its own for OCAPI; without one the first is used for both.
        main = Login(remote.client_id, remote.client_secret, "ORDERBRIDGE_SFCC_CLIENT_ID")
        own = Login(remote.ocapi_client_id, remote.ocapi_client_secret, "ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID")
        return self._as(own if own.client_id else main)

    @property
    def _oci_url(self) -> str:
        remote = self._remote
        return remote.omnichannel_url.rstrip("/") or _host(remote.url)

    @cached_property
    def _oci(self) -> Authorized:
        return self._scapi(OCI_SCOPES)

    @cached_property
    def _listed(self) -> Records:
        remote = self._remote
        base = f"{_host(remote.url)}/product/inventory-lists/v1/organizations/{remote.organization}"
        return Records(
            api=self._scapi(LISTS_SCOPE),
            base=base,
            body=listed_of,
            path="inventory-lists/{}/product-inventory-records/{}",
            parallel=self._parallel,
            pace=self._pace,
        )

    def _scapi(self, scopes: str) -> Authorized:
        remote = self._remote
        scope = f"{TENANT}{remote.organization.removeprefix('f_ecom_')} {scopes}"
        return self._as(Login(remote.client_id, remote.client_secret, "ORDERBRIDGE_SFCC_CLIENT_ID", scope))

    def _as(self, login: Login) -> Authorized:
        url = with_path(self._remote.token_url, TOKEN_PATH)
        return Authorized(self._connection, Tokens(self._connection, url, login))


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
