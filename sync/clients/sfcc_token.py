"""The Account Manager's bearer token: fetched once, shared by all threads, renewed in time."""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote

from sync.clients.failures import failure, reason
from sync.clients.http import Answer, Call, Connection
from sync.core.errors import Alarm, Retryable

TOKEN_PATH = "/dwsso/oauth2/access_token"  # noqa: S105  a path, not a secret
# Renewed this long before it ends, so that it does not end on its way.
EARLY = 30.0


class Tokens:
    """Gives the present token; any number of threads cause one login at a time."""

    def __init__(
        self,
        connection: Connection,
        url: str,
        credentials: tuple[str, str],
        scope: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take client id and secret; they are percent-encoded as RFC 6749 asks."""
        self._connection = connection
        client, secret = (quote(part, safe="") for part in credentials)
        self._call = Call(
            "POST",
            url,
            data={"grant_type": "client_credentials"} | ({"scope": scope} if scope else {}),
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
        if answer.status == HTTPStatus.BAD_REQUEST:
            # A token call's refusals are OAuth documents with 400: invalid_client, invalid_scope.
            detail = f"login refused: {reason(answer.content)}"
            raise Alarm("credentials.refused", detail, remote_status=answer.status)
        if not answer.ok:
            raise failure(self._connection.remote, answer.status, answer.headers, answer.content)
        self._token, lifetime = token_of(answer)
        self._until = started + lifetime - EARLY


def token_of(answer: Answer) -> tuple[str, float]:
    """Return token and lifetime in seconds, 0 when not told; raises `Retryable` remote.malformed."""
    document = answer.json()
    try:
        token, lifetime = document["access_token"], float(document.get("expires_in", 0))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Retryable("remote.malformed", "the login's answer holds no token") from None
    return str(token), lifetime
