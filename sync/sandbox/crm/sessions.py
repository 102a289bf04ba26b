"""Logins: client credentials or a signed assertion for a session id, and sessions that end when told."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync.sandbox.crm.errors import CrmError
from sync.sandbox.options import SandboxOptions
from sync.sandbox.remote import basic, read_form
from sync.sandbox.world import World, stamp

ORG_ID = "00D5g000004QwErEAK"
USER_ID = "0055g000003AsDfAAK"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


class LoginError(Exception):
    """A login that fails, with its OAuth error code."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.document = {"error": error, "error_description": description}


class Sessions:
    """The sessions that live; `public_key` (PEM) proves assertions, without it none is taken."""

    def __init__(self, options: SandboxOptions, world: World) -> None:
        self.options = options
        self.world = world
        self.reset()

    def reset(self) -> None:
        """Sessions live until told otherwise; those that were opened go on."""
        self.live: set[str] = getattr(self, "live", set())
        self.public_key = ""
        self.after = self.refuse = 0

    def expire(self) -> None:
        """End every session."""
        self.live.clear()

    def plan(self, values: Any) -> None:
        """Let `after` further calls pass, then answer 401 to `calls`; raises ValueError."""
        names = {"after", "calls"}
        if not isinstance(values, dict) or set(values) - names:
            raise ValueError("an object is expected with after and calls")
        after, calls = values.get("after", 0), values.get("calls", 1)
        if any(type(number) is not int or number < 0 for number in (after, calls)):
            raise ValueError("after and calls are numbers, and not below 0")
        self.after, self.refuse = after, calls

    def check(self, authorization: str) -> None:
        """Refuse a call without a session that lives."""
        kind, _, token = authorization.partition(" ")
        if kind.lower() not in ("bearer", "oauth") or token not in self.live or self._ends():
            raise CrmError("INVALID_SESSION_ID", "Session expired or invalid", 401)

    def _ends(self) -> bool:
        """Whether the plan ends the sessions with this call."""
        if not self.refuse:
            return False
        if self.after:
            self.after -= 1
            return False
        self.refuse -= 1
        self.expire()
        return True

    async def issue(self, request: Request) -> Response:
        """Answer the token call."""
        address = str(request.base_url).rstrip("/")
        try:
            self._check_login(await read_form(request), request.headers.get("authorization", ""), address)
        except LoginError as refused:
            return JSONResponse(refused.document, 400)
        token = f"{ORG_ID[:15]}!{secrets.token_urlsafe(48)}"
        self.live.add(token)
        answer = {
            "access_token": token,
            "instance_url": address,
            "id": f"{address}/id/{ORG_ID}/{USER_ID}",
            "token_type": "Bearer",
            "issued_at": str(int(self.world.now().timestamp() * 1000)),
            "signature": secrets.token_urlsafe(32),
        }
        return JSONResponse(answer)

    def _check_login(self, form: dict[str, str], authorization: str, address: str) -> None:
        grant = form.get("grant_type")
        if grant == JWT_BEARER:
            self._check_assertion(form.get("assertion", ""), address)
        elif grant == "client_credentials":
            given = basic(authorization) or (form.get("client_id"), form.get("client_secret"))
            if given[0] != self.options.client_id:
                raise LoginError("invalid_client_id", "client identifier invalid")
            if given[1] != self.options.client_secret:
                raise LoginError("invalid_client", "invalid client credentials")
        else:
            raise LoginError("unsupported_grant_type", "grant type not supported")

    def _check_assertion(self, assertion: str, address: str) -> None:
        # Only a login by assertion needs the library, and a production install need not have it.
        import jwt

        if not self.public_key:
            raise LoginError("invalid_grant", "user hasn't approved this consumer")
        try:
            claims = jwt.decode(
                assertion,
                self.public_key,
                algorithms=["RS256"],
                audience=[*LOGIN_HOSTS, address],
                options={"require": ["iss", "sub", "aud", "exp"], "verify_exp": False},
            )
            ends = float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise LoginError("invalid_grant", f"invalid assertion: {error}") from error
        if ends <= self.world.now().timestamp():
            raise LoginError("invalid_grant", f"expired assertion at {stamp(self.world.now())}")
        if claims["iss"] != self.options.client_id:
            raise LoginError("invalid_client_id", "client identifier invalid")
