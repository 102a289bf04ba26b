"""`order`: where is my order? A sentence, then one list of all that happened, is open or died."""

from datetime import datetime, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from sync.cli import timeline_view
from sync.cli.options import Json, SiteName, site_named
from sync.cli.output import screen, write_json
from sync.cli.session import bridge, fail
from sync.core.sites import Site
from sync.core.timeline import document, summary, timeline
from sync.store.trails import PostgresTrails

OrderNo = Annotated[str, typer.Argument(metavar="ORDER_NO", help="The storefront's order number.")]
Zone = Annotated[
    str, typer.Option(help="Times in this zone: site, local, UTC, or a name like Europe/Berlin.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(order)


def order(site: SiteName, order_no: OrderNo, *, zone: Zone = "site", as_json: Json = False) -> None:
    """Tell where an order is, and its story: placed, pushed, picked, packed, shipped, and what was told."""
    with bridge() as opened:
        market = site_named(opened.settings, site)
        shown_in = zone_named(zone, market)
        trail = PostgresTrails(opened.sessions).trail(site, order_no)
    if not trail.found:
        raise fail(
            f"the ledger has nothing of order {order_no} of {site}\n"
            f"cure: check the number; if the storefront has it: orderbridge backfill {site} --since DATE"
        )
    entries, sentence = timeline(trail, market), summary(trail, market, shown_in)
    if as_json:
        write_json(document(trail, sentence, entries, shown_in))
        return
    head = f"order {order_no} of {site} (times in {shown_in})"
    timeline_view.render(head, sentence, entries, shown_in, screen())


def zone_named(name: str, site: Site) -> tzinfo:
    """Return the zone that times are shown in; a usage error when there is none of that name."""
    if name == "local":
        return datetime.now().astimezone().tzinfo or ZoneInfo("UTC")
    wanted = site.zone if name == "site" else name
    if wanted not in available_timezones():
        raise typer.BadParameter(f"'{wanted}' is no time zone", param_hint="--zone")
    return ZoneInfo(wanted)
