from dataclasses import replace

import pytest
from celery.schedules import crontab
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from config.cadence import CRON, CadenceSchema, check_cron
from config.queues import beat_schedule
from config.settings import DEFAULT_SITES, ScheduleSettings
from config.sites import load_sites

EVERY = ScheduleSettings(
    relay=5.0, sweep=60.0, poll=120.0, stock=300.0, overlap=7200.0, silence=3600.0, ask_rate=5.0
)


@st.composite
def parts(draw: st.DrawFn, least: int, greatest: int) -> str:
    first = draw(st.integers(least, greatest))
    last = draw(st.integers(first, greatest))
    step = draw(st.sampled_from(["", f"/{draw(st.integers(1, greatest))}"]))
    return draw(st.sampled_from([str(first), f"*{step}", f"{first}-{last}{step}"]))


@given(st.tuples(*(st.lists(parts(least, greatest), min_size=1, max_size=3) for _, least, greatest in CRON)))
def test_every_line_that_is_taken_is_one_that_the_scheduler_takes(fields: tuple[list[str], ...]) -> None:
    line = " ".join(map(",".join, fields))
    check_cron(line)
    crontab.from_string(line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("*/15 * * *", "five fields"),
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day"),
        ("* * * 13 *", "month"),
        ("* * * * 7", "weekday"),
        ("5-1 * * * *", "minute"),
        ("*/0 * * * *", "minute"),
        ("a * * * *", "minute"),
        ("1,,2 * * * *", "minute"),
        ("٣ * * * *", "minute"),
    ],
)
def test_a_wrong_line_is_refused_at_start_with_the_field_that_is_wrong(line: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CadenceSchema().load({"cron": line})


def test_a_site_is_pulled_by_seconds_or_by_cron() -> None:
    with pytest.raises(ValidationError, match="not both"):
        CadenceSchema().load({"cron": "* * * * *", "every": 60})


def test_every_site_has_entries_of_its_own() -> None:
    first, second, *_ = load_sites(DEFAULT_SITES).values()
    fast = replace(first, cadence=replace(first.cadence, every=30.0))
    nightly = replace(second, cadence=replace(second.cadence, cron="0 3 * * *"))
    entries = beat_schedule(EVERY, {one.name: one for one in (fast, nightly)})
    mine = entries[f"tasks.inventory.sync:{fast.name}"]
    assert (mine["schedule"], mine["kwargs"]) == (30.0, {"site": fast.name})
    assert entries[f"tasks.inventory.sync:{nightly.name}"]["schedule"] == "0 3 * * *"


def test_a_list_is_audited_by_the_cadence_of_the_first_site_that_has_it() -> None:
    first, second, *_ = load_sites(DEFAULT_SITES).values()
    assert first.stock.inventory_list == second.stock.inventory_list
    nightly = replace(first, cadence=CadenceSchema().load({"audit_cron": "30 3 * * *"}))
    entries = beat_schedule(EVERY, {one.name: one for one in (nightly, second)})
    audits = {name: entry for name, entry in entries.items() if "audit" in name}
    assert audits.keys() == {f"tasks.inventory.audit:{first.name}"}
    (mine,) = audits.values()
    assert (mine["schedule"], mine["kwargs"]) == ("30 3 * * *", {"site": first.name})


def test_an_audit_may_be_switched_off_and_is_hourly_unless_said_otherwise() -> None:
    site = next(iter(load_sites(DEFAULT_SITES).values()))
    (entry,) = [e for name, e in beat_schedule(EVERY, {site.name: site}).items() if "audit" in name]
    assert entry["schedule"] == 3600.0
    never = replace(site, cadence=CadenceSchema().load({"audit_every": 0}))
    assert not [name for name in beat_schedule(EVERY, {site.name: never}) if "audit" in name]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"audit_every": 5}, "at least 60 seconds, or 0"),
        ({"audit_every": -1}, "at least 60 seconds, or 0"),
        ({"audit_every": 60, "audit_cron": "* * * * *"}, "not both"),
        ({"audit_cron": "* * *"}, "five fields"),
        ({"audit_sample": 0}, "at least|greater"),
    ],
)
def test_an_audit_that_cannot_be_meant_is_refused_at_start(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CadenceSchema().load(given)


@pytest.mark.parametrize("rate", [0, -1, 0.04, float("inf"), float("nan")])
def test_a_rate_at_which_no_write_ends_in_time_is_refused_at_start(rate: float) -> None:
    with pytest.raises(ValidationError) as refused:
        CadenceSchema().load({"requests_per_second": rate})
    assert list(refused.value.messages_dict) == ["requests_per_second"]
    assert CadenceSchema().load({"requests_per_second": 0.05}).requests_per_second == 0.05
