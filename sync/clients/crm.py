"""Salesforce CRM: the contact behind a storefront customer, REST API v64.0."""

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

from schemas.crm import read_contact
from sync.clients.failures import failure
from sync.clients.http import Answer, Call, Connection, Limits
from sync.clients.sfcc_token import token_of
from sync.core.crm import Contact
from sync.core.errors import Alarm

VERSION = "v64.0"
TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  a path, not a secret
CONTACT_PATH = f"/services/data/{VERSION}/sobjects/Contact/B2C_Customer_ID__c/"


@dataclass(kw_only=True)
class CrmClient:
    """Looks up contacts; logs in once, and again when the session has ended.

    `url` is the org's My Domain; key and secret are those of the connected app.
    """

    url: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    pool_size: int = 4
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Open nothing yet."""
        self._base = self.url.rstrip("/")
        self._connection = Connection("crm", self.limits, self.pool_size)
        self._lock = threading.Lock()
        self._token = ""

    def contact(self, customer_id: str) -> Contact | None:
        """Return the contact with this storefront customer id, None when there is none."""
        token = self._login("")
        answer = self._look_up(customer_id, token)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            answer = self._look_up(customer_id, self._login(token))
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if not answer.ok:
            raise failure("crm", answer.status, answer.headers, answer.content)
        return read_contact(answer.json())

    def close(self) -> None:
        """Let go of all connections."""
        self._connection.close()

    def _look_up(self, customer_id: str, token: str) -> Answer:
        url = self._base + CONTACT_PATH + quote(customer_id, safe="")
        return self._connection.send(Call("GET", url, headers={"Authorization": f"Bearer {token}"}))

    def _login(self, refused: str) -> str:
        with self._lock:
            if not self._token or self._token == refused:
                self._token = self._new_token()
            return self._token

    def _new_token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.consumer_key,
            "client_secret": self.consumer_secret,
        }
        answer = self._connection.send(Call("POST", self._base + TOKEN_PATH, data=form))
        if answer.status == HTTPStatus.BAD_REQUEST:
            raise Alarm("credentials.refused", "crm refused the login", remote_status=answer.status)
        if not answer.ok:
            raise failure("crm", answer.status, answer.headers, answer.content)
        return token_of(answer)[0]
