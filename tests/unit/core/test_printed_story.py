"""An order of two shipments of two parcels, a line canceled, one returned: as it is printed, and as JSON."""

import io
import json
from datetime import timedelta

from rich.console import Console

from schemas.orderflow.facts import fact
from sync.cli.timeline_view import render, rows
from sync.core.fulfillment import Known, advance
from sync.core.timeline import Entry, HandedOver, Trail, timeline
from tests.unit.core.fulfillment_cases import BEGIN, CASES, bodies, order_of

FOLDER = CASES / "two_shipments_of_two_parcels_one_line_canceled_one_returned"


def story() -> list[Entry]:
    order, site = order_of(json.loads((FOLDER / "order.json").read_text()))
    known = Known()
    for document in sorted(FOLDER.glob("*.xml")):
        for body in bodies(document.read_bytes()):
            known = advance(known, fact(body, site, BEGIN)).known
    placed = BEGIN - timedelta(hours=5)
    handed = HandedOver(reference="UK1", placed_at=placed, accepted_at=placed + timedelta(minutes=1))
    trail = Trail(site=site.name, order_no=order.order_no, handed_over=[handed], known=known)
    return timeline(trail, site)


def printed() -> str:
    out = io.StringIO()
    render(story(), Console(file=out, width=100))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def as_json() -> str:
    return json.dumps(rows(story()), indent=1, default=str) + "\n"


def test_the_story_reads_as_it_is_written_beside_its_documents() -> None:
    assert printed() == (FOLDER / "printed.txt").read_text()


def test_the_story_tells_a_machine_the_same() -> None:
    assert as_json() == (FOLDER / "printed.json").read_text()
