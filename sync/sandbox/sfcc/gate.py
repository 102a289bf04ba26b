"""The gateway of SCAPI: token, scope, organization and site are checked before a call is looked at."""

import re
from collections.abc import Awaitable, Callable, Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox.sfcc.answers import OcapiError, ScapiError, echo
from sync.sandbox.sfcc.tokens import Tokens

Handler = Callable[[Request], Awaitable[Response]]
READ = frozenset({"sfcc.orders", "sfcc.orders.rw"})
WRITE = frozenset({"sfcc.orders.rw"})
MAX_HEAD = 24 * 1024


class Gate:
    """Builds the routes of both APIs so that no handler can forget a check."""

    def __init__(self, tokens: Tokens, organization: str, sites: Collection[str]) -> None:
        self.tokens = tokens
        self.organization = organization
        self.sites = sites

    def orders(
        self,
        path: str,
        method: str,
        handler: Handler,
        scopes: frozenset[str],
        parameters: Collection[str] = (),
    ) -> Route:
        """A SCAPI route: `parameters` are the query parameters it knows beside `siteId`."""

        async def checked(request: Request) -> Response:
            self._check(request, scopes, {"siteId", *parameters})
            return echo(request, await handler(request))

        return Route(path, checked, methods=[method])

    def data(self, path: str, method: str, handler: Handler) -> Route:
        """An OCAPI route; its rights are not in the token."""

        async def checked(request: Request) -> Response:
            self._check_client(request)
            # A batch names no version; each of its parts does.
            if "version" in request.path_params:
                _check_version(request.path_params["version"])
            return await handler(request)

        return Route(path, checked, methods=[method])

    def _check_client(self, request: Request) -> None:
        if self.tokens.grant(request) is not None:
            return
        named = request.headers.get("x-dw-client-id") or request.query_params.get("client_id")
        if "authorization" not in request.headers and not named:
            raise OcapiError(400, "MissingClientIdException", "The client id is missing.")
        # ASSUMPTION: the status of the token faults is not documented.
        raise OcapiError(
            401, "InvalidAccessTokenException", "Unauthorized request! The access token is invalid."
        )

    def stock(
        self, path: str, method: str, handler: Handler, scopes: frozenset[str], organization: str
    ) -> Route:
        """A SCAPI route without a site: inventory lists, or Omnichannel Inventory of a tenant group."""

        async def checked(request: Request) -> Response:
            self._check_grant(request, scopes, organization)
            return echo(request, await handler(request))

        return Route(path, checked, methods=[method])

    def _check_grant(self, request: Request, scopes: frozenset[str], organization: str) -> None:
        _check_head(request)
        grant = self.tokens.grant(request)
        if grant is None:
            raise ScapiError(401, "unauthorized", "The access token is missing, unknown or expired.")
        if request.path_params["organization"] != organization:
            raise ScapiError(404, "not-found", f"No organization '{request.path_params['organization']}'.")
        if not grant.scopes & scopes:
            raise ScapiError(403, "forbidden", f"The token lacks the scope {' or '.join(sorted(scopes))}.")

    def _check(self, request: Request, scopes: frozenset[str], parameters: set[str]) -> None:
        self._check_grant(request, scopes, self.organization)
        unknown = sorted(set(request.query_params) - parameters)
        if unknown:
            detail = f"Unknown query parameter: {', '.join(unknown)}."
            raise ScapiError(400, "undefined-query-parameter", detail, parameters=unknown)
        self._check_site(request.query_params.get("siteId"))

    def _check_site(self, site: str | None) -> None:
        if not site:
            raise ScapiError(
                400, "missing-query-parameter", "Query parameter siteId is missing.", parameter="siteId"
            )
        if site not in self.sites:
            # ASSUMPTION: the problem of an unknown site is not documented.
            raise ScapiError(404, "not-found", f"No site '{site}'.", siteId=site)


def _check_version(version: str) -> None:
    if re.fullmatch(r"v\d\d_\d{1,2}", version) is None:
        raise OcapiError(404, "UnknownVersionException", f"No version '{version}'.", version=version)


def _check_head(request: Request) -> None:
    size = len(request.scope["raw_path"]) + len(request.scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in request.headers.raw) > MAX_HEAD:
        raise ScapiError(400, "bad-request", "URL and headers are larger than 24 kB.")
