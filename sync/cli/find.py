"""`find`: whose id is this? From any id of either system to the order, its shipments and its customer."""

import shlex
from typing import Annotated

import typer

from sync.cli.finding import Finding, Found, problem
from sync.cli.options import Json, OnlySite, sites_named
from sync.cli.output import say, table, write_json
from sync.cli.session import bridge, fail
from sync.core.links import Subject
from sync.store.links import MOST, Trace

AnyId = Annotated[
    str,
    typer.Argument(
        metavar="ANY-ID",
        help="Order number, reference, shipment, tracking, return or customer number, e-mail, CRM id.",
    ),
]
_NEAREST = 10
_COPIED = 32


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(find)


def find(any_id: AnyId, *, site: OnlySite = None, as_json: Json = False) -> None:
    """Find what goes by an id in either system, or went by it: its other ids, and the orders it leads to."""
    text = any_id.strip()
    if wrong := problem(text):
        raise fail(f"{wrong}\ncure: give one id as a system shows it, without what stands around it")
    with bridge() as opened:
        sites = [one.name for one in sites_named(opened.settings, site)]
        narrowed = site is not None
        finding = Finding(links=opened.links, names=opened.names, sites=sites, narrowed=narrowed)
        found = finding.find(text)
    if not found:
        where = f" of {site}" if site else ""
        raise fail(
            f"no order, shipment, return or customer{where} goes or went by this id\n"
            "cure: check its spelling; for an order that the storefront has: orderbridge backfill SITE "
            "--since DATE; for one from before there were links: orderbridge links rebuild"
        )
    if as_json:
        write_json({"found": [_document(one) for one in found]})
        return
    for one in found:
        _show(one)
    if len(found) >= MOST or any(one.more for one in found):
        say(f"there are more: only the newest {MOST} are shown")


def _show(one: Found) -> None:
    typer.echo(f"{_name(one.subject)}")
    for trace in one.by:
        typer.echo(f"  by its {_sentence(trace)}")
    for whole in one.belongs_to:
        typer.echo(f"  belongs to {_name(whole)}")
    if one.parts:
        told = ", ".join(map(_name, one.parts[:_NEAREST]))
        rest = len(one.parts) - _NEAREST
        typer.echo(f"  has {told}" + (f" and {rest} more" if rest > 0 else ""))
    if rows := [_row(trace) for trace in one.ids]:
        # An id is copied as a whole; a terminal of 80 columns has room for these beside the rest.
        copied = max(len(trace.link.value) for trace in one.ids) <= _COPIED
        table(["system", "kind", "id", "since (UTC)", "until (UTC)"], rows, keep=["id"] if copied else [])
    for order in one.orders:
        typer.echo(f"  {_command(order)}")
    typer.echo("")


def _name(subject: Subject) -> str:
    return f"{subject.entity.replace('_', ' ')} {subject.key} of {subject.scope}"


def _sentence(trace: Trace) -> str:
    kind = f"{trace.link.system} {trace.link.kind.replace('_', ' ')}"
    if trace.until:
        return f"{kind}, which it had until {trace.until:%Y-%m-%d %H:%M} UTC"
    return f"{kind}, which another one had first: a person must judge" if trace.disputed else kind


def _row(trace: Trace) -> list[object]:
    link = trace.link
    return [
        link.system,
        link.kind.replace("_", " "),
        link.value,
        trace.since,
        "disputed" if trace.disputed else trace.until,
    ]


def _command(order: Subject) -> str:
    return f"orderbridge order {shlex.quote(order.scope)} {shlex.quote(order.key)}"


def _document(one: Found) -> dict[str, object]:
    return {
        **_subject(one.subject),
        "by": [_trace(trace) for trace in one.by],
        "ids": [_trace(trace) for trace in one.ids],
        "belongs_to": [_subject(whole) for whole in one.belongs_to],
        "parts": [_subject(part) for part in one.parts],
        "orders": [
            {"site": order.scope, "order_no": order.key, "see": _command(order)} for order in one.orders
        ],
        "more": one.more,
    }


def _subject(subject: Subject) -> dict[str, object]:
    return {"entity": subject.entity, "scope": subject.scope, "key": subject.key}


def _trace(trace: Trace) -> dict[str, object]:
    link = trace.link
    return {
        "system": link.system,
        "kind": link.kind,
        "id": link.value,
        "since": trace.since,
        "until": trace.until,
        "disputed": trace.disputed,
        "message": trace.message,
    }
