"""Native lists by file: an inventory feed, uploaded and imported by the merchant's job in merge mode."""

import gzip
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, cast

from schemas.sfcc.inventory import LONGEST_FEED_ID, refusal, write_feed
from sync.clients.stock.jobs import Execution, Jobs
from sync.clients.stock.webdav import HALF, Folders
from sync.core.allocations import Allocation, Worked
from sync.core.errors import Rejected
from sync.core.sites import Site

# ASSUMPTION: the import's log names a record that it refuses in quotes, on a line of its own with the level.
_COMPLAINT = re.compile(r"\b(?:ERROR|WARN)\b.*?(?:'([^']+)'|\"([^\"]+)\")")
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Feeds:
    """The `Bulk` port for native lists."""

    folders: Folders
    jobs: Jobs

    def refusal(self, site: Site, allocation: Allocation) -> Rejected | None:
        """Return why a SKU can be in no feed, None when it can."""
        del site
        return refusal(allocation, LONGEST_FEED_ID)

    def write(self, site: Site, allocations: Iterable[Allocation], to: IO[bytes]) -> int:
        """Write the file, compressed; return how many records it has."""
        policy = site.publication
        with gzip.GzipFile(fileobj=to, mode="wb", mtime=0, filename="") as packed:
            return write_feed(
                cast("IO[bytes]", packed),
                site.stock.inventory_list,
                allocations,
                default_in_stock=policy.default_in_stock,
            )

    def upload(self, site: Site, name: str, file: IO[bytes]) -> str:
        """Upload the file; the handle is the moment from which on a job finds it."""
        return self.folders.put(_path(site, name), file).isoformat()

    def start(self, site: Site, handle: str) -> str:
        """Start the job, or find the execution that has the file already; empty while it cannot be started.

        An execution that began after the upload has read the folder with the file in it, whoever started it.
        """
        job = site.publication.feed_job
        found = self.jobs.since(job, datetime.fromisoformat(handle)) or self.jobs.start(job)
        return found.number if found else ""

    def look(self, site: Site, execution: str) -> Worked | None:
        """Return how the job ended, None while it has not."""
        seen = self.jobs.read(site.publication.feed_job, execution)
        if not seen.exit:
            return None
        if seen.exit == "OK":
            return Worked(whole=True)
        # A job that warns has gone through the whole file, one that fails may have stopped anywhere.
        return Worked(
            whole=seen.exit == "WARN",
            detail=f"job {site.publication.feed_job}, execution {execution} ended with {seen.exit}",
            refused=self._complaints(seen),
        )

    def withdraw(self, site: Site, name: str) -> None:
        """Delete a file that no job shall read any more."""
        self.folders.delete(_path(site, name))
        self.folders.delete(f"{_path(site, name)}{HALF}")

    def _complaints(self, execution: Execution) -> dict[str, str]:
        if not execution.log:
            return {}
        text = self.folders.read(execution.log.removeprefix("/").removeprefix("Sites/"))
        found: dict[str, str] = {}
        for line in text.splitlines():
            named = _COMPLAINT.search(line)
            if named and len(found) < _MOST:
                found.setdefault(named[1] or named[2], line.strip()[:500])
        return found


def _path(site: Site, name: str) -> str:
    return f"Impex/{site.publication.feed_folder}/{name}.xml.gz"
