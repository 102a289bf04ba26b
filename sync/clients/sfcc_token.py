"""The Account Manager's bearer token: fetched once, shared by all threads, renewed in time."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import quote

from sync.clients.failures import failure, reason
from sync.clients.http import Answer, Call, Connection
from sync.core.errors import Alarm, Retryable

TOKEN_PATH = "/dwsso/oauth2/access_token"  # noqa: S105  a path, not a secret
# Renewed this long before it ends, so that it does not end on its way.
EARLY = 30.0
REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in; `setting` names where the client id comes from, for the person who must correct it."""

    client_id: str
    client_secret: str
    setting: str
    scope: str = ""

    def __repr__(self) -> str:
        return f"Login({self.client_id!r}, setting={self.setting!r})"


class Tokens:
    """Gives the present token; any number of threads cause one login at a time."""

    def __init__(
        self,
        connection: Connection,
        url: str,
        login: Login,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take client id and secret; they are percent-encoded as RFC 6749 asks."""
        self._connection = connection
        self._login_as = login
        client, secret = (quote(part, safe="") for part in (login.client_id, login.client_secret))
        self._call = Call(
            "POST",
            url,
            data={"grant_type": "client_credentials"} | ({"scope": login.scope} if login.scope else {}),
            auth=(client, secret),
        )
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def get(self, *, instead_of: str = "") -> str:
        """Return a token that is not `instead_of`, one that the API has refused.

        Raises `Alarm` credentials.refused when the login is refused.
        """
        with self._lock:
            if not self._token or self._token == instead_of or self._clock() >= self._until:
                self._login()
            return self._token

    def _login(self) -> None:
        self._token = ""
        started = self._clock()
        answer = self._connection.send(self._call)
        if answer.status in REFUSALS:
            # A token call's refusals are OAuth documents: invalid_client, invalid_scope.
            raise Alarm("credentials.refused", self._refused(answer), remote_status=answer.status)
        if not answer.ok:
            raise failure(self._connection.remote, answer.status, answer.headers, answer.content)
        self._token, lifetime = token_of(answer)
        self._until = started + lifetime - EARLY

    def _refused(self, answer: Answer) -> str:
        login = self._login_as
        who = f"API client '{login.client_id}' ({login.setting})"
        return f"login refused: {reason(answer.content)}, as {who}"


class Authorized:
    """Sends calls with a token; one the API refuses is replaced once, since it may have been withdrawn."""

    def __init__(
        self, connection: Connection, tokens: Tokens, headers: Mapping[str, str] | None = None
    ) -> None:
        """Take the headers that every call of this API carries."""
        self.remote = connection.remote
        self._connection = connection
        self._tokens = tokens
        self._headers = dict(headers or {})

    def send(self, call: Call) -> Answer:
        """Return the answer whatever its status; raises as `Connection.send`, and `Alarm` for the login."""
        return self._with_token(call, self._connection.send)

    def beginning(self, call: Call, most: int) -> Answer:
        """Return the answer with at most the first `most` bytes of its body; raises as `send`."""
        return self._with_token(call, lambda bearing: self._connection.beginning(bearing, most))

    def _with_token(self, call: Call, send: Callable[[Call], Answer]) -> Answer:
        token = self._tokens.get()
        answer = send(self._bearing(call, token))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            answer = send(self._bearing(call, self._tokens.get(instead_of=token)))
        return answer

    def _bearing(self, call: Call, token: str) -> Call:
        own = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return replace(call, headers={**call.headers, **self._headers, **own})


def token_of(answer: Answer) -> tuple[str, float]:
    """Return token and lifetime in seconds, 0 when not told; raises `Retryable` remote.malformed."""
    document = answer.json()
    try:
        token, lifetime = document["access_token"], float(document.get("expires_in", 0))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Retryable("remote.malformed", "the login's answer holds no token") from None
    return str(token), lifetime
