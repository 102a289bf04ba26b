"""The systems on either side, and the reader of what they say."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from schemas.reader import WireReader
from sync.clients.crm import CrmClient
from sync.clients.orderflow import OrderflowClient
from sync.clients.storefronts import Storefronts
from sync.store.pace import PostgresPace
from sync.wiring.crm import crm_client
from sync.wiring.shops import storefronts
from sync.wiring.stocking import Stocking
from sync.wiring.stores import Stores


@dataclass(frozen=True)
class Remotes(Stores):
    """Every remote, made on first use; none is called by being made."""

    @cached_property
    def storefront(self) -> Storefronts:
        """SFCC, by the interface of each site."""
        return storefronts(self.settings)

    @cached_property
    def stocking(self) -> Stocking:
        """SFCC's stock interfaces."""
        return Stocking(self.settings, PostgresPace(self.sessions).inventory)

    @cached_property
    def warehouse(self) -> OrderflowClient:
        """Orderflow."""
        remote = self.settings.warehouse
        return OrderflowClient(
            url=remote.url,
            user=remote.user,
            password=remote.password,
            zone=remote.zone,
            return_report=remote.return_report,
            clock=self.clock,
            pool_size=2 * self.settings.delivery.parallel,
        )

    @cached_property
    def crm(self) -> CrmClient:
        """The CRM; asked only for sites that want something of it, whose login was checked at the start."""
        return crm_client(self.settings)

    @cached_property
    def reader(self) -> WireReader:
        """Bodies as received → core values."""
        remote = self.settings.warehouse
        return WireReader(zone=remote.zone, push_age=timedelta(seconds=remote.push_age))
