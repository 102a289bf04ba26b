"""`dead`: the messages kept for a person: list them by cause, look at one, reprocess or discard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from getpass import getuser
from typing import Annotated, Any

import typer

from sync.cli.options import Before, Code, Ids, Json, OnlyKey, OnlySite, OnlyTopic, Rate, selection
from sync.cli.output import labeled, progress, say, table, write_json
from sync.cli.session import bridge, fail, pickup
from sync.cli.trials import show_trials
from sync.core.codes import CODES, Meaning
from sync.core.ports import Selection
from sync.flows.pace import Pace
from sync.flows.reprocess import Trial
from sync.wiring import Bridge, now

Row = Mapping[Any, Any]
MessageId = Annotated[int, typer.Argument(metavar="ID", help="The message id that `dead list` shows.")]
All = Annotated[bool, typer.Option("--all", help="Every dead letter; needed where no filter is given.")]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Show what would be sent, and how it differs from the last try; send nothing."
    ),
]
Replay = Annotated[
    bool, typer.Option("--replay", help="Take the order from the stored event, not from the storefront.")
]
Limit = Annotated[int, typer.Option(min=1, help="Show at most this many.")]
ShowBody = Annotated[bool, typer.Option("--show-body", help="Print personal data too: payloads, documents.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the message.")]
Yes = Annotated[bool, typer.Option("--yes", help="Yes, close them for good.")]

_BATCH = 1_000
_PERSONAL = {"body", "document"}
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
    row = {name: value for name, value in found[0].items() if show_body or name not in _PERSONAL}
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
    replay: Replay = False,
    rate: Rate = None,
    dry_run: DryRun = False,
    show_body: ShowBody = False,
    as_json: Json = False,
) -> None:
    """Put dead letters to work again after the cure, or only show what would be sent.

    Orders are read from the storefront anew. Exit 1 when a check fails, or a letter cannot be replayed.
    """
    wanted = _deliberate(selection(ids, code, site, topic, key, before), everything=everything)
    with bridge() as opened:
        if dry_run:
            shown = str if show_body else opened.warehouse.masked
            show_trials(_trials(opened, wanted, replay=replay, quiet=as_json), shown, as_json=as_json)
            return
        # What dies again while we are at it must not be requeued for ever.
        wanted = replace(wanted, before=min(filter(None, [before, now()])))
        count, refused = _requeue(opened, wanted, Pace(rate), replay=replay, quiet=as_json)
        after = pickup(opened.settings)
    if as_json:
        write_json({"requeued": count, "not_replayable": refused})
    else:
        typer.echo(f"{count} requeued; {after}" if count else "no dead letter matches")
    if refused:
        told = f"{refused} cannot be replayed, or have no content any more"
        raise fail(f"{told}\ncure: {CODES['replay.impossible'].cure}")


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
        count = opened.letters.discard(selected, reason.strip(), actor=getuser())
    if as_json:
        write_json({"discarded": count, "reason": reason.strip()})
    else:
        typer.echo(f"{count} discarded: {reason.strip()}")


def _deliberate(wanted: Selection, *, everything: bool) -> Selection:
    """A forgotten filter must not mean all of them."""
    if wanted == Selection() and not everything:
        raise typer.BadParameter("name a filter (--id, --code, --site, --topic, --key, --before), or --all")
    return wanted


def _trials(opened: Bridge, wanted: Selection, *, replay: bool, quiet: bool) -> list[Trial]:
    with progress(quiet=quiet) as bars:
        total = min(opened.letters.count_dead(wanted), _BATCH)
        trials = opened.reprocess.dry_run(wanted, _BATCH, replay=replay)
        return list(bars.track(trials, total=total, description="checked"))


def _requeue(opened: Bridge, wanted: Selection, pace: Pace, *, replay: bool, quiet: bool) -> tuple[int, int]:
    """Return how many were requeued, and how many cannot be replayed."""
    requeued = refused = 0
    with progress(quiet=quiet) as bars:
        task = bars.add_task("requeued", total=opened.letters.count_dead(wanted))
        try:
            for batch in opened.reprocess.requeue(wanted, replay=replay, pace=pace, actor=getuser()):
                requeued, refused = requeued + len(batch.requeued), refused + len(batch.refused)
                bars.advance(task, len(batch.requeued) + len(batch.refused))
        except KeyboardInterrupt:
            again = f"the same with --before {wanted.before:%Y-%m-%dT%H:%M:%S} goes on from here"
            raise fail(f"stopped; {requeued} are requeued; {again}") from None
    return requeued, refused


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
    body, document = shown.pop("body", None), shown.pop("document", None)
    lines = [[name.replace("_", " "), value] for name, value in shown.items()]
    lines += [["why", _why({"error_detail": error})]] if error else []
    if error and row["error_code"] in CODES:
        lines.append(["cure", CODES[row["error_code"]].cure])
    table(["field", "value"], lines, keep=["field"])
    if attempts:
        columns = ["number", "started_at", "result", "error_code", "remote_status", "excerpt"]
        lines = [[one[name] for name in columns] for one in attempts]
        table(columns, lines, keep=["started_at", "error_code"], title="\nattempts")
    for text in (body, document):
        if text is not None:
            typer.echo(f"\n{text}")
