"""`order`: where is my order? One list from placed to told, with what is open and what died."""

from typing import Annotated

import typer

from sync.cli import timeline_view
from sync.cli.options import Json, SiteName, site_named
from sync.cli.output import screen, write_json
from sync.cli.session import bridge, fail, figures
from sync.core.timeline import timeline

OrderNo = Annotated[str, typer.Argument(metavar="ORDER_NO", help="The storefront's order number.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(order)


def order(site: SiteName, order_no: OrderNo, *, as_json: Json = False) -> None:
    """Tell an order's story: placed, handed over, picked, packed, shipped, and what was told when."""
    with bridge() as opened:
        market = site_named(opened.settings, site)
        trail = figures(opened).trail(site, order_no)
    if not trail.found:
        raise fail(
            f"the ledger has nothing of order {order_no} of {site}\n"
            f"cure: check the number; if the storefront has it: orderbridge backfill {site} --since DATE"
        )
    entries = timeline(trail, market)
    if as_json:
        write_json({"site": site, "order_no": order_no, "entries": timeline_view.rows(entries)})
        return
    typer.echo(f"order {order_no} of {site}\n")
    timeline_view.render(entries, screen())
