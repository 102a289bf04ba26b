"""`status`: what waits where, since when, and what died of what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import typer

from sync.cli.options import Json
from sync.cli.output import age, say, table, write_json
from sync.cli.session import PROBLEM, bridge, figures
from sync.core.codes import CODES
from sync.core.errors import Retryable
from sync.core.messages import State
from sync.inbox import Inbox
from sync.wiring import now

Row = Mapping[Any, Any]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(*, as_json: Json = False) -> None:
    """Show messages by topic and state, the oldest due, the dead by code, and the inbox."""
    with bridge() as opened:
        rows, dead = opened.letters.figures(), figures(opened).dead_by_code()
        disputed = opened.conflicts_store.open_by_site()
        waiting = _inbox(opened.settings.redis_url)
    if as_json:
        write_json(_document(rows, dead, waiting) | {"conflicts": _disputed(disputed)})
    else:
        _alarm(disputed)
        _show(rows, dead, waiting)
    if waiting is None:
        say("the inbox is away: start Redis, or correct ORDERBRIDGE_REDIS_URL")
        raise typer.Exit(PROBLEM)


def _disputed(rows: Sequence[Row]) -> dict[str, object]:
    """Open conflicts, and how many of them are alarms, in all and by site."""

    def counted(some: Sequence[Row]) -> dict[str, int]:
        alarms = sum(row["conflicts"] for row in some if row["alarm"])
        return {"open": sum(row["conflicts"] for row in some), "alarms": alarms}

    sites = sorted({row["site"] for row in rows})
    return {
        **counted(rows),
        "sites": {site: counted([r for r in rows if r["site"] == site]) for site in sites},
    }


def _alarm(rows: Sequence[Row]) -> None:
    """What cannot wait comes first."""
    counts = {
        alarm: sum(row["conflicts"] for row in rows if row["alarm"] is alarm) for alarm in (True, False)
    }
    if counts[True]:
        noun = "conflict" if counts[True] == 1 else "conflicts"
        typer.echo(
            f"ALARM: {counts[True]} {noun} about goods on their way: orderbridge conflicts list --alarm"
        )
    if counts[False]:
        typer.echo(f"open conflicts: {counts[False]}: orderbridge conflicts list")


def _inbox(redis_url: str) -> int | None:
    inbox = Inbox.connected(redis_url)
    try:
        return inbox.length()
    except Retryable:
        return None
    finally:
        inbox.close()


def _document(rows: Sequence[Row], dead: Sequence[Row], waiting: int | None) -> dict[str, object]:
    return {
        "messages": [
            {"topic": row["topic"], "state": row["state"], "messages": row["messages"]}
            | ({"oldest_due": row["oldest_due"]} if row["state"] == State.DUE else {})
            for row in rows
        ],
        "dead": [dict(row) for row in dead],
        "inbox": waiting,
    }


def _show(rows: Sequence[Row], dead: Sequence[Row], waiting: int | None) -> None:
    at = now()
    counts = {(row["topic"], row["state"]): row["messages"] for row in rows}
    oldest = {row["topic"]: row["oldest_due"] for row in rows if row["state"] == State.DUE}
    topics = sorted({row["topic"] for row in rows})
    body = [
        [topic, *(counts.get((topic, state), 0) for state in State), _due(oldest.get(topic), at)]
        for topic in topics
    ]
    table(["topic", *State, "oldest due"], body, keep=["topic"])
    if dead:
        lines = [[row["messages"], row["code"], row["oldest"], _cause(row["code"])] for row in dead]
        table(
            ["dead", "code", "oldest (UTC)", "cause"],
            lines,
            keep=["code", "oldest (UTC)"],
            title="\ndead letters",
        )
    typer.echo(f"\ninbox: {'unknown' if waiting is None else f'{waiting} events not in the ledger yet'}")


def _due(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    seconds = (now - at).total_seconds()
    return f"since {age(seconds)}" if seconds >= 0 else f"in {age(seconds)}"


def _cause(code: str) -> str:
    return CODES[code].cause if code in CODES else "a code of another version"
