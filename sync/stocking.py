"""The storefront's stock interfaces as the settings want them."""

from collections.abc import Callable
from functools import cached_property

from config.settings import Settings
from sync.clients.http import Connection, Limits, with_path
from sync.clients.sfcc_token import TOKEN_PATH, Authorized, Login, Tokens
from sync.clients.stock.batches import Batches
from sync.clients.stock.records import Records
from sync.clients.stock.shelves import Shelves
from sync.core.sites import Site

DATA_PATH = "/s/-/dw/data/v25_6"
BATCH_PATH = "/s/-/dw/batch"


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
        )

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

    def _as(self, login: Login) -> Authorized:
        url = with_path(self._remote.token_url, TOKEN_PATH)
        return Authorized(self._connection, Tokens(self._connection, url, login))
