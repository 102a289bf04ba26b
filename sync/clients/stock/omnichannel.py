"""Omnichannel Inventory by batches: availability v1 `batch-update`, up to 100 records in a call."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from schemas.sfcc.inventory import LONGEST_ID, refusal
from schemas.sfcc.omnichannel import errors_of, record_id, record_of
from schemas.sfcc.shown import availability_shown
from sync.clients.failures import failure
from sync.clients.http import Call
from sync.clients.sfcc_token import Authorized
from sync.core.allocations import Allocation, Written
from sync.core.errors import OrderbridgeError, Rejected
from sync.core.inventory import Shown
from sync.core.sites import Site

MOST = 100
PATH = "/inventory/availability/v1/organizations/{}/availability-records"


@dataclass(frozen=True, slots=True)
class Omnichannel:
    """Writes what is on hand at the location that the site's list names, below the short code's `url`."""

    api: Authorized
    url: str
    tenant_group: str
    pace: Callable[[Site], None]

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        """Write and yield each end, batch by batch; after a failed batch nothing more is begun."""
        refused = {one.sku: wrong for one in allocations if (wrong := refusal(one, LONGEST_ID))}
        yield from (Written(sku, wrong) for sku, wrong in refused.items())
        good = [one for one in allocations if one.sku not in refused]
        failed: OrderbridgeError | None = None
        for start in range(0, len(good), MOST):
            chunk = good[start : start + MOST]
            if failed is None:
                try:
                    self.pace(site)
                    yield from self._write(site.stock.inventory_list, chunk)
                    continue
                except OrderbridgeError as error:
                    failed = error
            yield from (Written(one.sku, failed) for one in chunk)

    def look(self, location: str) -> None:
        """Ask for the availability of no product that is; raises what a caller without rights is told."""
        body = {"skus": ["orderbridge-doctor"], "locations": [location]}
        self._send("get-availability", body, changing=False)

    def read(self, site: Site, skus: Sequence[str]) -> dict[str, Shown]:
        """Return SKU → what is on hand at the location; what is not known there is not in it."""
        location, found = site.stock.inventory_list, dict[str, Shown]()
        for start in range(0, len(skus), MOST):
            self.pace(site)
            body = {"skus": list(skus[start : start + MOST]), "locations": [location]}
            found |= availability_shown(self._send("get-availability", body, changing=False), location)
        return found

    def _write(self, location: str, chunk: Sequence[Allocation]) -> list[Written]:
        ids = {record_id(location, one): one.sku for one in chunk}
        body = {"records": [record_of(location, one) for one in chunk]}
        told = errors_of(self._send("batch-update", body, changing=True), ids)
        return [Written(one.sku, _refused(told.get(one.sku))) for one in chunk]

    def _send(self, action: str, body: object, *, changing: bool) -> object:
        records = f"{self.url}{PATH.format(quote(self.tenant_group, safe=''))}"
        answer = self.api.send(Call("POST", f"{records}/actions/{action}", json=body, changing=changing))
        if not answer.ok:
            raise failure(self.api.remote, answer.status, answer.headers, answer.content, changing=changing)
        return answer.json() if answer.content else {}


def _refused(reason: str | None) -> Rejected | None:
    return None if reason is None else Rejected("storefront.refused", reason)
