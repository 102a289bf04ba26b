"""The storefront: SCAPI Orders v1 (OpenAPI 1.5.2), and OCAPI Data 25.6 for stock."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from schemas.sfcc.mapping import read_order, read_status, tracking_numbers
from schemas.sfcc.postings import call as posting_call
from sync.clients.attributes import write
from sync.clients.failures import failure, reason, slug
from sync.clients.http import Answer, Call, Connection, Limits, with_path
from sync.clients.sfcc_token import TOKEN_PATH, Authorized, Login, Tokens
from sync.clients.walking import PAGE, SMALL_PAGE, Row, walk
from sync.core.errors import Rejected, Retryable
from sync.core.orders import Order
from sync.core.ports import Listed, Observation
from sync.core.postings import Kind, Posting
from sync.core.sites import Site
from sync.core.times import stamp

ORDERS_PATH = "/checkout/orders/v1"
TENANT = "f_ecom_"


@dataclass(frozen=True, slots=True)
class By:
    """A time that the list can be walked by: its filter, its sort key, its member of an order."""

    start: str
    sort: str
    member: str


MODIFIED = By("lastModifiedDateFrom", "last_modified_date", "last_modified")
CREATED = By("creationDateFrom", "creation_date", "creation_date")


@dataclass(kw_only=True)
class SfccClient:
    """The `Storefront` port over SFCC's web APIs; opens nothing until the first call, which logs in.

    A URL that names only a host is completed with the API's usual path. Salesforce wants a client of
    its own for OCAPI; without one the first is used for both.
    """

    url: str
    token_url: str
    organization: str
    client_id: str
    client_secret: str = field(repr=False)
    pool_size: int = 16
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Put together where everything is."""
        self._connection = Connection("storefront", self.limits, self.pool_size)
        self._orders = (
            f"{with_path(self.url, ORDERS_PATH)}/organizations/{quote(self.organization, safe='')}/orders"
        )
        login = with_path(self.token_url, TOKEN_PATH)
        scope = f"SALESFORCE_COMMERCE_API:{self.organization.removeprefix(TENANT)} sfcc.orders.rw"
        main = Login(self.client_id, self.client_secret, "ORDERBRIDGE_SFCC_CLIENT_ID", scope)
        self._scapi = Authorized(self._connection, Tokens(self._connection, login, main))

    def order(self, site: Site, order_no: str) -> Order:
        """Return the order as it is now; raises Retryable order.not_readable when unknown (yet)."""
        return read_order(self._document(site, order_no), site)

    def observe(self, site: Site, order_no: str) -> Observation:
        """Return the order's statuses; raises as `order`."""
        seen = read_status(self._document(site, order_no))
        return Observation(
            status=seen["status"],
            export_status=seen["export_status"],
            shipping_status=seen["shipping_status"],
            external_status=seen["external_order_status"],
            attributes={name: value for name, value in seen["custom"].items() if isinstance(value, str)},
            tracking=tuple(tracking_numbers(seen["shipments"])),
        )

    def ready_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of orders ready for export changed since, oldest first."""
        ready = {"status": "new,completed", "exportStatus": ",".join(site.ready_statuses)}
        return ((row["order_no"], row["last_modified"]) for row in self._walk(site, ready, since, MODIFIED))

    def placed_orders(
        self, site: Site, since: datetime, until: datetime | None, statuses: Collection[str]
    ) -> Iterator[Listed]:
        """Yield the orders ready for export, in these statuses, created in [since, until), oldest first."""
        wanted = {"status": ",".join(statuses), "exportStatus": ",".join(site.ready_statuses)}
        ending = {"creationDateTo": stamp(until)} if until else {}
        for row in self._walk(site, wanted | ending, since, CREATED):
            created = row["creation_date"]
            yield Listed(order_no=row["order_no"], created=created, modified=row["last_modified"] or created)

    def canceled_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of canceled orders changed since, oldest first."""
        canceled = self._walk(site, {"status": "cancelled"}, since, MODIFIED)
        return ((row["order_no"], row["last_modified"]) for row in canceled)

    def _walk(self, site: Site, filters: Mapping[str, str], since: datetime, by: By) -> Iterator[Row]:
        return walk(lambda at, offset: self._page(site, filters, at, offset, by), since, by.member)

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        """Make one posting; a status that moves stock is looked at first and not set again.

        Raises `Rejected` storefront.conflict, storefront.refused or attribute.refused, `OutcomeUnknown` when
        the answer is lost.
        """
        if (
            posting.kind is Kind.ORDER_STATUS
            and self.observe(site, order_no).status == posting.value["status"]
        ):
            return
        if posting.kind is Kind.FACTS:
            self._post_facts(site, order_no, posting)
            return
        if posting.kind is Kind.ATTRIBUTES:
            write(posting.value, lambda some: self._made(site, order_no, replace(posting, value=some)))
            return
        self._made(site, order_no, posting)

    def close(self) -> None:
        """Let go of all connections."""
        self._connection.close()

    def _made(self, site: Site, order_no: str, posting: Posting) -> None:
        wanted = posting_call(posting)
        suffix = f"/{wanted.path}" if wanted.path else ""
        url = self._order_url(order_no) + suffix
        sent = Call(wanted.method, url, {"siteId": site.name}, wanted.body, changing=True)
        answer = self._scapi.send(sent)
        if not answer.ok:
            raise self._failure(answer, f"{posting.kind} of order {order_no}", changing=True)

    def _post_facts(self, site: Site, order_no: str, posting: Posting) -> None:
        """The merchant's own endpoint; the same facts come under the same key, however often."""
        if not site.postings.endpoint:
            raise Rejected("storefront.unsupported", f"{posting.key}: {site.name} has no endpoint any more")
        places = {"organization": self.organization, "site": site.name, "order_no": order_no}
        path = site.postings.endpoint.format(**{name: quote(one, safe="") for name, one in places.items()})
        address = urlsplit(self.url)
        key = {"Idempotency-Key": quote(f"{site.name}:{order_no}:{posting.key}", safe=":")}
        url = f"{address.scheme}://{address.netloc}{path}"
        sent = Call("POST", url, {"siteId": site.name}, dict(posting.value), headers=key, changing=True)
        answer = self._scapi.send(sent)
        if not answer.ok:
            raise self._failure(answer, f"facts of order {order_no}", changing=True)

    def _order_url(self, order_no: str) -> str:
        return f"{self._orders}/{quote(order_no, safe='')}"

    def _document(self, site: Site, order_no: str) -> dict[str, Any]:
        call = Call("GET", self._order_url(order_no), {"siteId": site.name})
        answer = self._scapi.send(call)
        if answer.status == HTTPStatus.NOT_FOUND and slug(answer.content) == "order-not-found":
            detail = f"the storefront does not know order {order_no}"
            raise Retryable("order.not_readable", detail, remote_status=answer.status)
        return _object(self._checked(answer, f"order {order_no}"))

    def _page(
        self, site: Site, filters: Mapping[str, str], since: datetime, offset: int, by: By
    ) -> tuple[list[dict[str, Any]], bool]:
        """Rows, and whether there may be more."""
        params = {
            "siteId": site.name,
            **filters,
            by.start: stamp(since),
            "sortBy": by.sort,
            "sortOrder": "asc",
            "offset": str(offset),
        }
        answer, size = self._listed(params)
        rows = [read_status(row) for row in _object(answer).get("data") or []]
        found = [row | {by.member: row[by.member] or since} for row in rows if row["order_no"]]
        return found, len(rows) == size

    def _listed(self, params: dict[str, str]) -> tuple[Answer, int]:
        """A page as large as it may be."""
        for size in (PAGE, SMALL_PAGE):
            answer = self._scapi.send(Call("GET", self._orders, params | {"limit": str(size)}))
            if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        return self._checked(answer, "orders"), size

    def _checked(self, answer: Answer, subject: str) -> Answer:
        if not answer.ok:
            raise self._failure(answer, subject, changing=False)
        return answer

    def _failure(self, answer: Answer, subject: str, *, changing: bool) -> Exception:
        if answer.status == HTTPStatus.CONFLICT:
            detail = f"{subject}: {reason(answer.content)}"
            return Rejected("storefront.conflict", detail, remote_status=answer.status)
        return failure(
            self._connection.remote, answer.status, answer.headers, answer.content, changing=changing
        )


def _object(answer: Answer) -> dict[str, Any]:
    document = answer.json()
    if not isinstance(document, dict):
        raise Retryable("remote.malformed", "expected a JSON object", remote_status=answer.status)
    return document
