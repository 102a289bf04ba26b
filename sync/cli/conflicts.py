"""`conflicts`: where the two systems disagree, and a person's decision."""

from getpass import getuser
from typing import Annotated

import typer

from sync.cli.options import Json, OnlySite
from sync.cli.output import table, write_json
from sync.cli.session import bridge, fail, pickup
from sync.core.errors import Rejected
from sync.core.ownership import RULES
from sync.core.ports.conflicts import Conflict, ConflictFilter, ConflictState, Resolution

_KEEP = {"ours": Resolution.KEEP_OURS, "theirs": Resolution.KEEP_THEIRS}
_LIMIT = 1_000

ConflictId = Annotated[int, typer.Argument(metavar="ID", help="The id that `conflicts list` shows.")]
Keep = Annotated[
    str | None,
    typer.Option(
        help="`ours`: the owner's value stands; `theirs`: the other one is taken over, where it can."
    ),
]
Reassert = Annotated[bool, typer.Option("--reassert", help="Write the owner's value to the other system.")]
Chosen = Annotated[
    str, typer.Option("--contact", help="Of several contacts, the id of the one that the customer is.")
]
Reason = Annotated[str, typer.Option(help="Why; kept with the conflict.")]
By = Annotated[str | None, typer.Option(help="Who decides; who is logged in by default.")]
OnlyOrder = Annotated[str | None, typer.Option("--order", help="Only this order number.")]
OnlyState = Annotated[str, typer.Option("--state", help="open, resolved or all.")]
OnlyAlarms = Annotated[bool, typer.Option("--alarm", help="Only those about goods on their way.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Conflicts: list, show or resolve them.", invoke_without_command=True)
    group.callback()(conflicts)
    group.command("list")(listed)
    group.command()(show)
    group.command()(resolve)
    app.add_typer(group, name="conflicts")


def conflicts(context: typer.Context, *, as_json: Json = False) -> None:
    """List the open conflicts, alarms first."""
    if not context.invoked_subcommand:
        listed(as_json=as_json)


def listed(
    *,
    site: OnlySite = None,
    order: OnlyOrder = None,
    state: OnlyState = "open",
    alarm: OnlyAlarms = False,
    as_json: Json = False,
) -> None:
    """List conflicts, alarms first, then the oldest; the open ones unless --state says otherwise."""
    if state not in {"open", "resolved", "all"}:
        raise typer.BadParameter(f"'{state}' is none of open, resolved, all", param_hint="--state")
    wanted = ConflictFilter(
        site=site,
        order_no=order,
        state=None if state == "all" else ConflictState(state),
        alarm=True if alarm else None,
    )
    with bridge() as opened:
        found = opened.conflicts_store.select(wanted, _LIMIT)
    if as_json:
        write_json({"conflicts": [document(one) for one in found]})
    elif found:
        columns = ["id", "", "since (UTC)", "site", "order", "field", "storefront", "warehouse or CRM"]
        table(columns, [_row(one) for one in found], keep=["id", "since (UTC)", "order"])
    else:
        typer.echo("no open conflicts" if state == "open" else "no conflicts")


def show(conflict_id: ConflictId, *, as_json: Json = False) -> None:
    """Show one conflict: both values, whose word showed it, and what was decided by whom and why."""
    with bridge() as opened:
        conflict = opened.conflicts_store.conflict(conflict_id)
    if conflict is None:
        raise Rejected("conflict.unknown", f"there is no conflict {conflict_id}")
    if as_json:
        write_json(document(conflict))
        return
    shown = {name: value for name, value in document(conflict).items() if value not in (None, "", False)}
    table(["member", "value"], [[name.replace("_", " "), value] for name, value in shown.items()])


def resolve(
    conflict_id: ConflictId,
    *,
    reason: Reason,
    keep: Keep = None,
    reassert: Reassert = False,
    contact: Chosen = "",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Close a conflict with --keep ours, --keep theirs, --reassert or --contact, and do what follows."""
    resolution = _decided(keep, reassert=reassert, contact=contact)
    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    actor = (by or getuser()).strip()
    with bridge() as opened:
        follows = opened.conflicts.resolve(
            conflict_id, resolution, actor=actor, reason=reason.strip(), choice=contact
        )
        soon = pickup(opened.settings)
    if as_json:
        write_json({"id": conflict_id, "resolution": resolution, "by": actor, "follows": follows})
    else:
        wait = "" if resolution is Resolution.KEEP_OURS else f"\n{soon}"
        typer.echo(f"conflict {conflict_id} is resolved ({resolution}): {follows}{wait}")


def document(conflict: Conflict) -> dict[str, object]:
    """Return a conflict as JSON values: sides by name, ours and theirs by ownership, evidence, decision."""
    members = {name: getattr(conflict, name) for name in Conflict.__slots__}
    rule = RULES.get(conflict.field)
    return {
        **members,
        "ours": conflict.ours,
        "theirs": conflict.theirs,
        "detail": conflict.detail,
        "severity": "alarm" if conflict.alarm else "ordinary",
        "reassert": str(rule.remedy) if rule else "",
    }


def _row(one: Conflict) -> list[object]:
    mark = "ALARM" if one.alarm else "" if one.state == ConflictState.OPEN else one.resolution
    return [
        one.id,
        mark,
        one.created_at,
        one.site,
        one.order_no,
        f"{one.field} ({one.owner}'s)",
        one.storefront,
        one.warehouse,
    ]


def _decided(keep: str | None, *, reassert: bool, contact: str) -> Resolution:
    if [reassert, keep is not None, bool(contact)].count(True) != 1:
        raise fail("say one of --keep ours, --keep theirs, --reassert, --contact ID")
    if keep is None:
        return Resolution.REASSERT if reassert else Resolution.CHOOSE
    if keep not in _KEEP:
        raise typer.BadParameter(f"'{keep}' is neither ours nor theirs", param_hint="--keep")
    return _KEEP[keep]
