"""`inventory sync SITE --full`: everything on one list is written once, by whoever is there to do it."""

import threading
from datetime import datetime
from typing import Any

import typer
from rich.progress import Progress

from sync.cli.output import progress, say, write_json
from sync.cli.session import PROBLEM, bridge, fail
from sync.core.messages import Draft
from sync.core.sites import Site
from sync.flows.inventory import TOPICS
from sync.wiring import Bridge

# Seconds between two looks at how far it has come.
LOOK = 0.5
UNFINISHED = {"due", "working"}


def full(site: Site, *, dry_run: bool, as_json: bool) -> None:
    """Count what would be written, or have it written and see it through; exits 1 when some of it was not."""
    with bridge() as opened:
        told = _counted(opened, site) if dry_run else _published(opened, site, quiet=as_json)
    if as_json:
        write_json(told)
    elif dry_run:
        says = f"{told['would_write']} SKUs would be written to list {told['inventory_list']} "
        typer.echo(f"{says}{told['as']}; {told['differ']} of them differ; nothing was written")
    else:
        typer.echo(f"{told['written']} SKUs written to list {told['inventory_list']}; {told['note']}")
    if told.get("not_written"):
        say(f"{told['not_written']} SKUs were not written; orderbridge inventory refused lists the refused")
        raise typer.Exit(PROBLEM)


def _counted(opened: Bridge, site: Site) -> dict[str, Any]:
    publisher, asked = opened.publisher, opened.clock()
    return {
        "site": site.name,
        "inventory_list": site.stock.inventory_list,
        "would_write": sum(1 for _ in publisher.pending(site, asked)),
        "differ": sum(1 for _ in publisher.pending(site)),
        "as": "as a file" if site.publication.bulk_from else "record by record",
        "dry_run": True,
    }


def _published(opened: Bridge, site: Site, *, quiet: bool) -> dict[str, Any]:
    asked, name = opened.clock(), site.stock.inventory_list
    draft = opened.inventory.request(site.organisation, f"full-{asked.isoformat()}", (), name)
    opened.ledger.add([draft])
    work = _Hands(opened, site.organisation)
    work.start()
    try:
        with progress(quiet=quiet) as bars:
            fate = _watched(opened, site, draft, work, asked, bars)
    except KeyboardInterrupt:
        raise fail("stopped looking; workers go on with it, and what was written is not repeated") from None
    if fate["state"] == "dead":
        raise fail(f"{fate.get('error_code')}: {fate.get('detail', '')}; orderbridge dead list shows it")
    left = sum(1 for _ in opened.publisher.pending(site, asked))
    return {
        "site": site.name,
        "inventory_list": name,
        "written": opened.stock_store.written_since(name, asked),
        "not_written": left,
        "note": fate.get("note", ""),
        "dry_run": False,
    }


class _Hands(threading.Thread):
    """Works the organisation's stock as a worker would: one of both has the lease, never both."""

    def __init__(self, opened: Bridge, organisation: str) -> None:
        """Begin nothing yet; the thread ends with the command."""
        super().__init__(daemon=True)
        self._opened, self._organisation = opened, organisation
        self.over, self.error = threading.Event(), list[Exception]()

    def run(self) -> None:
        """Work until told that it is over, or until something unexpected ends it."""
        opened = self._opened
        try:
            while not self.over.wait(LOOK):
                opened.loop.deliver(TOPICS, opened.inventory.deliver, opened.work, site=self._organisation)
        except Exception as error:  # noqa: BLE001  told to the person by the thread that talks to them
            self.error.append(error)


def _watched(
    opened: Bridge, site: Site, draft: Draft, work: _Hands, asked: datetime, bars: Progress
) -> dict[str, str | None]:
    """Show how far it has come until the message is finished; raises what ended the work."""
    name = site.stock.inventory_list
    bar = bars.add_task(f"list {name}", total=sum(1 for _ in opened.publisher.pending(site, asked)) or None)
    try:
        while True:
            fate = opened.queue.fate(draft)
            bars.update(bar, completed=opened.stock_store.written_since(name, asked))
            if fate["state"] not in UNFINISHED:
                return fate
            work.over.wait(LOOK)
            if work.error:
                raise work.error[0]
    finally:
        work.over.set()
        if not work.error:
            work.join(LOOK)
