"""What `privacy` shows: a person's document, what an erasure would do, and what it did."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

import typer

from sync.cli.output import as_json_text, say, table, write_json
from sync.core.ports.privacy import Holdings, OrderId
from sync.core.timeline import document, summary, timeline
from sync.flows.privacy import Erased, Person
from sync.store.trails import PostgresTrails
from sync.wiring import Bridge

_OPEN = "cure: wait until they are closed, or --force: what is not handed over yet then never will be"
_WAITING = "cure: wait until intake has read them (orderbridge status), or --force"


def everything(opened: Bridge, person: Person) -> Iterator[str]:
    """Yield all that is kept of a person as the parts of one JSON document, an order at a time in memory."""
    head = {"email": person.mention.email, "made_at": opened.clock()}
    yield as_json_text(head).removesuffix("\n}") + ',\n  "orders": ['
    for number, order in enumerate(person.orders):
        yield ",\n" if number else "\n"
        yield as_json_text(_order(opened, order))
    rest = {
        "customer": opened.personal.customer_links(person.digest),
        "waiting": [{"site": one.draft.site, "event": one.draft.body} for one in person.waiting],
        "erasures": opened.personal.erasures(person.digest),
        "elsewhere": elsewhere(opened, person.orders),
    }
    yield "],\n" + as_json_text(rest).removeprefix("{\n") + "\n"


def _order(opened: Bridge, order: OrderId) -> dict[str, Any]:
    market = opened.settings.sites.get(order.site)
    told: dict[str, Any] = {"site": order.site, "order_no": order.order_no}
    if market is not None:
        trail = PostgresTrails(opened.sessions).trail(order.site, order.order_no)
        told |= {"timeline": document(trail, summary(trail, market, UTC), timeline(trail, market), UTC)}
    return told | dict(opened.personal.dossier(order))


def elsewhere(opened: Bridge, orders: Sequence[OrderId]) -> list[str]:
    """Return the systems that keep data of these orders' people, and are asked by themselves.

    The CRM is one of them once one of the orders was written to it, whatever its site says today.
    """
    told = [
        "the storefront keeps customers and orders",
        "the warehouse keeps orders and labels",
    ]
    if opened.personal.shown(orders):
        told.append("the CRM keeps what was written to it of orders")
    return told


def show_plan(person: Person, held: list[Holdings], others: list[str], *, as_json: bool) -> None:
    """Show what an erasure would do, and what forbids it."""
    if as_json:
        write_json({"dry_run": True, **_plan(person, held), "elsewhere": others})
        return
    if not held and not person.waiting:
        typer.echo("nothing is kept of this person")
    rows = [
        [
            one.order.site,
            one.order.order_no,
            ", ".join(f"{count} {place}" for place, count in one.places.items()) or "nothing",
            one.dead or "",
            one.forbids,
        ]
        for one in held
    ]
    if rows:
        table(["site", "order", "would go", "dead letters closed", "still needed"], rows, keep=["order"])
    if any(one.forbids for one in held):
        say(_OPEN)
    if person.waiting:
        say(f"{len(person.waiting)} events are not in the ledger yet\n{_WAITING}")
    if held:
        say("nothing was changed; with --yes it is erased")
    say("not erased by this: " + "; ".join(others))


def _plan(person: Person, held: list[Holdings]) -> dict[str, Any]:
    rows = [
        {
            "site": one.order.site,
            "order_no": one.order.order_no,
            "would_go": dict(one.places),
            "dead_letters": one.dead,
            "still_needed": one.forbids,
        }
        for one in held
    ]
    return {"orders": rows, "waiting": len(person.waiting)}


def show_done(done: Erased, others: list[str], *, as_json: bool) -> None:
    """Show what an erasure did, and what it left."""
    if as_json:
        names = [{"site": one.site, "order_no": one.order_no} for one in done.erased]
        refused = [
            {"site": o.order.site, "order_no": o.order.order_no, "still_needed": o.forbids}
            for o in done.refused
        ]
        told = {"dry_run": False, "erased": names, "refused": refused, "waiting": done.waiting}
        write_json({**told, "left": dict(done.left), "elsewhere": others})
        return
    typer.echo(f"{len(done.erased)} orders erased")
    for one in done.refused:
        say(f"not erased: {one.order.order_no} of {one.order.site}: {one.forbids}")
    if done.refused:
        say(_OPEN)
    if done.waiting:
        say(f"{done.waiting} events are not in the ledger yet\n{_WAITING}")
    for place, count in done.left.items():
        say(f"the address is still in {count} rows of {place}")
    say("not erased by this: " + "; ".join(others))
