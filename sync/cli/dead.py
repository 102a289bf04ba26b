"""`dead`: the messages kept for a person: list them by cause, look at one, reprocess or discard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from sync.cli.options import Before, Code, Ids, Json, OnlyKey, OnlySite, OnlyTopic, selection
from sync.cli.output import labeled, progress, say, table, write_json
from sync.cli.session import PROBLEM, bridge, fail, pickup
from sync.core.codes import CODES, Meaning
from sync.core.ports import Selection
from sync.flows.reprocess import Trial
from sync.wiring import Bridge, now

Row = Mapping[Any, Any]
MessageId = Annotated[int, typer.Argument(metavar="ID", help="The message id that `dead list` shows.")]
All = Annotated[bool, typer.Option("--all", help="Every dead letter; needed where no filter is given.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only check what would happen; send and change nothing.")
]
Limit = Annotated[int, typer.Option(min=1, help="Show at most this many.")]
ShowBody = Annotated[bool, typer.Option("--show-body", help="Print the payload too; it holds personal data.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the message.")]
Yes = Annotated[bool, typer.Option("--yes", help="Yes, close them for good.")]

_BATCH = 1_000
_UNKNOWN = Meaning("A code of another version of Orderbridge.", "See the detail of the message.", "")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    dead = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, reprocess, discard.")
    dead.command("list")(listing)
    dead.command()(show)
    dead.command()(reprocess)
    dead.command()(discard)
    app.add_typer(dead, name="dead")


def listing(
    *,
    ids: Ids = None,
    code: Code = None,
    site: OnlySite = None,
    topic: OnlyTopic = None,
    key: OnlyKey = None,
    before: Before = None,
    limit: Limit = 200,
    as_json: Json = False,
) -> None:
    """List dead letters grouped by code, each code with its cause and cure."""
    with bridge() as opened:
        rows = opened.letters.rows(selection(ids, code, site, topic, key, before), limit)
    if as_json:
        write_json({"dead": [_plain(row) for row in rows]})
        return
    for group in sorted({row["error_code"] for row in rows}):
        _show_group(group, [row for row in rows if row["error_code"] == group])
    if len(rows) == limit:
        say(f"only the oldest {limit} are shown; see more with --limit, or fewer with a filter")
    typer.echo("" if rows else "no dead letters")


def show(message_id: MessageId, *, show_body: ShowBody = False, as_json: Json = False) -> None:
    """Show one message with its reasons and every attempt."""
    with bridge() as opened:
        found = opened.letters.message(message_id)
    if found is None:
        raise fail(f"there is no message {message_id}\ncure: take the id from `orderbridge dead list`")
    row = {name: value for name, value in found[0].items() if show_body or name != "body"}
    attempts = [{name: value for name, value in one.items() if name != "message_id"} for one in found[1]]
    if as_json:
        write_json({"message": row, "attempts": attempts})
    else:
        _show_message(row, attempts)


def reprocess(
    *,
    ids: Ids = None,
    code: Code = None,
    site: OnlySite = None,
    topic: OnlyTopic = None,
    key: OnlyKey = None,
    before: Before = None,
    everything: All = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put dead letters to work again after the cure, or only check them; exit 1 when a check fails."""
    wanted = _deliberate(selection(ids, code, site, topic, key, before), everything=everything)
    with bridge() as opened:
        if dry_run:
            _show_trials(_trials(opened, wanted, quiet=as_json), as_json=as_json)
            return
        count = 0
        # What dies again while we are at it must not be requeued for ever.
        wanted = replace(wanted, before=min(filter(None, [before, now()])))
        while requeued := len(opened.reprocess.requeue(wanted, _BATCH)):
            count += requeued
        after = pickup(opened.settings)
    if as_json:
        write_json({"requeued": count})
    else:
        typer.echo(f"{count} requeued; {after}" if count else "no dead letter matches")


def discard(
    *,
    reason: Reason,
    ids: Ids = None,
    code: Code = None,
    site: OnlySite = None,
    topic: OnlyTopic = None,
    key: OnlyKey = None,
    before: Before = None,
    everything: All = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Close dead letters for good, keeping them and the reason; without --yes only says how many."""
    wanted = _deliberate(selection(ids, code, site, topic, key, before), everything=everything)
    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    with bridge() as opened:
        selected = [message.id for message in opened.letters.select_dead(wanted, 10_000)]
        if not yes:
            reason_not = f"{len(selected)} dead letters would be closed for good; say --yes to do it"
            raise typer.BadParameter(reason_not, param_hint="--yes")
        count = opened.letters.discard(selected, reason.strip())
    if as_json:
        write_json({"discarded": count, "reason": reason.strip()})
    else:
        typer.echo(f"{count} discarded: {reason.strip()}")


def _deliberate(wanted: Selection, *, everything: bool) -> Selection:
    """A forgotten filter must not mean all of them."""
    if wanted == Selection() and not everything:
        raise typer.BadParameter("name a filter (--id, --code, --site, --topic, --key, --before), or --all")
    return wanted


def _trials(opened: Bridge, wanted: Selection, *, quiet: bool) -> list[Trial]:
    selected = opened.letters.select_dead(wanted, _BATCH)
    with progress(quiet=quiet) as bars:
        checked = bars.track(selected, description="checked")
        return [t for message in checked for t in opened.reprocess.dry_run(Selection(ids=[message.id]))]


def _show_trials(trials: Sequence[Trial], *, as_json: bool) -> None:
    failing = [trial for trial in trials if not trial.passes]
    if as_json:
        rows = [
            {"id": t.message.id, "site": t.message.site, "topic": t.message.topic, "key": t.message.key}
            | {"passes": t.passes, "code": t.code, "detail": t.detail}
            for t in trials
        ]
        write_json({"checked": len(trials), "would_pass": len(trials) - len(failing), "trials": rows})
    else:
        typer.echo(f"{len(trials)} checked, {len(trials) - len(failing)} would pass; nothing was sent")
        if failing:
            lines = [[t.message.id, t.message.site, t.message.key, t.code, t.detail] for t in failing]
            table(["id", "site", "key", "code", "detail"], lines, keep=["id", "key", "code"])
    if failing:
        raise typer.Exit(PROBLEM)


def _show_group(code: str, rows: Sequence[Row]) -> None:
    meaning = CODES.get(code, _UNKNOWN)
    typer.echo(f"{code} ({len(rows)})")
    labeled([("  cause", meaning.cause), ("  cure", meaning.cure)])
    lines = [[row["id"], row["site"], row["topic"], row["key"], row["settled_at"], _why(row)] for row in rows]
    table(["id", "site", "topic", "key", "died (UTC)", "why"], lines, keep=["id", "key", "died (UTC)"])
    typer.echo()


def _why(row: Row) -> str:
    error = row["error_detail"] or {}
    fields = error.get("fields") or {}
    return "\n".join(f"{path}: {reason}" for path, reason in fields.items()) or error.get("detail", "")


def _plain(row: Row) -> dict[str, object]:
    error = row["error_detail"] or {}
    meaning = CODES.get(row["error_code"], _UNKNOWN)
    kept = {name: value for name, value in row.items() if name not in {"error_code", "error_detail"}}
    named = {"code": row["error_code"], "detail": error.get("detail", ""), "fields": error.get("fields", {})}
    return {**kept, **named, "cause": meaning.cause, "cure": meaning.cure}


def _show_message(row: Row, attempts: Sequence[Row]) -> None:
    shown = {name: value for name, value in row.items() if value not in (None, "", {})}
    error = shown.pop("error_detail", None)
    body = shown.pop("body", None)
    lines = [[name.replace("_", " "), value] for name, value in shown.items()]
    lines += [["why", _why({"error_detail": error})]] if error else []
    if error and row["error_code"] in CODES:
        lines.append(["cure", CODES[row["error_code"]].cure])
    table(["field", "value"], lines, keep=["field"])
    if attempts:
        columns = ["number", "started_at", "result", "error_code", "remote_status", "excerpt"]
        lines = [[one[name] for name in columns] for one in attempts]
        table(columns, lines, keep=["started_at", "error_code"], title="\nattempts")
    if body is not None:
        typer.echo(f"\n{body}")
