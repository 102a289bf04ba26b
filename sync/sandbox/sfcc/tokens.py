"""Account Manager: client credentials for a JWT-shaped token, and the check of bearer tokens."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync.sandbox.options import SandboxOptions
from sync.sandbox.remote import basic, read_form

LIFETIME = timedelta(seconds=1800)
TENANT_SCOPE = "SALESFORCE_COMMERCE_API:"
SCOPES = (
    "sfcc.orders",
    "sfcc.orders.rw",
    "sfcc.inventory-lists",
    "sfcc.inventory-lists.rw",
    "sfcc.inventory.availability",
    "sfcc.inventory.availability.rw",
    "sfcc.inventory.impex-inventory",
    "sfcc.inventory.impex-inventory.rw",
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows and until when."""

    scopes: frozenset[str]
    until: datetime


class OAuthError(Exception):
    """A token request that fails, with its OAuth error code."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.document = {"error": error, "error_description": description}


class Tokens:
    """Issues tokens to the one known client and remembers them."""

    def __init__(self, options: SandboxOptions, now: Callable[[], datetime]) -> None:
        self.options = options
        self.now = now
        self._grants: dict[str, Grant] = {}

    def expire(self) -> None:
        """Make every token invalid."""
        self._grants.clear()

    def grant(self, request: Request) -> Grant | None:
        """The grant of the request's bearer token, or None if there is none that still lives."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        found = self._grants.get(token) if kind.lower() == "bearer" else None
        return found if found is not None and self.now() < found.until else None

    async def issue(self, request: Request) -> Response:
        """Answer the token call."""
        try:
            return JSONResponse(self._issue(await read_form(request), request.headers.get("authorization")))
        except OAuthError as refused:
            return JSONResponse(refused.document, refused.status)

    def _issue(self, form: dict[str, str], authorization: str | None) -> dict[str, Any]:
        self._check_client(form, authorization)
        if form.get("grant_type") != "client_credentials":
            raise OAuthError(400, "unsupported_grant_type", "Only client_credentials is offered.")
        scopes = self._scopes(form.get("scope", ""))
        until = self.now() + LIFETIME
        token = _jwt({"sub": self.options.client_id, "exp": int(until.timestamp()), "scope": scopes})
        self._grants[token] = Grant(frozenset(scopes), until)
        answer = {"access_token": token, "expires_in": int(LIFETIME.total_seconds()), "token_type": "Bearer"}
        return {**answer, "scope": " ".join(scopes)} if scopes else answer

    def _check_client(self, form: dict[str, str], authorization: str | None) -> None:
        known = (self.options.client_id, self.options.client_secret)
        given = basic(authorization) if authorization else (form.get("client_id"), form.get("client_secret"))
        if given != known:
            raise OAuthError(401, "invalid_client", "Client authentication failed.")

    def _scopes(self, scope: str) -> list[str]:
        """The asked scopes; none at all is a token for OCAPI, whose rights are not in the token."""
        asked = scope.split()
        tenant = f"{TENANT_SCOPE}{self.options.organization.removeprefix('f_ecom_')}"
        wrong = [name for name in asked if name not in (tenant, *SCOPES)]
        if wrong or (asked and tenant not in asked):
            raise OAuthError(400, "invalid_scope", f"Unknown/invalid scope(s): {wrong or asked}")
        return asked


def _jwt(claims: dict[str, Any]) -> str:
    """Something with the shape of a JWT; nobody may verify it."""
    parts = [
        json.dumps({"alg": "RS256", "typ": "JWT"}).encode(),
        json.dumps(claims).encode(),
        secrets.token_bytes(32),
    ]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
