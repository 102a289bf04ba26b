"""Baskets: what they hold is withheld from others, and shown again when it is over."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sync.core.errors import Rejected
from sync.core.inventory import Reservation
from sync.core.messages import Draft, Message, Origin, Topic
from sync.core.ports import BasketReader, Lapsed, Ledger, Reservations
from sync.core.sites import Site
from sync.flows.messages import site_of

# As many as one message names; what is left is told by the next beat.
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Baskets:
    """The story of a reservation: kept when it is worked, over when its window, order or owner ends it."""

    sites: Mapping[str, Site]
    reservations: Reservations
    reader: BasketReader
    ledger: Ledger

    def keep(self, message: Message) -> Collection[str]:
        """Do what a message says of a basket; return the SKUs whose numbers change with it."""
        told = self.reader.reservation(message)
        if told.over:
            return told.over
        site = site_of(self.sites, told.site)
        if not site.stock.reservations and told.units:
            raise Rejected("reservations.off", f"site {site.name} takes no reservations any more")
        held = Reservation(
            site=site.name,
            basket=told.basket,
            inventory_list=site.stock.inventory_list,
            units=told.units,
            until=told.at + timedelta(seconds=site.stock.reservations),
        )
        return self.reservations.hold(held)

    def collect(self) -> int:
        """Have the storefront told of what is over; return how many messages were new.

        Each is named by what it tells: a beat that dies before it has forgotten that tells it again, which
        changes nothing.
        """
        new = 0
        for organisation, rows in groupby(self.reservations.lapsed(MOST), key=self._organisation):
            over = list(rows)
            new += self.ledger.add([_told(organisation, over)] if organisation else [])
            self.reservations.forget(over)
        return new

    def _organisation(self, lapsed: Lapsed) -> str:
        site = self.sites.get(lapsed.site)
        return site.organisation if site else ""


def _told(organisation: str, over: Collection[Lapsed]) -> Draft:
    names = "\n".join(f"{one.site} {one.basket} {one.sku} {one.until.isoformat()}" for one in over)
    digest = hashlib.sha256(names.encode()).hexdigest()[:16]
    return Draft(
        site=organisation,
        topic=Topic.BASKET_CHANGED,
        origin=Origin.WAREHOUSE,
        key="stock",
        dedupe_key=f"over:{digest}",
        body=json.dumps({"skus": sorted({one.sku for one in over})}, ensure_ascii=False),
        correlation_id=f"baskets-{digest}",
    )
