"""An order of two shipments of two parcels, a line canceled, one returned: as it is printed, and as JSON."""

import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from schemas.orderflow.facts import fact
from sync.cli.timeline_view import render
from sync.core.evidence import Learned, learned
from sync.core.fulfillment import Known, advance
from sync.core.messages import Message
from sync.core.sites import Site
from sync.core.timeline import HandedOver, Trail, document, summary, timeline
from tests.unit.core.fulfillment_cases import BEGIN, CASES, bodies, order_of

FOLDER = CASES / "two_shipments_of_two_parcels_one_line_canceled_one_returned"
ZONE = ZoneInfo("Europe/London")
PLACED = BEGIN - timedelta(hours=5)


def heard(number: int, body: str, way: str, at: datetime) -> Message:
    return Message(
        id=number,
        attempt=1,
        site="UK",
        topic="shipment.changed",
        origin="warehouse",
        key="UK1",
        dedupe_key=str(number),
        body=body,
        correlation_id=f"{way}-{number}",
        received_at=at,
    )


def story(most: int | None = None) -> tuple[Trail, Site]:
    order, site = order_of(json.loads((FOLDER / "order.json").read_text()))
    known, evidence = Known(), dict[str, object]()
    documents: Sequence[Path] = sorted(FOLDER.glob("*.xml"))[:most]
    for number, written in enumerate(documents, start=1):
        way = "poll" if "despatches" in written.name else "push"
        for body in bodies(written.read_bytes()):
            seen = fact(body, site, BEGIN)
            message = heard(number, body, way, seen.at + timedelta(minutes=number, seconds=-50))
            after = advance(known, seen).known
            evidence = {**learned(known, after, message, seen, BEGIN), **evidence}
            known = after
    units = {line.sku: line.quantity for line in order.lines}
    handed = HandedOver(
        reference="UK1", placed_at=PLACED, accepted_at=PLACED + timedelta(minutes=1), units=units
    )
    told: Learned = evidence  # type: ignore[assignment]
    trail = Trail(site=site.name, order_no="UK1", handed_over=[handed], known=known, evidence=told)
    return trail, site


def printed(width: int) -> str:
    out = io.StringIO()
    trail, site = story()
    said = summary(trail, site, ZONE)
    console = Console(file=out, width=width)
    render("order UK1 of UK (times in Europe/London)", said, timeline(trail, site), ZONE, console)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def as_json() -> str:
    trail, site = story()
    told = document(trail, summary(trail, site, ZONE), timeline(trail, site), ZONE)
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("width", [80, 120])
def test_the_story_reads_as_it_is_written_beside_its_documents(width: int) -> None:
    assert printed(width) == (FOLDER / f"printed-{width}.txt").read_text()


def test_the_story_tells_a_machine_the_same() -> None:
    assert as_json() == (FOLDER / "printed.json").read_text()


def test_no_line_is_wider_than_the_terminal() -> None:
    assert all(len(line) <= 80 for line in printed(80).splitlines())


@pytest.mark.parametrize(
    ("most", "sentence"),
    [
        (0, "With the warehouse since 01 Jul 2026 08:01 +01:00; it has not told more yet."),
        (
            1,
            (
                "In the warehouse, accepted since 01 Jul 2026 10:00 +01:00; nothing has left yet;"
                " canceled: 1 x B."
            ),
        ),
    ],
)
def test_the_first_line_says_where_the_order_is(most: int, sentence: str) -> None:
    trail, site = story(most)
    assert summary(trail, site, ZONE).sentence == sentence
