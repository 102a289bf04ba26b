"""What a dry run shows: what would be sent, and how it differs from the last try."""

from collections.abc import Callable, Sequence
from typing import Any

import typer

from sync.cli.output import table, write_json
from sync.cli.session import PROBLEM
from sync.flows.reprocess import Trial

Shown = Callable[[str], str]


def show_trials(trials: Sequence[Trial], shown: Shown, *, as_json: bool) -> None:
    """Print every trial, documents as `shown` lets them be seen; exit 1 when one would fail."""
    failing = [trial for trial in trials if not trial.passes]
    if as_json:
        rows = [_plain(trial, shown) for trial in trials]
        write_json({"checked": len(trials), "would_pass": len(trials) - len(failing), "trials": rows})
    else:
        for trial in trials:
            _show(trial, shown)
        typer.echo(f"{len(trials)} checked, {len(trials) - len(failing)} would pass; nothing was sent")
        if failing:
            lines = [[t.message.id, t.message.site, t.message.key, t.code, t.detail] for t in failing]
            table(["id", "site", "key", "code", "detail"], lines, keep=["id", "key", "code"])
    if failing:
        raise typer.Exit(PROBLEM)


def _plain(trial: Trial, shown: Shown) -> dict[str, Any]:
    message = trial.message
    return {
        "id": message.id,
        "site": message.site,
        "topic": message.topic,
        "key": message.key,
        "passes": trial.passes,
        "code": trial.code,
        "detail": trial.detail,
        "note": trial.note,
        "document": shown(trial.document),
        "last_try": bool(trial.last),
        "difference": shown(trial.difference) if trial.last and trial.document else "",
        "postings": [{"kind": one.kind, "value": dict(one.value)} for one in trial.postings],
    }


def _show(trial: Trial, shown: Shown) -> None:
    message, parts = trial.message, list[str]()
    if trial.document:
        parts += [shown(trial.document).strip(), _compared(trial, shown)]
    parts += [f"{one.kind}: {dict(one.value)}" for one in trial.postings]
    note = f"; {trial.note}" if trial.note else ""
    if parts or note:
        typer.echo(f"{message.id} {message.topic} {message.site} {message.key}: would pass{note}")
        typer.echo("\n".join([*parts, ""]))


def _compared(trial: Trial, shown: Shown) -> str:
    if not trial.last:
        return "the last try sent nothing"
    return shown(trial.difference) or "no difference to the last try"
