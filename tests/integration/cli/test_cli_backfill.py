"""A window of the storefront is read into the ledger, whatever stops it on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.flows.backfill import BackfillFlow, Step, Window, finished
from sync.flows.pace import Pace

SITE = "RefArchUK"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def window(trade: Any) -> Window:
    return Window(site=trade.bridge.settings.sites[SITE], since=LONG_AGO)


def due(trade: Any) -> int:
    return sum(row["messages"] for row in trade.bridge.letters.figures())


def test_a_backfill_reads_what_the_ledger_does_not_have(run: Any, trade: Any) -> None:
    trade.place(3)
    found = run("backfill", SITE, "--since", "2000-01-01", "--json")
    assert (found.code, found.json["read"], found.json["new"]) == (0, 3, 3)
    again = run("backfill", SITE, "--from", "2000-01-01")
    assert "3 orders read, 0 new" in again.out
    assert due(trade) == 3


def test_a_window_has_a_beginning_and_an_end(run: Any, trade: Any) -> None:
    trade.place(2)
    words = ("backfill", SITE, "--json", "--from")
    assert run(*words, "2000-01-01", "--to", "2001-01-01").json["read"] == 0
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert run(*words, "2000-01-01", "--to", tomorrow).json["read"] == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "20/11/2026"], "'20/11/2026' is neither a date like"),
        (["--from", "20.11.2026"], "'20.11.2026' is neither a date like"),
        (["--from", "Nov 20, 2026"], "is neither a date like"),
        (["--from", "2026-02-30"], "'2026-02-30' is neither a date like"),
        (["--from", "yesterday"], "nor an age like 36h or 7d"),
        (["--from", "999999d"], "nor an age like 36h or 7d"),
        (["--from", "2999-01-01"], "has not come yet"),
        (["--from", "2026-01-02", "--to", "2026-01-01"], "is not after --from"),
        (["--from", "2026-01-01", "--to", "2026-01-01"], "is not after --from"),
        (["--to", "2026-01-01"], "Missing option '--from'"),
        (["--from", "7d", "--rate", "0"], "--rate"),
    ],
)
def test_a_window_that_cannot_be_meant_is_a_usage_error_that_says_so(
    run: Any, trade: Any, words: list[str], told: str
) -> None:
    del trade
    found = run("backfill", SITE, *words)
    assert found.code == 2
    assert told in " ".join(found.err.replace("│", " ").split())


def test_a_time_without_a_zone_is_utc(run: Any, trade: Any) -> None:
    trade.place(1)
    told = [
        run("backfill", SITE, "--from", text, "--dry-run", "--json").json["since"]
        for text in ("2026-01-01", "2026-01-01T00:00", "2026-01-01T01:00+01:00")
    ]
    assert len(set(told)) == 1


def test_a_status_that_is_not_handed_over_is_a_usage_error_and_a_wanted_one_a_filter(
    run: Any, trade: Any
) -> None:
    trade.place(2)
    assert run("backfill", SITE, "--from", "7d", "--status", "cancelled").code == 2
    assert run("backfill", SITE, "--from", "7d", "--status", "completed", "--json").json["read"] == 0
    assert run("backfill", SITE, "--from", "7d", "--status", "new", "--json").json["read"] == 2


def test_a_dry_run_counts_and_stores_nothing(run: Any, trade: Any) -> None:
    first, *_ = trade.place(3)
    trade.hear(first)
    said = run("backfill", SITE, "--from", "2000-01-01", "--dry-run")
    assert "3 orders ready for export, 2 unheard of" in said.out
    assert due(trade) == 1


def test_a_backfill_that_was_stopped_goes_on_where_it_was_and_ends_forgotten(trade: Any) -> None:
    trade.place(3)
    flow: BackfillFlow = trade.bridge.backfill
    one_a_step = Pace(1, lambda _seconds: None)
    read, _, done = finished(flow.run(window(trade), one_a_step), lambda _step: False)
    assert (read, done) == (1, False)
    assert trade.bridge.cursors.get(window(trade).cursor) is not None
    steps: Iterator[Step] = flow.run(window(trade), Pace())
    read, new, done = finished(steps, lambda _step: True)
    # The one at the cursor is read again, since others may have been created at the same moment.
    assert (new, done) == (2, True)
    assert trade.bridge.cursors.get(window(trade).cursor) is None
    assert due(trade) == 3


def test_a_backfill_walks_past_many_pages_and_reads_each_order_once(run: Any, trade: Any) -> None:
    trade.place(450)
    found = run("backfill", SITE, "--from", "2000-01-01", "--json").json
    assert (found["read"], found["new"]) == (450, 450)


def test_a_backfill_that_is_interrupted_says_how_to_go_on(
    run: Any, trade: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade.place(2)

    def interrupted(_pace: Pace, _steps: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pace, "before", interrupted)
    said = run("backfill", SITE, "--from", "2000-01-01", "--status", "new")
    assert said.code == 1
    assert "orderbridge backfill RefArchUK --from 2000-01-01T00:00:00+00:00 --status new" in said.err
