"""`inventory explain`: one SKU's number, line by line, and what happens to it next."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated

import typer

from sync.cli.options import Json, SiteName, site_named
from sync.cli.output import write_json
from sync.cli.session import bridge
from sync.core.inventory import Explanation, Position, explanation
from sync.core.sites import Site
from sync.wiring import Bridge, now

WIDTH = 80
_UNITS = 16
# Longer words would make a suggestion longer than a screen.
_LONGEST = 120

Sku = Annotated[str, typer.Argument(metavar="SKU", help="As the warehouse writes it; -- before one with -.")]


def explain(site: SiteName, sku: Sku, *, as_json: Json = False) -> None:
    """Show the sum behind a SKU's allocation line by line, and why it is written next or not."""
    with bridge() as opened:
        market = site_named(opened.settings, site)
        position = opened.publisher.position(market, sku)
        if not position.known:
            raise typer.BadParameter(_unknown(opened, market, sku), param_hint="SKU")
        told = explanation(market.stock, position, now())
    if as_json:
        write_json(_document(market, position, told))
    else:
        typer.echo("\n".join(_lines(market, position, told)))


def _unknown(opened: Bridge, market: Site, sku: str) -> str:
    """Say what is wrong with a SKU of which nothing is known, and which one may have been meant."""
    known = {one.lower(): one for one in opened.stock_store.similar(market.organisation, sku)}
    near = [known[name] for name in get_close_matches(sku.lower(), list(known), n=3, cutoff=0.6)]
    meant = f"; did you mean {' or '.join(textwrap.shorten(one, _LONGEST) for one in near)}?" if near else ""
    cut = sku if len(sku) <= _LONGEST else f"{sku[:_LONGEST]}… ({len(sku)} characters)"
    return f"no count, order or publication of '{cut}' is known for {market.organisation}{meant}"


def _document(site: Site, position: Position, told: Explanation) -> dict[str, object]:
    published, policy = position.published, site.stock
    return {
        "site": site.name,
        "sku": position.sku,
        "inventory_list": policy.inventory_list,
        "counted": not told.uncounted,
        "uncounted": list(told.uncounted),
        "counts": [asdict(one) for one in position.counts],
        "allocation": told.target.allocation,
        "terms": _terms(told.target.terms),
        "manner": asdict(told.target.manner),
        "storefront_subtracts": _terms(told.still),
        "shown": told.shown,
        "published": asdict(published) if published else None,
        "refused": asdict(position.refusal) if position.refusal else None,
        "next": {"writes": told.writes, "why": told.why},
        "findings": [{"matter": str(one.matter), "detail": one.detail} for one in told.findings],
        "rules": [rule.scope for rule in policy.rules_for(position.sku)],
        "classes": policy.classes_of(position.sku),
        "share": policy.share.kind,
    }


def _terms(terms: Iterable[tuple[str, int]]) -> list[dict[str, object]]:
    return [{"term": term, "units": units} for term, units in terms]


def _lines(site: Site, position: Position, told: Explanation) -> Iterable[str]:
    policy, published = site.stock, position.published
    yield from _wrapped(f"{position.sku} on list {policy.inventory_list} of {site.name}")
    if classes := policy.classes_of(position.sku):
        yield from _wrapped(f"in class {', '.join(classes)}")
    yield ""
    yield from _sum(told.target.terms)
    yield from _sum([("= allocation", told.target.allocation)], sign="")
    yield from _wrapped(_manner(told))
    yield ""
    if published is None:
        yield f"list {policy.inventory_list} was last given: nothing yet, or nobody knows"
    else:
        yield f"list {policy.inventory_list} was last given:"
        yield from _sum(
            [(f"at {published.finished_at:%Y-%m-%d %H:%M:%S} UTC", published.allocation)], sign=""
        )
        yield from _sum(told.still)
        yield from _sum([("= shown, with the orders known here", told.shown or 0)], sign="")
        yield from _wrapped("The storefront also subtracts orders on hold and orders not read yet.")
    yield ""
    yield from _wrapped(f"next publication {'writes it' if told.writes else 'leaves it'}: {told.why}")
    for one in told.findings:
        yield from _wrapped(f"{one.matter}: {one.detail}")


def _manner(told: Explanation) -> str:
    given = {name: value for name, value in asdict(told.target.manner).items() if value is not None}
    return ", ".join(f"{name} {value}" for name, value in given.items())


def _sum(terms: Sequence[tuple[str, int]], sign: str = "+") -> Iterable[str]:
    """Yield a line per term, its units at the right; a longer term wraps."""
    for term, units in terms:
        *above, last = textwrap.wrap(_visible(term), WIDTH - _UNITS, subsequent_indent="  ") or [""]
        yield from above
        yield f"{last:<{WIDTH - _UNITS}}{units:>{sign}{_UNITS}d}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(_visible(text), WIDTH, break_on_hyphens=False)


def _visible(text: str) -> str:
    """What would move the cursor or color the screen is shown, not done."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
