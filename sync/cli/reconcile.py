"""`reconcile`: do ledger, storefront and warehouse say the same of every order of a window?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from rich.progress import Progress

from sync.cli.options import Json, OnlySite, moment, sites_named
from sync.cli.output import progress, table, write_json
from sync.cli.session import PROBLEM, bridge, figures
from sync.core.reconcile import Compared, Mark, Mismatch, System, tally
from sync.core.sites import Site
from sync.flows.reconcile import ReconcileFlow
from sync.wiring import Bridge, now

Since = Annotated[
    datetime,
    typer.Option(parser=moment, metavar="TIME", help="Orders placed since: UTC time, or an age like 7d."),
]
Until = Annotated[
    datetime, typer.Option(parser=moment, metavar="TIME", help="Orders placed before: UTC time, or an age.")
]
InFlight = Annotated[
    bool, typer.Option("--allow-in-flight", help="Exit 0 when all that differs is still being worked on.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reconcile)


def reconcile(
    *,
    site: OnlySite = None,
    since: Since = "1d",  # type: ignore[assignment]  # the option's parser reads its default too
    until: Until = "0s",  # type: ignore[assignment]
    allow_in_flight: InFlight = False,
    as_json: Json = False,
) -> None:
    """Compare every order of a window in all three systems; exit 1 when any of them disagree."""
    with bridge() as opened, progress(quiet=as_json) as bars:
        sites = sites_named(opened.settings, site)
        flow = reconcile_flow(opened)
        found = {one.name: list(_compared(flow, one, since, until, bars)) for one in sites}
    mismatches = [bad for compared in found.values() for one in compared for bad in one.mismatches]
    if as_json:
        write_json(
            {"since": since, "until": until, "sites": _tallies(found), "mismatches": _listed(mismatches)}
        )
    else:
        _show(found, mismatches)
    if any(not (bad.in_flight and allow_in_flight) for bad in mismatches):
        raise typer.Exit(PROBLEM)


def reconcile_flow(opened: Bridge) -> ReconcileFlow:
    """Return the flow with the bridge's parts."""
    return ReconcileFlow(
        storefront=opened.storefront,
        warehouse=opened.warehouse,
        orders=opened.orders_store,
        books=figures(opened),
        reader=opened.reader,
        clock=now,
        parallel=opened.settings.delivery.parallel,
    )


def _compared(
    flow: ReconcileFlow, site: Site, since: datetime, until: datetime, bars: Progress
) -> Iterator[Compared]:
    kept = flow.orders_of(site, since, until)
    task = bars.add_task(site.name, total=len(kept))
    for one in flow.compare(site, kept, since):
        bars.advance(task)
        yield one
    yield from flow.unheard(site, since, until)


def _tallies(found: dict[str, list[Compared]]) -> dict[str, object]:
    return {site: {"orders": len(compared), "counts": tally(compared)} for site, compared in found.items()}


def _listed(mismatches: list[Mismatch]) -> list[dict[str, object]]:
    return [
        {
            "site": bad.site,
            "order_no": bad.order_no,
            "subject": bad.subject,
            "in_flight": bad.in_flight,
            "views": dict(bad.views),
        }
        for bad in mismatches
    ]


def _show(found: dict[str, list[Compared]], mismatches: list[Mismatch]) -> None:
    lines = [
        [site, mark, *(counts[mark][system] for system in System)]
        for site, compared in found.items()
        for counts in [tally(compared)]
        for mark in Mark
    ]
    table(["site", "orders", *System], lines)
    if not mismatches:
        typer.echo("\nall agree")
        return
    rows = [
        [bad.site, bad.order_no, bad.subject, *(bad.views.get(system, "") for system in System), _hope(bad)]
        for bad in mismatches
    ]
    table(["site", "order", "subject", *System, ""], rows, keep=["order"], title=f"\nmismatches: {len(rows)}")


def _hope(bad: Mismatch) -> str:
    return "in flight" if bad.in_flight else ""
