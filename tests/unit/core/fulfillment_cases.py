"""The stories of tests/cases/fulfillment: documents in, calls out; with `--write` as a program, written anew.

A folder holds `order.json` (what was handed over, and what of the site differs from the usual), the
warehouse's documents in the order they arrive, and `expected.json`: what each of them leads to.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from schemas.orderflow.facts import fact
from schemas.orderflow.listings import despatched, returned
from schemas.sfcc.postings import call
from sync.core.errors import Rejected
from sync.core.fulfillment import Known, advance
from sync.core.postings import Charge, Handed, HandedLine, HandedOrder, excess, news
from sync.core.sites import PostingPolicy, Route, Service, ShippingRefund, Site, StockPolicy
from sync.flows.fulfillment import naming_goods

CASES = Path(__file__).parents[2] / "cases" / "fulfillment"
BEGIN = datetime(2026, 7, 1, 12, tzinfo=UTC)


def folders() -> list[Path]:
    """Return the folder of every story."""
    return sorted(path.parent for path in CASES.glob("*/order.json"))


def told(folder: Path) -> list[dict[str, Any]]:
    """Return, for every document of a story, its outcome and the calls that follow from it."""
    order, site = order_of(json.loads((folder / "order.json").read_text()))
    known, story = Known(), list[dict[str, Any]]()
    for place, document in enumerate(sorted(folder.glob("*.xml"))):
        received = BEGIN + timedelta(minutes=10 * place)
        for body in bodies(document.read_bytes()):
            known, entry = _step(order, site, known, body, received)
            story.append({"document": document.name} | entry)
    return story


def _step(
    order: HandedOrder, site: Site, known: Known, body: str, received: datetime
) -> tuple[Known, dict[str, Any]]:
    try:
        said = naming_goods(fact(body, site, received), order)
    except Rejected as rejected:
        return known, {"rejected": rejected.code, "fields": dict(rejected.fields)}
    if said.reference not in {part.reference for part in order.parts}:
        return known, {"waits for": said.reference}
    step = advance(known, said)
    calls = [call(posting) for posting in news(site, order, known, step.known)]
    before = excess(order, known)
    conflicts = [*step.conflicts, *(str(one) for one in excess(order, step.known) if one not in before)]
    entry: dict[str, Any] = {"outcome": "conflict" if conflicts else str(step.outcome)}
    entry |= {"conflicts": conflicts} if conflicts else {}
    entry["calls"] = [{"method": one.method, "path": one.path, "body": one.body} for one in calls]
    return step.known, entry


def bodies(content: bytes) -> list[str]:
    """Return what is kept of a document: a listing in pieces, else the text in its own encoding."""
    tree = etree.fromstring(content).getroottree()
    if tree.getroot().tag == "shipments":
        return [sighting.body for sighting in despatched(content)]
    if tree.getroot().tag == "returns":
        return [sighting.body for sighting in returned(content)]
    return [content.decode(tree.docinfo.encoding or "UTF-8")]


def order_of(data: dict[str, Any]) -> tuple[HandedOrder, Site]:
    """Return what was handed over and the site it belongs to."""
    charges = data.get("shipping", {})
    parts = tuple(
        Handed(
            reference=reference,
            lines=tuple(_line(*line) for line in lines),
            shipping=_charge(charges[reference]) if reference in charges else None,
        )
        for reference, lines in data["parts"].items()
    )
    currency = data.get("currency", "GBP")
    order = HandedOrder(
        site="RefArchUK",
        order_no=data["order"],
        currency=currency,
        parts=parts,
        taxation=data.get("taxation", ""),
        rest=_charge(data["rest"]) if "rest" in data else None,
    )
    return order, site_of(data.get("site", {}), currency)


def _line(item_id: str, sku: str, quantity: int, gross: str, *more: str) -> HandedLine:
    """A line may go on with its tax and its price before discounts."""
    tax, listed = (Decimal(one) for one in more) if more else (None, None)
    return HandedLine(
        item_id=item_id, sku=sku, quantity=quantity, gross=Decimal(gross), tax=tax, listed=listed
    )


def _charge(told: list[str]) -> Charge:
    gross, tax, listed = (Decimal(one) for one in told)
    return Charge(gross=gross, tax=tax, listed=listed)


def site_of(differs: dict[str, Any], currency: str) -> Site:
    """Return the usual site, with what differs in the story."""
    quiet = {"attributes": False}
    told = quiet | differs.get("postings", {})
    if "shipping_refund" in told:
        told["shipping_refund"] = ShippingRefund(told["shipping_refund"])
    return Site(
        name="RefArchUK",
        currency=currency,
        currencies={"GBP": 2, "USD": 2, "JPY": 0, "KWD": 3},
        locale="en_GB",
        taxation="gross",
        routes=(Route(channel="uk_web", organisation="refarch"),),
        country="GB",
        stock=StockPolicy("refarch", ("MAIN",)),
        shipping_methods={"UK-STD": Service("STD48")},
        tracking_urls=differs.get("tracking_urls", {"*": "https://track.example/{number}"}),
        stages=differs.get("stages", {}),
        postings=PostingPolicy(**told),
    )


def written(story: list[dict[str, Any]]) -> str:
    """Return the story as its file has it."""
    return json.dumps(story, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__" and "--write" in sys.argv:
    for each in folders():
        (each / "expected.json").write_text(written(told(each)))
