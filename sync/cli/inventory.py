"""`inventory`: ask for a full pull of counts, or explain one SKU's allocation term by term."""

from typing import Annotated

import typer

from sync.cli.options import Json, SiteName, site_named
from sync.cli.output import table, write_json
from sync.cli.session import bridge, pickup
from sync.wiring import now

Organisation = Annotated[str | None, typer.Option(help="Only this organisation of the warehouse.")]
Sku = Annotated[str, typer.Argument(metavar="SKU")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    inventory = typer.Typer(no_args_is_help=True, help="Stock: ask for a full pull, or explain a number.")
    inventory.command()(sync)
    inventory.command()(explain)
    app.add_typer(inventory, name="inventory")


def sync(*, organisation: Organisation = None, as_json: Json = False) -> None:
    """Ask for a full pull of the counts; what differs from the storefront is published."""
    with bridge() as opened:
        known = sorted({site.organisation for site in opened.settings.sites.values()})
        if organisation and organisation not in known:
            reason = f"unknown organisation '{organisation}'; the sites file has: {', '.join(known)}"
            raise typer.BadParameter(reason, param_hint="--organisation")
        wanted = [organisation] if organisation else known
        slot = f"hand-{now().isoformat()}"
        new = opened.ledger.add([opened.inventory.request(name, slot) for name in wanted])
        after = pickup(opened.settings)
    if as_json:
        write_json({"requested": wanted, "new": new})
    else:
        typer.echo(f"asked for a full pull of {', '.join(wanted)}; {after}")


def explain(site: SiteName, sku: Sku, *, as_json: Json = False) -> None:
    """Show the sum behind a SKU's allocation line by line, and what the storefront was last given."""
    with bridge() as opened:
        market = site_named(opened.settings, site)
        wanted, published = opened.inventory.explain(market, sku)
    counted = any(term.startswith("available ") for term, _ in wanted.terms)
    if as_json:
        document = {
            "site": site,
            "sku": sku,
            "inventory_list": market.stock.inventory_list,
            "counted": counted,
            "allocation": wanted.allocation,
            "terms": [{"term": term, "units": units} for term, units in wanted.terms],
            "published": published
            and {"allocation": published.allocation, "finished_at": published.finished_at},
        }
        write_json(document)
        return
    lines = [[term, f"{units:+d}"] for term, units in wanted.terms]
    table(["term", "units"], [*lines, ["= allocation", f" {wanted.allocation}"]], keep=["units"])
    if not counted:
        typer.echo("the warehouse has not counted this SKU: nothing is published for it")
    given = (
        f"{published.allocation} at {published.finished_at:%Y-%m-%d %H:%M:%S} UTC"
        if published
        else "nothing yet"
    )
    typer.echo(f"list {market.stock.inventory_list} was last given: {given}")
