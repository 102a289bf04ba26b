"""Salesforce CRM: the contact behind a storefront customer, REST API v64.0."""

import threading
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from schemas.crm import Contact, read_contact
from sync.clients.failures import failure
from sync.clients.http import Answer, Call, Connection, Limits
from sync.core.errors import Alarm

VERSION = "v64.0"
TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  a path, not a secret
CONTACT_PATH = f"/services/data/{VERSION}/sobjects/Contact/B2C_Customer_ID__c/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The org's My Domain URL and the connected app's key and secret."""

    url: str
    consumer_key: str
    consumer_secret: str


class CrmContacts:
    """Looks up contacts; logs in once and again when the session has ended."""

    def __init__(self, access: Access, limits: Limits = Limits()) -> None:  # noqa: B008  frozen, so shareable
        """Open nothing yet."""
        self._access = access
        self._base = access.url.rstrip("/")
        self._connection = Connection("crm", limits)
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
        return self._connection.send(
            Call("GET", url, {"fields": "Id,AccountId"}, headers={"Authorization": f"Bearer {token}"})
        )

    def _login(self, refused: str) -> str:
        with self._lock:
            if not self._token or self._token == refused:
                form = {
                    "grant_type": "client_credentials",
                    "client_id": self._access.consumer_key,
                    "client_secret": self._access.consumer_secret,
                }
                answer = self._connection.send(Call("POST", self._base + TOKEN_PATH, data=form))
                if answer.status == HTTPStatus.BAD_REQUEST:
                    raise Alarm("credentials.refused", "crm refused the login", remote_status=answer.status)
                if not answer.ok:
                    raise failure("crm", answer.status, answer.headers, answer.content)
                self._token = str(answer.json()["access_token"])
            return self._token
