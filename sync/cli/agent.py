"""`agent`: what agents see in the CRM, written anew or for the first time."""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from sync.cli.options import Json, SiteName, moment, site_named
from sync.cli.output import progress, write_json
from sync.cli.session import bridge, fail, pickup
from sync.core.crm import AgentPlace
from sync.core.sites import Site
from sync.store.agents import PostgresStories
from sync.wiring import Bridge

Since = Annotated[
    datetime | None,
    typer.Option(
        parser=moment, metavar="TIME", help="Orders placed from here: a UTC date or time, or an age like 7d."
    ),
]
Orders = Annotated[
    list[str] | None, typer.Option("--order", metavar="ORDER_NO", help="Only this one; repeatable.")
]
Full = Annotated[
    bool, typer.Option(help="Write also what is as it was, as after a change of the CRM's objects.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count what would be written.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="What agents see of orders in the CRM.")
    group.command()(sync)
    app.add_typer(group, name="agent")


def sync(
    site: SiteName,
    *,
    since: Since = None,
    order: Orders = None,
    full: Full = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Have the orders' stories written to the CRM; what is there as it should be is left alone.

    Safe to stop and to repeat: the workers write, each order once however often it was asked for.
    """
    with bridge() as opened, progress(quiet=as_json) as bars:
        market = site_named(opened.settings, site)
        if market.crm.agent is not AgentPlace.CRM:
            raise fail(
                f'the agents of {site} do not look at the CRM\ncure: agent = "crm" in [sites.{site}.crm]'
            )
        stories = PostgresStories(opened.sessions)
        bar, seen, rows = bars.add_task(f"orders of {site}", total=None), 0, Counter[str]()
        for page in _pages(stories, site, since, order):
            if dry_run:
                rows += _counted(opened, stories, market, page, full=full)
            else:
                stories.tell(site, page, f"hand:{uuid.uuid4().hex}", anew=full)
            seen += len(page)
            bars.update(bar, advance=len(page))
        after = pickup(opened.settings)
    if as_json:
        write_json(
            {"site": site, "orders": seen, "noted": not dry_run, "rows": dict(rows) if dry_run else None}
        )
    elif dry_run:
        counts = ", ".join(f"{number} of {kind}" for kind, number in sorted(rows.items())) or "no records"
        typer.echo(f"{seen} orders looked at; {counts} would be written; nothing was")
    else:
        typer.echo(f"{seen} orders noted to be written; {after}")


def _pages(
    stories: PostgresStories, site: str, since: datetime | None, orders: list[str] | None
) -> Iterator[list[str]]:
    return iter([list(dict.fromkeys(orders))]) if orders else stories.known(site, since)


def _counted(
    opened: Bridge, stories: PostgresStories, site: Site, orders: list[str], *, full: bool
) -> Counter[str]:
    shown = stories.shown([(site.name, order_no) for order_no in orders])
    rows: Counter[str] = Counter()
    for (_, order_no), one in shown.items():
        rows.update(row.kind for row in opened.agents.rows(site, order_no, one, anew=full))
    return rows
