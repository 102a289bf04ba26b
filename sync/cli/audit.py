"""`inventory audit`: does the storefront have what it was given?"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from sync.cli.options import Json, SiteName, site_named
from sync.cli.output import progress, say, table, write_json
from sync.cli.session import PROBLEM, bridge, pickup, sentence
from sync.core.errors import OrderbridgeError
from sync.core.inventory import Drift
from sync.core.ports import Audit
from sync.wiring import Bridge

# Of the exit code: the audit did not come to its end.
UNKNOWN = 2
DEFAULT = 200

Sample = Annotated[
    int | None,
    typer.Option(min=1, help=f"Read back so many, the longest unseen first; {DEFAULT} if unset."),
]
Whole = Annotated[bool, typer.Option("--all", help="Read back everything, and records nobody here wrote.")]
Repair = Annotated[bool, typer.Option("--repair", help="Have what differs written again.")]
Found = tuple[Audit, list[Drift], str]


def audit(
    site: SiteName,
    *,
    sample: Sample = None,
    whole: Whole = False,
    repair: Repair = False,
    as_json: Json = False,
) -> None:
    """Compare the storefront's records with what they were given; exit 1 when any differ, 2 on failure."""
    if whole and sample is not None:
        raise typer.BadParameter("give --sample or --all, not both", param_hint="--sample")
    try:
        with bridge() as opened:
            wanted = None if whole else sample or DEFAULT
            ended, drifts, after = _audited(opened, site, wanted, repair=repair, quiet=as_json)
    except (OrderbridgeError, OperationalError, RedisError) as error:
        say(sentence(error) or str(error))
        raise typer.Exit(UNKNOWN) from None
    if as_json:
        write_json({**asdict(ended), "differences": [_difference(one) for one in drifts]})
    else:
        _show(ended, drifts, after)
    if drifts:
        raise typer.Exit(PROBLEM)


def _audited(opened: Bridge, name: str, wanted: int | None, *, repair: bool, quiet: bool) -> Found:
    market, auditor = site_named(opened.settings, name), opened.auditor
    with progress(quiet=quiet) as bars:
        task = bars.add_task(f"records of {market.stock.inventory_list}", total=auditor.size(market, wanted))
        ended, drifts = auditor.audit(
            market, wanted, repair=repair, step=lambda number: bars.advance(task, number)
        )
    return ended, drifts, pickup(opened.settings)


def _difference(one: Drift) -> dict[str, object]:
    return {name: getattr(one, name) for name in Drift.__slots__}


def _show(ended: Audit, drifts: Sequence[Drift], after: str) -> None:
    if drifts:
        rows = [[one.sku, one.kind.value, one.ours, one.theirs, one.since] for one in drifts]
        table(["SKU", "what", "ours", "theirs", "since (UTC)"], rows, keep=["what"])
    said = f"{ended.audited} records of {ended.inventory_list} read back, {ended.drifted} differ"
    if ended.moving:
        said += f", {ended.moving} were being written meanwhile"
    typer.echo(said if drifts else f"{said}: all agree")
    if ended.whole and not ended.walked:
        say("this interface lists no records: those that nobody here wrote were not looked for")
    if ended.repaired:
        typer.echo(f"{ended.repaired} are written again; {after}")
    elif drifts:
        say("have them written again with --repair")
