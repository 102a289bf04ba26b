"""The storefront of older sites: OCAPI, orders read by the Shop API, written by the Data API (25.6)."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from schemas.sfcc.mapping import read_order, read_status, tracking_numbers
from schemas.sfcc.postings import ocapi_call
from schemas.sfcc.searches import Wanted, found, search
from sync.clients.attributes import write
from sync.clients.failures import failure, reason, slug
from sync.clients.http import Answer, Call, Connection, Limits, with_path
from sync.clients.sfcc_token import TOKEN_PATH, Authorized, Login, Tokens
from sync.clients.walking import PAGE, SMALL_PAGE, Row, walk
from sync.core.errors import Alarm, OrderbridgeError, Rejected, Retryable
from sync.core.orders import Order
from sync.core.ports import Listed, Observation
from sync.core.postings import Kind, Posting
from sync.core.sites import Site

SETTING = "ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID"
PLACED = ("new", "open", "completed")
STALE = "ResourceStateConflictException"
STATE = "_resource_state"
# OCAPI gives every permission by a document in Business Manager, and by default none.
PERMISSION = "allow it in Business Manager: Administration > Site Development > Open Commerce API Settings"


@dataclass(kw_only=True)
class OcapiClient:
    """The `Storefront` port over OCAPI; opens nothing until the first call, which logs in.

    `url` is the instance's address without `/s/`. Every call names its client beside the token.
    """

    url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    pool_size: int = 16
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Put together where everything is."""
        self._connection = Connection("storefront", self.limits, self.pool_size)
        login = Login(self.client_id, self.client_secret, SETTING)
        # ASSUMPTION: the token of client credentials opens the Shop API's order resources too.
        tokens = Tokens(self._connection, with_path(self.token_url, TOKEN_PATH), login)
        self._api = Authorized(self._connection, tokens, {"x-dw-client-id": self.client_id})

    def order(self, site: Site, order_no: str) -> Order:
        """Return the order as it is now; raises Retryable order.not_readable when unknown (yet)."""
        return read_order(self._document(site, order_no), site)

    def observe(self, site: Site, order_no: str) -> Observation:
        """Return the order's statuses; raises as `order`."""
        return _observation(self._document(site, order_no))

    def ready_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of orders ready for export changed since, oldest first."""
        ready = {"status": PLACED, "export_status": site.ready_statuses}
        rows = self._walk(site, Wanted(ready, "last_modified"), since)
        return ((row["order_no"], row["last_modified"]) for row in rows)

    def placed_orders(
        self, site: Site, since: datetime, until: datetime | None, statuses: Collection[str]
    ) -> Iterator[Listed]:
        """Yield the orders ready for export, in these statuses, created in [since, until), oldest first."""
        # What SCAPI calls new, OCAPI may also call open.
        named = tuple(dict.fromkeys([*statuses, *(["open"] if "new" in statuses else [])]))
        wanted = Wanted({"status": named, "export_status": site.ready_statuses}, "creation_date", until)
        for row in self._walk(site, wanted, since):
            created = row["creation_date"]
            # Whether the end of a range belongs to it is not documented.
            if until is None or created < until:
                modified = row["last_modified"] or created
                yield Listed(order_no=row["order_no"], created=created, modified=modified)

    def canceled_orders(self, site: Site, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield (order number, last modified) of canceled orders changed since, oldest first."""
        rows = self._walk(site, Wanted({"status": ("cancelled",)}, "last_modified"), since)
        return ((row["order_no"], row["last_modified"]) for row in rows)

    def post(self, site: Site, order_no: str, posting: Posting) -> None:
        """Make one posting; a status that moves stock is looked at first and not set again.

        It is set only upon the state that was looked at. Raises `Rejected` storefront.unsupported,
        storefront.conflict, storefront.refused or attribute.refused, `Retryable` when the order was
        changed in between, `OutcomeUnknown` when the answer is lost.
        """
        if posting.kind is Kind.ATTRIBUTES:
            write(posting.value, lambda some: self._made(site, order_no, replace(posting, value=some)))
        else:
            self._made(site, order_no, posting)

    def _made(self, site: Site, order_no: str, posting: Posting) -> None:
        wanted = ocapi_call(posting)
        state = ""
        if posting.kind is Kind.ORDER_STATUS:
            document = self._document(site, order_no)
            if _observation(document).status == posting.value["status"]:
                return
            state = _state(document)
        suffix = f"/{wanted.path}" if wanted.path else ""
        url = f"{self._data(site)}/sites/{_quoted(site.name)}/orders/{_quoted(order_no)}{suffix}"
        call = Call(wanted.method, url, json=wanted.body, changing=True)
        answer = self._guarded(call, state, lambda: _state(self._document(site, order_no)))
        if not answer.ok:
            raise self._failure(answer, f"{posting.kind} of order {order_no}", changing=True)

    def close(self) -> None:
        """Let go of all connections."""
        self._connection.close()

    def _guarded(self, call: Call, state: str, present: Callable[[], str]) -> Answer:
        """Send upon the state that the order was seen in, if any."""
        if not state:
            return self._api.send(call)
        answer = self._api.send(_with_state(call, state))
        if answer.status != HTTPStatus.CONFLICT or slug(answer.content) != STALE:
            return answer
        # ASSUMPTION: the state that the Shop API shows is the one that the Data API compares. Where it is
        # not, it is stale though nothing changed; the value is absolute and goes without.
        if present() != state:
            detail = f"the order was changed while its status was to be set: {STALE}"
            raise Retryable("remote.unavailable", detail, remote_status=answer.status)
        return self._api.send(call)

    def _shop(self, site: Site) -> str:
        return f"{self.url}/s/{_quoted(site.name)}/dw/shop/{_version(site)}"

    def _data(self, site: Site) -> str:
        return f"{self.url}/s/-/dw/data/{_version(site)}"

    def _document(self, site: Site, order_no: str) -> dict[str, Any]:
        answer = self._api.send(Call("GET", f"{self._shop(site)}/orders/{_quoted(order_no)}"))
        if answer.status == HTTPStatus.NOT_FOUND and slug(answer.content) == "OrderNotFoundException":
            detail = f"the storefront does not know order {order_no}"
            raise Retryable("order.not_readable", detail, remote_status=answer.status)
        return _object(self._checked(answer, f"order {order_no}"))

    def _walk(self, site: Site, wanted: Wanted, since: datetime) -> Iterator[Row]:
        return walk(lambda at, start: self._page(site, wanted, at, start), since, wanted.by)

    def _page(self, site: Site, wanted: Wanted, since: datetime, start: int) -> tuple[list[Row], bool]:
        """Rows, and whether there may be more; a page as large as it may be."""
        for size in (PAGE, SMALL_PAGE):
            body = search(wanted, since, start, size)
            answer = self._api.send(Call("POST", f"{self._shop(site)}/order_search", json=body))
            if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        hits = found(_object(self._checked(answer, "order_search")))
        rows = [read_status(hit) for hit in hits]
        named = [row | {wanted.by: row[wanted.by] or since} for row in rows if row["order_no"]]
        return named, len(hits) == size

    def _checked(self, answer: Answer, subject: str) -> Answer:
        if not answer.ok:
            raise self._failure(answer, subject, changing=False)
        return answer

    def _failure(self, answer: Answer, subject: str, *, changing: bool) -> OrderbridgeError:
        detail = f"{subject}: {reason(answer.content)}"
        if answer.status == HTTPStatus.CONFLICT:
            return Rejected("storefront.conflict", detail, remote_status=answer.status)
        if answer.status == HTTPStatus.FORBIDDEN:
            who = f"client '{self.client_id}' ({SETTING})"
            return Alarm(
                "credentials.refused", f"{detail}, as {who}; {PERMISSION}", remote_status=answer.status
            )
        remote = self._connection.remote
        return failure(remote, answer.status, answer.headers, answer.content, changing=changing)


def _observation(document: dict[str, Any]) -> Observation:
    seen = read_status(document)
    return Observation(
        status=seen["status"],
        export_status=seen["export_status"],
        shipping_status=seen["shipping_status"],
        external_status=seen["external_order_status"],
        attributes={name: value for name, value in seen["custom"].items() if isinstance(value, str)},
        tracking=tuple(tracking_numbers(seen["shipments"])),
    )


def _state(document: dict[str, Any]) -> str:
    state = document.get(STATE)
    return state if isinstance(state, str) else ""


def _with_state(call: Call, state: str) -> Call:
    return replace(call, json={**call.json, STATE: state})


def _version(site: Site) -> str:
    """The version as an address has it: 25.6 is v25_6."""
    return f"v{site.ocapi_version.replace('.', '_')}"


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _object(answer: Answer) -> dict[str, Any]:
    document = answer.json()
    if not isinstance(document, dict):
        raise Retryable("remote.malformed", "expected a JSON object", remote_status=answer.status)
    return document
