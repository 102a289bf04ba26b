import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import typer
from freezegun import freeze_time
from rich.console import Console

from sync.cli.options import moment
from sync.cli.output import age, table, write_json
from sync.cli.timeline_view import render
from sync.core.timeline import Entry, Source, Summary, What, rows

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:30", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        ("2026-01-31T12:30+02:00", datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
        ("90s", T0 - timedelta(seconds=90)),
        ("36h", T0 - timedelta(hours=36)),
        ("7d", T0 - timedelta(days=7)),
    ],
)
# Loops of sandboxes in other threads would fall asleep until the frozen time comes.
@freeze_time(T0, ignore=["asyncio"])
def test_a_time_is_a_utc_date_or_an_age(text: str, meant: datetime) -> None:
    assert moment(text) == meant


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7 d", "-1d", "31.01.2026"])
def test_what_is_neither_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="36h"):
        moment(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (3_600, "1 h 0 min"), (90_000, "1 d 1 h"), (-5, "5 s")],
)
def test_an_age_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_json_has_utc_times_and_exact_decimals(capsys: pytest.CaptureFixture[str]) -> None:
    local = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    write_json({"at": local, "amount": Decimal("10.10"), "name": "Ł", "set": {"b", "a"}})
    printed = capsys.readouterr().out
    expected = {"at": "2026-03-01T12:00:00Z", "amount": "10.10", "name": "Ł", "set": ["a", "b"]}
    assert json.loads(printed) == expected
    assert "Ł" in printed


def test_what_has_no_json_form_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(TypeError, match="object"):
        write_json({"it": object()})


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_fits_the_terminal_and_keeps_its_numbers_whole(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    table(["order", "detail"], [["UK00000001", "a long detail " * 20]], keep=["order"])
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= width for line in lines)
    assert any("UK00000001" in line for line in lines)


def test_text_of_remote_systems_is_printed_and_never_interpreted(capsys: pytest.CaptureFixture[str]) -> None:
    table(["detail"], [["[bold]not markup[/bold] :smile:"]])
    assert "[bold]not markup[/bold] :smile:" in capsys.readouterr().out


def test_a_timeline_shows_tracking_pages_reasons_and_cures_below_their_entries() -> None:
    parcels = [{"number": "P1", "url": "https://track.example/P1"}]
    died = {"fields": {"billing.city": "is empty"}, "detail": "bad", "cure": "Correct it."}
    entries = [
        Entry(
            at=T0,
            what=What.SHIPPED,
            text="1-1 by DPD",
            source=Source.WAREHOUSE,
            known_at=T0 + timedelta(hours=2),
            via="push",
            evidence=12,
            facts={"parcels": parcels},
        ),
        Entry(at=T0, what=What.DEAD, text="order.placed: bad", source=Source.BRIDGE, facts=died),
    ]
    out = StringIO()
    said = Summary(sentence="Shipped.", attention=("ALARM, look",))
    render("order 1", said, entries, ZoneInfo("UTC"), Console(file=out, width=100))
    text = out.getvalue()
    for expected in (
        "order 1\nShipped.\nALARM, look",
        "2026-03-01",
        "12:00:00 +00:00",
        "1-1 by DPD (#12, push, known 2 h 0 min later)",
        "parcel P1",
        "https://track.example/P1",
        "billing.city: is empty",
        "cure: Correct it.",
    ):
        assert expected in text


def test_three_hundred_parcels_fill_no_screen_and_a_hostile_text_moves_no_cursor() -> None:
    parcels = [{"number": f"P{n}", "url": ""} for n in range(300)]
    entry = Entry(
        at=T0,
        what=What.SHIPPED,
        text="by \x1b[2JDPD\r\u202e",
        source=Source.WAREHOUSE,
        facts={"parcels": parcels},
    )
    out = StringIO()
    render("order 1", Summary(sentence="Shipped."), [entry], ZoneInfo("UTC"), Console(file=out, width=80))
    text = out.getvalue()
    assert len(text.splitlines()) < 25
    assert "and 288 more parcels; --json lists them all" in text
    assert not {"\x1b", "\r", "\u202e"} & set(text)


def test_the_hour_that_repeats_in_autumn_is_told_apart_by_its_offset() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    entries = [
        Entry(at=first + timedelta(hours=n), what=What.PICKED, text="x", source=Source.WAREHOUSE)
        for n in range(2)
    ]
    out = StringIO()
    render("", Summary(sentence=""), entries, ZoneInfo("Europe/London"), Console(file=out, width=80))
    clocks = [line.split("  ")[0] for line in out.getvalue().splitlines() if line.startswith("01:30")]
    assert clocks == ["01:30:00 +01:00", "01:30:00 +00:00"]
    assert [row["local"] for row in rows(entries, ZoneInfo("Europe/London"))] == [
        "2026-10-25T01:30:00+01:00",
        "2026-10-25T01:30:00+00:00",
    ]
