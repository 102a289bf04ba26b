"""Sessions of the CRM: client credentials or a signed assertion for a token, shared by all threads."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from sync.clients.failures import failure, slug
from sync.clients.http import Answer, Call, Connection
from sync.core.errors import Alarm, Retryable

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  a path, not a secret
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Seconds that an assertion holds; the CRM takes none of more than five minutes.
LIFETIME = 180
LOOPBACK = ("127.0.0.1", "localhost", "::1")
REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who logs in: by user and key where both are given, else by secret; `audience` may be empty."""

    consumer_key: str
    consumer_secret: str = field(default="", repr=False)
    username: str = ""
    private_key: str = field(default="", repr=False)
    audience: str = ""

    @property
    def signs(self) -> bool:
        """Whether an assertion is what logs in."""
        return bool(self.username and self.private_key)


@dataclass(frozen=True, slots=True)
class Session:
    """A token, and where it is good for."""

    token: str = field(repr=False)
    instance: str


class Sessions:
    """Gives the present session; any number of threads cause one login at a time."""

    def __init__(
        self,
        connection: Connection,
        url: str,
        credentials: Credentials,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the org's My Domain; `clock` is the time of the day, which an assertion carries."""
        self._connection = connection
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._clock = clock
        self._lock = threading.Lock()
        self._session: Session | None = None

    def get(self, *, instead_of: Session | None = None) -> Session:
        """Return a session that is not `instead_of`, one that the API has refused.

        Raises `Alarm` credentials.refused when the login is refused.
        """
        with self._lock:
            if self._session is None or self._session == instead_of:
                self._session = None
                self._session = self._login()
            return self._session

    def _login(self) -> Session:
        answer = self._connection.send(self._call())
        if answer.status in REFUSALS:
            raise Alarm("credentials.refused", self._refused(answer), remote_status=answer.status)
        if not answer.ok:
            raise failure(self._connection.remote, answer.status, answer.headers, b"")
        return self._session_of(answer)

    def _call(self) -> Call:
        url, own = self._url + TOKEN_PATH, self._credentials
        if own.signs:
            form = {"grant_type": JWT_BEARER, "assertion": self._assertion()}
            return Call("POST", url, data=form)
        form = {"grant_type": "client_credentials"}
        return Call("POST", url, data=form, auth=(own.consumer_key, own.consumer_secret))

    def _assertion(self) -> str:
        # Only who logs in by a key needs the library, which takes its time to load.
        import jwt

        own = self._credentials
        claims = {
            "iss": own.consumer_key,
            "sub": own.username,
            "aud": own.audience or audience_of(self._url),
            "exp": int(self._clock()) + LIFETIME,
        }
        return jwt.encode(claims, own.private_key, algorithm="RS256")

    def _refused(self, answer: Answer) -> str:
        who = f"consumer '{self._credentials.consumer_key}' (ORDERBRIDGE_CRM_CONSUMER_KEY)"
        how = "by ORDERBRIDGE_CRM_PRIVATE_KEY" if self._credentials.signs else "by its secret"
        return f"login refused: {slug(answer.content) or answer.status}, as {who} {how}"

    def _session_of(self, answer: Answer) -> Session:
        document = answer.json()
        told: Mapping[str, object] = document if isinstance(document, dict) else {}
        token, instance = told.get("access_token"), told.get("instance_url")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Retryable("remote.malformed", "crm: the login's answer holds no token")
        if not isinstance(instance, str) or not self._trusted(instance):
            detail = "crm: the login's answer names no instance that a token may be sent to"
            raise Retryable("remote.malformed", detail)
        return Session(token, instance.rstrip("/"))

    def _trusted(self, instance: str) -> bool:
        """Whether it is a bare https address; plain http only where we were told to speak it ourselves.

        Whoever could put words into the answer must at least have a certificate for the host named.
        """
        try:
            there, here = urlsplit(instance), urlsplit(self._url)
            bare = not (there.path.strip("/") or there.query or there.fragment or "@" in there.netloc)
            _ = there.port
        except ValueError:
            return False
        if not bare or not there.hostname or not instance.isascii() or any(map(str.isspace, instance)):
            return False
        if there.scheme == "https":
            return True
        near = there.hostname in LOOPBACK and here.hostname in LOOPBACK
        return there.scheme == here.scheme == "http" and (near or there.netloc == here.netloc)


def audience_of(url: str) -> str:
    """Return whom an assertion for an org is meant for: the host where its users log in."""
    host = urlsplit(url).hostname or ""
    if not host.endswith(".salesforce.com"):
        return url
    test = host == "test.salesforce.com" or ".sandbox." in host
    return f"https://{'test' if test else 'login'}.salesforce.com"
