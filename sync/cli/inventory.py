"""`inventory`: pull counts, explain one SKU's allocation term by term, list what is refused, read back."""

from typing import Annotated

import typer

from config.settings import load_settings
from sync.cli.audit import audit
from sync.cli.explain import explain
from sync.cli.full import full as publish_all
from sync.cli.options import Json, OnlySite, site_named, sites_named
from sync.cli.output import table, write_json
from sync.cli.session import bridge, pickup
from sync.core.inventory import Refusal
from sync.core.sites import Site
from sync.wiring import now

Organisation = Annotated[str | None, typer.Option(help="Only this organisation of the warehouse.")]
Skus = Annotated[list[str] | None, typer.Option("--sku", help="Only this SKU; may be given several times.")]
OneSite = Annotated[str | None, typer.Argument(metavar="[SITE]", help="A site of the sites file.")]
Full = Annotated[bool, typer.Option("--full", help="Write everything on the site's list, differing or not.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="With --full: only count what would be written.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    inventory = typer.Typer(no_args_is_help=True, help="Stock: pull, explain, list what is refused, audit.")
    inventory.command()(sync)
    inventory.command()(explain)
    inventory.command()(refused)
    inventory.command()(audit)
    inventory.command("findings")(out_of_the_ordinary)
    app.add_typer(inventory, name="inventory")


def sync(
    site: OneSite = None,
    *,
    organisation: Organisation = None,
    sku: Skus = None,
    full: Full = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Ask for a pull of all counts or of some SKUs'; what differs from the storefront is published.

    With --full everything on the site's list is written once, differing or not, as a file where the site has
    them; the command works itself beside the workers, shows how far it is, and exits 1 if some was refused.
    """
    if full or dry_run:
        _check_full(site, organisation, sku, full=full)
        publish_all(site_named(load_settings(), site or ""), dry_run=dry_run, as_json=as_json)
        return
    with bridge() as opened:
        if site:
            organisation = _owner(site_named(opened.settings, site), organisation)
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


def _check_full(site: str | None, organisation: str | None, sku: list[str] | None, *, full: bool) -> None:
    if not full:
        raise typer.BadParameter("tells what --full would write: give both", param_hint="--dry-run")
    if not site:
        raise typer.BadParameter("name the site whose list is to be written", param_hint="SITE")
    if organisation or sku:
        raise typer.BadParameter(
            "writes everything of one site; leave out --organisation and --sku", param_hint="--full"
        )


def _owner(site: Site, organisation: str | None) -> str:
    if organisation not in {None, site.organisation}:
        reason = f"site {site.name} belongs to {site.organisation}"
        raise typer.BadParameter(reason, param_hint="--organisation")
    return site.organisation


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


def out_of_the_ordinary(*, site: OnlySite = None, limit: Limit = 100, as_json: Json = False) -> None:
    """List SKUs that are negative, uncounted, disappeared, or told of under another warehouse's name."""
    with bridge() as opened:
        sites = sites_named(opened.settings, site)
        every = {name for one in opened.settings.sites.values() for name in one.stock.warehouses}
        lists = {one.stock.inventory_list: one for one in reversed(sites)}
        found = [
            [name, one.sku, str(one.matter), one.detail]
            for name, seller in lists.items()
            for one in opened.publisher.findings(seller, every)
        ]
    if as_json:
        names = ("inventory_list", "sku", "matter", "detail")
        write_json([dict(zip(names, row, strict=True)) for row in found])
        return
    table(["list", "SKU", "what", "detail"], found[:limit], keep=["what"])
    if len(found) > limit:
        typer.echo(f"{len(found) - limit} more; --limit shows more, --json all of them")


def _refusal(one: Refusal) -> dict[str, object]:
    return {name: getattr(one, name) for name in Refusal.__slots__}
