"""Native lists by record: OCAPI Data API 25.6, one PATCH for a SKU, and a PUT where it has no record yet."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from schemas.sfcc.inventory import LONGEST_ID, record_of, refusal
from sync.clients.failures import failure, reason
from sync.clients.http import Answer, Call
from sync.clients.sfcc_token import Authorized
from sync.core.allocations import Allocation, Written
from sync.core.errors import Alarm, OrderbridgeError, Rejected, Retryable
from sync.core.sites import Site


def unpaced(_site: Site) -> None:
    """Let every request go at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Writes records one call each, `parallel` at a time; `base` is the address that lists are below."""

    api: Authorized
    base: str
    body: Callable[[Allocation], dict[str, Any]] = record_of
    path: str = "inventory_lists/{}/product_inventory_records/{}"
    parallel: int = 4
    pace: Callable[[Site], None] = unpaced

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        """Write and yield each end; after a failure that is not one SKU's own nothing more is begun."""
        stop: list[OrderbridgeError] = []

        def one(allocation: Allocation) -> Written:
            if stop:
                return Written(allocation.sku, stop[0])
            try:
                self._write(site, allocation)
            except OrderbridgeError as error:
                if isinstance(error, Alarm) or error.code == "remote.throttled":
                    stop.append(error)
                return Written(allocation.sku, error)
            return Written(allocation.sku)

        with ThreadPoolExecutor(self.parallel) as pool:
            yield from pool.map(one, allocations)

    def look(self, inventory_list: str) -> None:
        """Ask for a record that need not be there; raises what a caller without the right to it is told."""
        answer = self.api.send(Call("GET", self.url(inventory_list, "orderbridge-doctor")))
        missing = answer.status == HTTPStatus.NOT_FOUND and "Record" in reason(answer.content)
        if not answer.ok and not missing:
            raise failure(self.api.remote, answer.status, answer.headers, answer.content)

    def url(self, inventory_list: str, sku: str | None = None) -> str:
        """Return the address of a SKU's record, or of all records of the list."""
        path = self.path.format(segment(inventory_list), "" if sku is None else segment(sku))
        return f"{self.base}/{path}".rstrip("/")

    def _write(self, site: Site, allocation: Allocation) -> None:
        if wrong := refusal(allocation, LONGEST_ID):
            raise wrong
        url = self.url(site.stock.inventory_list, allocation.sku)
        answer = self._send(site, "PATCH", url, allocation)
        if answer.status == HTTPStatus.NOT_FOUND and site.stock.unknown_skus == "create":
            answer = self._send(site, "PUT", url, allocation)
        if error := failed(self.api.remote, allocation.sku, answer):
            raise error

    def _send(self, site: Site, method: str, url: str, allocation: Allocation) -> Answer:
        self.pace(site)
        return self.api.send(Call(method, url, json=self.body(allocation), changing=True))


def segment(name: str) -> str:
    """Return a name as one part of a path: `..` and `/` in it lead nowhere else."""
    return quote(name, safe="").replace(".", "%2E") if set(name) <= {"."} else quote(name, safe="")


def failed(remote: str, sku: str, answer: Answer) -> OrderbridgeError | None:
    """Return what an answer to a write says went wrong, None when nothing did."""
    if answer.ok:
        return None
    if answer.status == HTTPStatus.CONFLICT:
        # Somebody wrote the same record at the same time; our absolute value may be written again.
        return Retryable("remote.unavailable", f"{sku}: {reason(answer.content)}", remote_status=409)
    error = failure(remote, answer.status, answer.headers, answer.content, changing=True)
    return (
        Rejected(error.code, f"{sku}: {error.detail}", remote_status=answer.status)
        if isinstance(error, Rejected)
        else error
    )
