"""Reading back: the records of a site's list as the storefront has them, by the site's own interface."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from schemas.sfcc.shown import listed_shown, record_shown
from sync.clients.failures import failure, reason
from sync.clients.http import Answer, Call
from sync.clients.stock.batches import Batches
from sync.clients.stock.omnichannel import Omnichannel
from sync.clients.stock.records import Records
from sync.core.errors import Alarm, Retryable
from sync.core.inventory import Shown
from sync.core.sites import Site

# The most records of a page.
PAGE = 200

Parse = Callable[[Any], tuple[str, Shown]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The `Mirror` port. Lists that are written by file are read by record."""

    records: Records
    batches: Batches
    omnichannel: Omnichannel
    listed: Records

    def read(self, site: Site, skus: Collection[str]) -> Mapping[str, Shown]:
        """Return SKU → record; what has none is not in it. Alarm stock.unreadable where it is forbidden."""
        policy, wanted = site.publication, sorted(skus)
        with _readable(site):
            if policy.inventory == "omnichannel":
                return self.omnichannel.read(site, wanted)
            if policy.api == "scapi":
                return dict(_singly(self.listed, site, wanted, listed_shown))
            if policy.batch == 1:
                return dict(_singly(self.records, site, wanted, record_shown))
            return dict(self._together(site, wanted))

    def walk(self, site: Site) -> Iterator[Mapping[str, Shown]] | None:
        """Return an iterator of the list's records, page by page; None where no list can be asked for."""
        policy = site.publication
        return self._pages(site) if policy.inventory == "lists" and policy.api == "ocapi" else None

    def _together(self, site: Site, skus: Sequence[str]) -> Iterator[tuple[str, Shown]]:
        size = site.publication.batch
        chunks = [skus[start : start + size] for start in range(0, len(skus), size)]
        with ThreadPoolExecutor(self.batches.parallel) as pool:
            for answers in pool.map(
                lambda chunk: self.batches.exchange(site, "GET", dict.fromkeys(chunk)), chunks
            ):
                yield from _found(self.batches.api.remote, answers.items(), record_shown)

    def _pages(self, site: Site) -> Iterator[Mapping[str, Shown]]:
        records, start = self.records, 0
        url = records.url(site.stock.inventory_list)
        while True:
            records.pace(site)
            params = {"start": str(start), "count": str(PAGE), "select": "(**)"}
            with _readable(site):
                answer = records.api.send(Call("GET", url, params=params))
                document = _checked(records.api.remote, answer).json()
            rows = document.get("data") if isinstance(document, dict) else None
            if not isinstance(rows, list):
                # An empty list may be told of without its data.
                if isinstance(document, dict) and document.get("total") == 0:
                    return
                raise Retryable("remote.malformed", "a list of inventory records holds no data")
            yield dict(map(record_shown, rows))
            start += len(rows)
            if not rows or start >= _total(document):
                return


def _singly(records: Records, site: Site, skus: Sequence[str], parse: Parse) -> Iterator[tuple[str, Shown]]:
    def one(sku: str) -> tuple[str, Answer]:
        records.pace(site)
        return sku, records.api.send(Call("GET", records.url(site.stock.inventory_list, sku)))

    with ThreadPoolExecutor(records.parallel) as pool:
        yield from _found(records.api.remote, pool.map(one, skus), parse)


def _found(remote: str, answers: Any, parse: Parse) -> Iterator[tuple[str, Shown]]:
    for sku, answer in answers:
        if answer.status == HTTPStatus.NOT_FOUND and "Record" in reason(answer.content):
            continue
        _, shown = parse(_checked(remote, answer).json())
        yield sku, shown


def _checked(remote: str, answer: Answer) -> Answer:
    if not answer.ok:
        raise failure(remote, answer.status, answer.headers, answer.content)
    return answer


def _total(document: Mapping[str, Any]) -> int:
    total = document.get("total")
    return total if isinstance(total, int) else 0


@contextmanager
def _readable(site: Site) -> Iterator[None]:
    try:
        yield
    except Alarm as error:
        what = f"the list {site.stock.inventory_list} of {site.name} cannot be read back"
        raise Alarm(
            "stock.unreadable", f"{what}: {error.detail}", remote_status=error.remote_status
        ) from error
