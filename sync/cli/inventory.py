"""`inventory`: pull counts, explain one SKU's allocation term by term, list what the storefront refuses."""

from typing import Annotated

import typer

from sync.cli.options import Json, SiteName, site_named
from sync.cli.output import table, write_json
from sync.cli.session import bridge, pickup
from sync.core.inventory import Refusal
from sync.wiring import now

Organisation = Annotated[str | None, typer.Option(help="Only this organisation of the warehouse.")]
Skus = Annotated[list[str] | None, typer.Option("--sku", help="Only this SKU; may be given several times.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
Sku = Annotated[str, typer.Argument(metavar="SKU")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    inventory = typer.Typer(no_args_is_help=True, help="Stock: pull, explain a number, list what is refused.")
    inventory.command()(sync)
    inventory.command()(explain)
    inventory.command()(refused)
    app.add_typer(inventory, name="inventory")


def sync(*, organisation: Organisation = None, sku: Skus = None, as_json: Json = False) -> None:
    """Ask for a pull of all counts or of some SKUs'; what differs from the storefront is published."""
    with bridge() as opened:
        known = sorted({site.organisation for site in opened.settings.sites.values()})
        if organisation and organisation not in known:
            reason = f"unknown organisation '{organisation}'; the sites file has: {', '.join(known)}"
            raise typer.BadParameter(reason, param_hint="--organisation")
        wanted = [organisation] if organisation else known
        slot = f"hand-{now().isoformat()}"
        skus = sorted(set(sku or ()))
        new = opened.ledger.add([opened.inventory.request(name, slot, skus) for name in wanted])
        after = pickup(opened.settings)
    if as_json:
        write_json({"requested": wanted, "skus": skus, "new": new})
    else:
        what = f"a pull of {', '.join(skus)}" if skus else "a full pull"
        typer.echo(f"asked for {what} of {', '.join(wanted)}; {after}")


def explain(site: SiteName, sku: Sku, *, as_json: Json = False) -> None:
    """Show the sum behind a SKU's allocation line by line, and what the storefront was last given."""
    with bridge() as opened:
        market = site_named(opened.settings, site)
        wanted, published, missing = opened.publisher.explain(market, sku)
        refusal = opened.refusals.among(market.stock.inventory_list, [sku]).get(sku)
    if as_json:
        document = {
            "site": site,
            "sku": sku,
            "inventory_list": market.stock.inventory_list,
            "counted": not missing,
            "uncounted": missing,
            "allocation": wanted.allocation,
            "terms": [{"term": term, "units": units} for term, units in wanted.terms],
            "published": published
            and {"allocation": published.allocation, "finished_at": published.finished_at},
            "refused": refusal and _refusal(refusal),
        }
        write_json(document)
        return
    lines = [[term, f"{units:+d}"] for term, units in wanted.terms]
    table(["term", "units"], [*lines, ["= allocation", f" {wanted.allocation}"]], keep=["units"])
    if missing:
        typer.echo(f"not counted yet in {', '.join(missing)}: nothing is published for this SKU")
    if refusal:
        again = f"{refusal.next_at:%Y-%m-%d %H:%M:%S} UTC"
        typer.echo(f"the storefront refuses it ({refusal.detail}); tried again from {again}")
    given = (
        f"{published.allocation} at {published.finished_at:%Y-%m-%d %H:%M:%S} UTC"
        if published
        else "nothing yet"
    )
    typer.echo(f"list {market.stock.inventory_list} was last given: {given}")


def refused(*, limit: Limit = 100, as_json: Json = False) -> None:
    """List the SKUs that the storefront refuses, with its reason and when each is tried again."""
    with bridge() as opened:
        found = opened.refusals.longest(limit)
    if as_json:
        write_json([_refusal(one) for one in found])
        return
    rows = [
        [one.inventory_list, one.sku, str(one.times), f"{one.next_at:%Y-%m-%d %H:%M:%S}", one.detail]
        for one in found
    ]
    table(["list", "sku", "times", "next try (UTC)", "reason"], rows, keep=["sku", "times"])


def _refusal(one: Refusal) -> dict[str, object]:
    return {name: getattr(one, name) for name in Refusal.__slots__}
