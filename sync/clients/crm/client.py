"""The CRM client: the ports `ContactBook` and `Records` over the REST API, and what the doctor asks."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from schemas.crm.contacts import MOST, Question, question, read_page
from schemas.crm.describing import ObjectField, read_fields
from sync.clients.crm.login import Credentials, Sessions
from sync.clients.crm.org import ApiRequest, Org
from sync.clients.crm.reading import well_formed
from sync.clients.crm.usage import Usage
from sync.clients.crm.writing import Writing
from sync.clients.http import Connection, Limits
from sync.core.crm import Contact, MatchRule, RowResult
from sync.core.customers import Customer

VERSION = "64.0"


@dataclass(kw_only=True)
class CrmClient:
    """Looks people up and writes records; logs in once, and again when the session has ended.

    `url` is the org's My Domain. Safe to share between threads.
    """

    url: str
    credentials: Credentials
    version: str = VERSION
    usage: Usage = field(default_factory=Usage)
    pool_size: int = 8
    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        """Open nothing yet."""
        self._connection = Connection("crm", self.limits, self.pool_size)
        sessions = Sessions(self._connection, self.url, self.credentials)
        self._org = Org(self._connection, sessions, self.usage, self.version)

    def contacts(
        self, rule: MatchRule, customer: Customer, customer_list: str, *, person_accounts: bool
    ) -> Sequence[Contact]:
        """Return whom a rule finds, each once and at most 50; nobody when the customer lacks a value of it.

        A contact of several accounts has the one that it is primarily of.
        """
        asked = question(rule, customer, customer_list, person_accounts=person_accounts)
        return self._found(asked) if asked else ()

    def upsert(self, kind: str, key_field: str, rows: Sequence[Mapping[str, object]]) -> Iterator[RowResult]:
        """Create or update records by their external id; as the port promises."""
        writing = Writing(org=self._org, kind=kind, key_field=key_field, sleep=self.sleep, chance=self.chance)
        return writing.results(rows)

    def used(self) -> float:
        """Ask what the calls of the day are, and return how many percent are used."""
        self._org.ask(ApiRequest("GET", f"{self._org.root}/limits"))
        return self.usage.percent

    def fields(self, kind: str) -> Mapping[str, ObjectField]:
        """Return an object's fields by name; raises `Rejected` crm.refused where there is no such object."""
        path = f"{self._org.root}/sobjects/{quote(kind, safe='')}/describe"
        return well_formed(self._org.ask(ApiRequest("GET", path)), read_fields)

    def close(self) -> None:
        """Let go of all connections."""
        self._connection.close()

    def _found(self, asked: Question) -> Sequence[Contact]:
        request = ApiRequest("GET", f"{self._org.root}/query", params={"q": asked.soql})
        found: dict[str, Contact] = {}
        # No page is empty but by mistake, and then following pages would never end.
        for _ in range(MOST):
            page = well_formed(self._org.ask(request), partial(read_page, asked=asked))
            found |= {one.contact_id: one for one in page.contacts}
            if not page.following or len(found) >= MOST:
                break
            request = self._org.next_page(page.following)
        return tuple(found.values())[:MOST]
