"""An instance's folders: WebDAV, with the API client's own token."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import IO
from urllib.parse import quote

from sync.clients.failures import failure
from sync.clients.http import Answer, Call
from sync.clients.sfcc_token import Authorized

# Beginnings of logs are read up to so many bytes.
LONGEST_LOG = 4 * 1024 * 1024
# What a file is called until all of it is there.
HALF = ".part"
# By so much a server's Date may be behind: it is in whole seconds, and renewed now and then.
CLOCK = timedelta(seconds=3)
EXISTS = HTTPStatus.METHOD_NOT_ALLOWED


@dataclass(frozen=True, slots=True)
class Folders:
    """Files below `url`, the address of the instance's sites."""

    api: Authorized
    url: str

    def put(self, path: str, file: IO[bytes]) -> datetime:
        """Upload a file, whole or not at all, and return a moment by the server's clock not before its end.

        It is sent under another name, so that a job that starts meanwhile does not read half of it.
        """
        self._make(path.rpartition("/")[0])
        half = path + HALF
        self._send(Call("PUT", self._url(half), data=file))
        moved = Call("MOVE", self._url(half), headers={"Destination": self._url(path), "Overwrite": "T"})
        return _time(self._send(moved)) + CLOCK

    def delete(self, path: str) -> None:
        """Delete a file; one that is not there is gone."""
        self._send(Call("DELETE", self._url(path)), HTTPStatus.NOT_FOUND)

    def read(self, path: str) -> str:
        """Return the text of a file, or its beginning; empty when there is none."""
        answer = self.api.beginning(Call("GET", self._url(path), headers={"Accept": "*/*"}), LONGEST_LOG)
        if answer.status == HTTPStatus.NOT_FOUND:
            return ""
        return self._checked(answer).content.decode(errors="replace")

    def look(self, path: str) -> None:
        """Ask for a folder's own entry; raises what a caller without the right to it is told."""
        call = Call("PROPFIND", self._url(path), headers={"Depth": "0", "Accept": "*/*"})
        self._send(call, HTTPStatus.NOT_FOUND)

    def _make(self, folder: str) -> None:
        """Make a folder and those above it; the first part is always there."""
        parts = folder.split("/")
        for end in range(2, len(parts) + 1):
            self._send(Call("MKCOL", self._url("/".join(parts[:end]))), EXISTS)

    def _send(self, call: Call, also_good: HTTPStatus | None = None) -> Answer:
        answer = self.api.send(call)
        return answer if answer.status == also_good else self._checked(answer)

    def _checked(self, answer: Answer) -> Answer:
        if not answer.ok:
            raise failure(self.api.remote, answer.status, answer.headers, answer.content)
        return answer

    def _url(self, path: str) -> str:
        return f"{self.url}/{quote(path)}"


def _time(answer: Answer) -> datetime:
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
