"""Omnichannel Inventory by file: impex v1, one compressed NDJSON file at a time."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any, cast
from urllib.parse import quote

from schemas.sfcc.inventory import LONGEST_ID, refusal
from schemas.sfcc.omnichannel import results_of, write_import
from sync.clients.failures import failure
from sync.clients.http import Answer, Call, Connection
from sync.clients.sfcc_token import Authorized
from sync.core.allocations import Allocation, Worked
from sync.core.errors import Rejected, Retryable
from sync.core.sites import Site

PATH = "/inventory/impex/v1/organizations/{}/availability-records/imports"
WHOLE = {"COMPLETED", "COMPLETED_WITHOUT_ERRORS"}
PARTLY = "COMPLETED_WITH_PARTIAL_FAILURES"
LONGEST_RESULT = 16 * 1024 * 1024
LINK_MINUTES = 60
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Imports:
    """The `Bulk` port for Omnichannel Inventory, below the short code's `url`.

    The upload itself begins the work. An import that was begun and lost is harmless: its records are older
    than those of the next one.
    """

    api: Authorized
    # The link that an upload goes to is a secret of its own and is sent no token.
    bare: Connection
    url: str
    tenant_group: str

    def refusal(self, site: Site, allocation: Allocation) -> Rejected | None:
        """Return why a SKU can be in no file, None when it can."""
        del site
        return refusal(allocation, LONGEST_ID)

    def write(self, site: Site, allocations: Iterable[Allocation], to: IO[bytes]) -> int:
        """Write the file, compressed; return how many records it has."""
        with gzip.GzipFile(fileobj=to, mode="wb", mtime=0, filename="") as packed:
            return write_import(cast("IO[bytes]", packed), site.stock.inventory_list, allocations)

    def upload(self, site: Site, name: str, file: IO[bytes]) -> str:
        """Announce the file and upload it; the handle is the import's id."""
        del site
        wanted = {"fileName": f"{name}.json.gz", "linkDuration": LINK_MINUTES}
        wanted |= {"fileFormat": "JSON", "fileEncoding": "GZIP"}
        begun = self._checked(self.api.send(Call("POST", self._imports, json=wanted)))
        link, number = _text(begun, "uploadLink"), _text(begun, "importId")
        part = (f"{name}.json.gz", file, "application/gzip")
        method = str(begun.get("uploadMethod") or "POST").upper()
        answer = self.bare.send(Call(method, link, files={"fileUpload": part}, changing=True))
        if not answer.ok:
            # A link that has ended is no refusal of the numbers: the next attempt is given a new one.
            detail = f"the upload of {name} was answered {answer.status}"
            raise Retryable("remote.unavailable", detail, remote_status=answer.status)
        return number

    def start(self, site: Site, handle: str) -> str:
        """Return the handle: what is uploaded is worked without being asked."""
        del site
        return handle

    def look(self, site: Site, execution: str) -> Worked | None:
        """Return how the import ended, None while it has not."""
        del site
        call = Call("GET", f"{self._imports}/{quote(execution, safe='')}/status")
        told = self._checked(self.api.send(call))
        status = _text(told, "status")
        if status in WHOLE:
            return Worked(whole=True)
        detail = f"import {execution} ended with {status}"
        if status == PARTLY:
            return Worked(whole=True, detail=detail, refused=self._refused(told))
        return Worked(whole=False, detail=detail) if status == "FAILED" else None

    def withdraw(self, site: Site, name: str) -> None:
        """Have nothing to take back: what was not uploaded whole is not worked."""

    def _refused(self, told: dict[str, Any]) -> dict[str, str]:
        """Return SKU → reason; raises while the results cannot be read: nothing can be confirmed then."""
        answer = self.bare.beginning(Call("GET", _text(told, "resultsLink")), LONGEST_RESULT)
        if not answer.ok:
            detail = f"the results of an import were answered {answer.status}"
            raise Retryable("remote.unavailable", detail, remote_status=answer.status)
        return results_of(answer.content.decode(errors="replace"), _MOST)

    @property
    def _imports(self) -> str:
        return f"{self.url}{PATH.format(quote(self.tenant_group, safe=''))}"

    def _checked(self, answer: Answer) -> dict[str, Any]:
        if not answer.ok:
            raise failure(self.api.remote, answer.status, answer.headers, answer.content)
        document = answer.json()
        if not isinstance(document, dict):
            raise Retryable("remote.malformed", "expected a JSON object", remote_status=answer.status)
        return document


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise Retryable("remote.malformed", f"an import's answer holds no {name}")
    return value
