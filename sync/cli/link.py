"""`link`: a link to an order's page that opens it for a time, for agents who work elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from config.settings import Settings, load_settings
from sync.cli.options import Json, SiteName, site_named
from sync.cli.output import write_json
from sync.cli.session import fail
from sync.core.crm import AgentPlace
from sync.core.signed import Seal

OrderNo = Annotated[str, typer.Argument(metavar="ORDER_NO", help="The storefront's order number.")]
Hours = Annotated[float, typer.Option(help="How long the link is good.", min=0.01)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(link)


def link(site: SiteName, order_no: OrderNo, *, hours: Hours = 8.0, as_json: Json = False) -> None:
    """Print a signed link to the page of one order; it opens nothing else, and that for a time."""
    settings = load_settings()
    market = site_named(settings, site)
    if market.crm.agent is not AgentPlace.CONSOLE:
        raise fail(
            f'the agents of {site} do not look at the console\ncure: agent = "console" in [sites.{site}.crm]'
        )
    if not settings.console.link_keys:
        raise fail("there is no key to sign with\ncure: set ORDERBRIDGE_CONSOLE_LINK_KEY")
    if hours > settings.console.link_hours:
        most = f"at most {settings.console.link_hours:g}; longer: ORDERBRIDGE_CONSOLE_LINK_HOURS"
        raise typer.BadParameter(most, param_hint="--hours")
    expires = (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)
    url = seal(settings).link(settings.console.url, site, order_no, expires)
    if as_json:
        write_json({"site": site, "order_no": order_no, "url": url, "expires_at": expires})
    else:
        typer.echo(url)


def seal(settings: Settings) -> Seal:
    """Return what signs and judges the links."""
    return Seal(settings.console.link_keys, timedelta(hours=settings.console.link_hours))
