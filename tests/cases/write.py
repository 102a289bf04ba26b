"""The market cases: what becomes of each order; as a program, it writes the expectations anew.

Run `.venv/bin/python -m tests.cases.write` after a new property, and read the diff: it is the review.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.sites import load_sites
from schemas.base import parse_object
from schemas.orderflow.orders import import_document
from schemas.sfcc.mapping import read_order
from sync.core.errors import Rejected
from sync.core.holds import nothing_to_ship
from sync.core.orders import check, references, warehouse_orders
from sync.core.postings import on_nothing_to_ship
from sync.core.sites import Route

ROOT = Path(__file__).parents[2]
ORDERS = Path(__file__).parent / "orders"
SITES = load_sites(ROOT / "config" / "markets.toml")
EXPORTED = datetime(2026, 8, 19, 9, 32, 0, tzinfo=UTC)
SENT, ROUTES, REJECTED, CLOSED = "import.xml", "routes.json", "rejected.json", "closed.json"


def folders() -> list[Path]:
    return sorted(path.parent for path in ORDERS.glob("*/order.json"))


def outcome(folder: Path) -> dict[str, str]:
    """Each expectation that an order has today: the name of its file, and its content.

    One that ships nothing has the words with which it is closed, and what is told to the storefront.
    An order that does not go the site's own way also has its routes, by the warehouse's reference.
    """
    document = parse_object((folder / "order.json").read_text())
    site = SITES[document.get("siteId") or document["site_id"]]
    try:
        order = read_order(document, site)
        check(order, site)
    except Rejected as refused:
        return {REJECTED: _json({"code": refused.code, "fields": dict(sorted(refused.fields.items()))})}
    if done := nothing_to_ship(order):
        told = {one.kind: dict(one.value) for one in on_nothing_to_ship(site)}
        return {CLOSED: _json({"note": done.note, "storefront": told})}
    stamps = {name: EXPORTED + timedelta(seconds=n) for n, name in enumerate(references(order).values())}
    parts = warehouse_orders(order, site, stamps)
    found = {SENT: import_document(parts, site).decode() + "\n"}
    if any(part.route != site.home for part in parts):
        found[ROUTES] = _json({part.reference: _route(part.route) for part in parts})
    return found


def _route(route: Route) -> dict[str, str]:
    told = {
        "channel": route.channel,
        "organisation": route.organisation,
        "warehouse_site": route.warehouse_site,
    }
    return {name: value for name, value in told.items() if value}


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def write() -> list[str]:
    """Write every expectation; return the cases that would change sides, which stay as they were."""
    turned = []
    for folder in folders():
        found = outcome(folder)
        stale = {path.name for path in folder.iterdir()} - {"order.json", *found}
        if stale:
            turned.append(f"{folder.name}: is now {min(found)}; if that is meant, remove {', '.join(stale)}")
            continue
        for name, text in found.items():
            (folder / name).write_text(text)
    return turned


if __name__ == "__main__":
    sys.exit("\n".join(write()) or 0)
