"""The warehouse: Orderflow's XML API, 4.2.4."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from requests.auth import HTTPBasicAuth

from schemas.orderflow import CANCELED, LONDON
from schemas.orderflow.listings import despatched, detail, order_state, returned
from schemas.orderflow.listings import units as detail_units
from schemas.orderflow.masking import masked_properties
from schemas.orderflow.orders import import_document
from schemas.orderflow.results import cancel_result, import_results, result_for
from schemas.orderflow.stock import streamed_counts
from schemas.orderflow.xml import MissingDataError, UnusableError, local, parse, raise_failure
from sync.clients.failures import failure, masked
from sync.clients.http import Answer, Call, Connection, Limits
from sync.core.errors import OutcomeUnknown, Rejected, Retryable
from sync.core.inventory import Count, Unreadable
from sync.core.orders import WarehouseOrder
from sync.core.ports import CancelResult, ImportResult, Missing, Sighting
from sync.core.sites import Route, Site

IMPORT = "remoteorder/imports/importitems.xml"
CANCEL = "remoteorder/order/cancel.xml"
DETAIL = "remoteorder/order/detail.xml"
DESPATCHES = "remoteorder/shipment/despatches.xml"
INVENTORY = "remotewarehouse/inventory.xml"
REPORT = "remote/report.xml"
RETURNS_REPORT = "return_line_api_report"
T = TypeVar("T")
# So many SKUs, written in so many characters, stay below the limit of a URL's length.
SKUS, LONGEST_LIST = 50, 6_000
# Imports are slow (the vendor's own client waits five minutes), but a call must end before its work's lease.
PATIENT = Limits(read=60.0, whole=90.0, answer=64 * 1024 * 1024)


@dataclass(kw_only=True)
class OrderflowClient:
    """The `Warehouse` port over Orderflow; opens nothing until the first call.

    `zone` names the zone of its zoneless times, `return_report` says whether the instance has the report
    of processed returns.
    """

    url: str
    user: str
    password: str = field(repr=False)
    zone: str = LONDON.key
    return_report: bool = False
    pool_size: int = 16
    limits: Limits = PATIENT
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        """Put together where everything is."""
        self._connection = Connection("warehouse", self.limits, self.pool_size)
        self._base = self.url.rstrip("/") + "/"
        # As text, requests would send them in Latin-1, and fail on anything that is not in it.
        self._auth = HTTPBasicAuth(self.user.encode(), self.password.encode())
        self._zone = ZoneInfo(self.zone)

    def import_orders(
        self, site: Site, channel: str, orders: Sequence[WarehouseOrder]
    ) -> dict[str, ImportResult]:
        """Import a batch in one document; return reference → result, one for every order.

        Raises `OutcomeUnknown` when the answer was lost or cannot be read: the import may be done.
        """
        call = Call(
            "POST",
            self._base + IMPORT,
            data=import_document(orders, site, self._zone),
            headers={"Content-Type": "application/xml", "channel": channel},
            auth=self._auth,
            changing=True,
        )
        answer = self._sent(call)
        try:
            results = import_results(answer.content)
        except UnusableError as error:
            detail = f"the import's answer cannot be read: {error}: {masked(answer.content)}"
            raise OutcomeUnknown("outcome.unknown", detail, remote_status=answer.status) from error
        return {order.reference: result_for(order.reference, results) for order in orders}

    def document(self, site: Site, orders: Sequence[WarehouseOrder]) -> str:
        """Return the document that imports these orders."""
        return import_document(orders, site, self._zone).decode()

    def masked(self, document: str) -> str:
        """Return a document, or a comparison of two, with every personal value blotted out."""
        return masked_properties(document)

    def cancel(self, channel: str, reference: str, *, rename: bool) -> CancelResult:
        """Cancel a whole order; `rename` frees its reference for another import.

        Raises `OutcomeUnknown` when the answer was lost. A refusal is a text in an answer with status 200.
        """
        query = {
            "externalReference": reference,
            # The default is not documented, so it is always said.
            "cancelChangesExternalReference": "true" if rename else "false",
        }
        call = replace(self._call(CANCEL, {"channel": channel}, query), method="POST", changing=True)
        try:
            answer = self._sent(call)
        except MissingDataError:
            return Missing()
        try:
            return cancel_result(answer.content)
        except MissingDataError:
            return Missing()
        except UnusableError as error:
            detail = f"the cancellation's answer cannot be read: {error}: {masked(answer.content)}"
            raise OutcomeUnknown("outcome.unknown", detail, remote_status=answer.status) from error

    def is_canceled(self, channel: str, reference: str) -> bool:
        """Tell whether the order is canceled now."""
        seen = self.order_detail(channel, reference)
        return seen is not None and order_state(seen.body) == CANCELED

    def holds(self, channel: str, reference: str, units: Mapping[str, int]) -> bool:
        """Tell whether the warehouse's order under that reference has the same units of each SKU."""
        seen = self.order_detail(channel, reference)
        return seen is not None and detail_units(seen.body) == units

    def order_detail(self, channel: str, reference: str) -> Sighting | None:
        """Return the present state of one order, None when unknown there."""
        try:
            answer = self._get(DETAIL, {"channel": channel}, {"externalReference": reference})
            return _read(lambda: detail(answer.content, reference), answer)
        except MissingDataError:
            return None

    def despatches(self, channel: str, since: datetime, until: datetime) -> Iterator[Sighting]:
        """Yield the shipments completed in the window [since, until)."""
        window = {
            "from": local(since, self._zone),
            "to": local(until, self._zone),
            "includeOrderLines": "true",
        }
        answer = self._get(DESPATCHES, {"channel": channel}, window)
        yield from _read(lambda: list(despatched(answer.content)), answer)

    def returns(self, route: Route, since: datetime, until: datetime) -> Iterator[Sighting]:
        """Yield the returns completed in the window, nothing where the instance has no such report."""
        if not self.return_report:
            return
        query = {
            "reportKey": RETURNS_REPORT,
            "startDate": local(since, self._zone),
            "endDate": local(until, self._zone),
        }
        answer = self._get(REPORT, {"channel": route.channel, "organisation": route.organisation}, query)
        yield from _read(lambda: list(returned(answer.content)), answer)

    def counts(self, organisation: str, skus: Collection[str] | None = None) -> Iterator[Count]:
        """Yield the present counts of the organisation, of all products or of those `skus` that are askable.

        `as_of` is the start of the request. An absent product proves nothing: it may have no record.
        Raises `Unreadable` for bad products after the good ones, `Retryable` where the answer breaks off.
        """
        askable = None if skus is None else sorted(sku for sku in skus if self.askable(sku))
        chunks: Iterable[list[str]] = [[]] if askable is None else _lists(askable)
        bad: list[Unreadable] = []
        for chunk in chunks:
            try:
                yield from self._counts(organisation, chunk)
            except Unreadable as error:
                bad.append(error)
        if bad:
            raise Unreadable.of(bad)

    def askable(self, sku: str) -> bool:
        """Tell whether a SKU can be asked for by name: a comma separates SKUs in the query."""
        return "," not in sku

    def close(self) -> None:
        """Let go of all connections."""
        self._connection.close()

    def _counts(self, organisation: str, skus: Sequence[str]) -> Iterator[Count]:
        as_of = self.clock()
        call = self._call(
            INVENTORY,
            {"organisation": organisation},
            {"externalReferences": ",".join(skus)} if skus else {},
        )
        with self._connection.download(call) as body:
            try:
                yield from streamed_counts(body, organisation, as_of)
            except UnusableError as error:
                raise Retryable("remote.malformed", f"inventory: {error}") from error
            except Unreadable:
                raise
            except Rejected as error:
                raise Retryable("remote.malformed", error.detail, fields=error.fields) from error

    def _call(self, path: str, scope: Mapping[str, str], query: Mapping[str, str]) -> Call:
        # Orderflow reads blanks only as %20; the query is therefore written here.
        written = urlencode(query, quote_via=quote)
        url = self._base + path + (f"?{written}" if written else "")
        return Call("GET", url, headers=scope, auth=self._auth)

    def _get(self, path: str, scope: Mapping[str, str], query: Mapping[str, str]) -> Answer:
        return self._sent(self._call(path, scope, query))

    def _sent(self, call: Call) -> Answer:
        """Send, and raise what a failing status means; an error document says more than its status."""
        answer = self._connection.send(call)
        if not answer.ok:
            with suppress(UnusableError):
                raise_failure(parse(answer.content))
            raise failure(
                self._connection.remote, answer.status, answer.headers, answer.content, changing=call.changing
            )
        return answer


def _lists(skus: Iterable[str]) -> Iterator[list[str]]:
    """Part SKUs into lists that a URL can hold; letters of other scripts take up to twelve characters."""
    some, length = list[str](), 0
    for sku in skus:
        written = len(quote(f"{sku},", safe=""))
        if some and (len(some) == SKUS or length + written > LONGEST_LIST):
            yield some
            some, length = [], 0
        some.append(sku)
        length += written
    if some:
        yield some


def _read(reading: Callable[[], T], answer: Answer) -> T:
    try:
        return reading()
    except UnusableError as error:
        detail = f"{error}: {masked(answer.content)}"
        raise Retryable("remote.malformed", detail, remote_status=answer.status) from error
