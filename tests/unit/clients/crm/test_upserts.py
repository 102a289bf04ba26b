from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sync.clients.crm import CrmClient
from sync.core.crm import RowResult
from sync.core.errors import Retryable
from tests.unit.clients.conftest import Remote
from tests.unit.clients.crm.org import EVENTS, KEY, collections, events, kept

ORDERS, ORDER_KEY = "OF_Order__c", "Order_Key__c"


@pytest.mark.usefixtures("order")
def test_a_thousand_rows_are_five_calls_and_the_refused_ones_are_named(
    client: CrmClient, org: Remote
) -> None:
    rows = events(range(1000))
    bad = [number for number in range(1000) if number % 33 == 5]
    for number in bad:
        rows[number]["Order__r"] = {"Order_Key__c": "UK:none"}
    results = list(client.upsert(EVENTS, KEY, rows))
    assert [one.key for one in results] == [f"UK:1:{number}" for number in range(1000)]
    assert [number for number, one in enumerate(results) if not one.written] == bad
    assert {len(one.record_id) for one in results if one.written} == {18}
    assert all(one.codes and not one.created for one in results if not one.written)
    assert collections(org) == 5
    assert len(kept(org)) == 1000 - len(bad)
    again = [one for one in client.upsert(EVENTS, KEY, rows) if one.written]
    assert not any(one.created for one in again)
    assert len(kept(org)) == 1000 - len(bad)


@pytest.mark.usefixtures("order")
def test_a_session_that_ends_in_the_middle_costs_one_login_and_one_call(
    client: CrmClient, org: Remote
) -> None:
    org.control("PUT", "sessions", {"after": 2, "calls": 1})
    results = list(client.upsert(EVENTS, KEY, events(range(1000))))
    assert all(one.written and one.created for one in results)
    assert (collections(org), org.calls("POST", "/token")) == (6, 2)
    assert len(kept(org)) == 1000


def test_rows_of_one_order_are_sent_side_by_side_and_told_as_they_were_given(
    client: CrmClient, org: Remote
) -> None:
    orders = [f"UK:{number}" for number in (3, 1, 2)]
    assert all(one.written for one in client.upsert(ORDERS, ORDER_KEY, [{ORDER_KEY: key} for key in orders]))
    rows = [row for number in range(2) for order in orders for row in events([number], order)]
    results = list(client.upsert(EVENTS, KEY, rows))
    assert [one.key for one in results] == [row[KEY] for row in rows]
    assert [row[KEY] for row in kept(org)] == sorted(str(row[KEY]) for row in rows)
    by_key = {row[KEY]: row["Id"] for row in kept(org)}
    assert {one.key: one.record_id for one in results} == by_key


@pytest.mark.usefixtures("order")
def test_rows_that_were_locked_are_written_again_and_only_these(
    client: CrmClient, org: Remote, slept: list[float]
) -> None:
    org.control("PUT", "row-faults", [{"code": "UNABLE_TO_LOCK_ROW", "rows": 30, "key": ":1"}])
    results = list(client.upsert(EVENTS, KEY, events(range(300))))
    assert all(one.written for one in results)
    assert [one.key for one in results] == [f"UK:1:{number}" for number in range(300)]
    assert collections(org) == 3
    assert len(slept) == 1


@pytest.mark.usefixtures("order")
def test_a_row_that_stays_locked_is_told_with_its_code_after_five_calls(
    client: CrmClient, org: Remote, slept: list[float]
) -> None:
    org.control("PUT", "row-faults", [{"code": "UNABLE_TO_LOCK_ROW", "rows": 99, "key": ":7$"}])
    results = list(client.upsert(EVENTS, KEY, events(range(10))))
    assert [(one.key, one.codes) for one in results if not one.written] == [
        ("UK:1:7", ("UNABLE_TO_LOCK_ROW",))
    ]
    assert collections(org) == 5
    assert slept == sorted(set(slept))


@pytest.mark.usefixtures("order")
def test_a_row_that_another_writer_made_first_is_updated(client: CrmClient, org: Remote) -> None:
    org.control("PUT", "row-faults", [{"code": "DUPLICATE_VALUE", "rows": 1, "applied": True}])
    (one,) = client.upsert(EVENTS, KEY, events([1]))
    assert (one.written, one.created) == (True, False)
    assert len(kept(org)) == 1


def test_a_key_given_twice_is_written_once_as_the_newest_says(client: CrmClient, org: Remote) -> None:
    keys = ["UK:1", "UK:2", "uk:1", " UK:1 "]
    rows = [{ORDER_KEY: key, "Status__c": f"s{number}"} for number, key in enumerate(keys)]
    results = list(client.upsert(ORDERS, ORDER_KEY, rows))
    assert [(one.key, one.written) for one in results] == [(key, True) for key in keys]
    assert len({one.record_id for one in results}) == 2
    assert sorted(row["Status__c"] for row in kept(org, ORDERS)) == ["s1", "s3"]


def test_what_was_written_before_the_days_end_is_told(client: CrmClient, org: Remote, order: str) -> None:
    org.control("PUT", "limits", {"daily_calls": 100, "used": 92})
    results: list[RowResult] = []
    rows = events(range(1000), order)
    with pytest.raises(Retryable) as stopped:
        results.extend(client.upsert(EVENTS, KEY, rows))
    assert (stopped.value.code, stopped.value.retry_after) == ("crm.quota", 300.0)
    # 93, 94 and 95 of 100 were used by these.
    assert [one.key for one in results] == [row[KEY] for row in rows[:600]]
    assert (collections(org), len(kept(org))) == (3, 600)


def test_what_was_written_is_told_when_its_neighbours_cannot_be_tried_again(
    client: CrmClient, org: Remote, order: str
) -> None:
    org.control("PUT", "limits", {"daily_calls": 100, "used": 94})
    org.control("PUT", "row-faults", [{"code": "UNABLE_TO_LOCK_ROW", "rows": 1, "key": ":5$"}])
    results: list[RowResult] = []
    with pytest.raises(Retryable, match=r"crm\.quota"):
        results.extend(client.upsert(EVENTS, KEY, events(range(10), order)))
    assert [(one.key, one.written) for one in results] == [(f"UK:1:{n}", True) for n in range(5)]
    assert len(kept(org)) == 9


def test_values_arrive_exactly(client: CrmClient, org: Remote) -> None:
    at = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
    text = 'O\'Brien "a\\b"\n100% _ é 😀\u2028 .'
    key = "UK/%2F:1?updateOnly=true&x='"
    row = {ORDER_KEY: key, "Total__c": Decimal("1234567.10"), "Placed_At__c": at, "Order_No__c": text}
    (one,) = client.upsert(ORDERS, ORDER_KEY, [row])
    assert one.written, one.detail
    (made,) = kept(org, ORDERS)
    assert (made[ORDER_KEY], made["Order_No__c"]) == (key, text)
    assert Decimal(str(made["Total__c"])) == Decimal("1234567.1")
    assert made["Placed_At__c"].startswith("2026-11-25T01:02:03")


@pytest.mark.parametrize(
    "value",
    [Decimal("NaN"), float("inf"), 19.99, Decimal("1e99"), "a\0b", "\ud800", datetime(2026, 1, 1), {1}],  # noqa: DTZ001
    ids=repr,
)
def test_a_row_that_could_not_be_read_over_there_is_not_sent_and_holds_up_no_other(
    client: CrmClient, org: Remote, value: object
) -> None:
    rows: list[dict[str, Any]] = [
        {ORDER_KEY: "a"},
        {ORDER_KEY: "b", "Total__c": value},
        {"Status__c": "no key"},
        {ORDER_KEY: " "},
    ]
    results = list(client.upsert(ORDERS, ORDER_KEY, rows))
    assert [(one.written, one.codes) for one in results] == [(True, ()), *3 * [(False, ("NOT_SENT",))]]
    assert org.calls("PATCH", f"/{ORDER_KEY}") == 1


def test_nothing_to_write_is_no_call(client: CrmClient, org: Remote) -> None:
    assert list(client.upsert(ORDERS, ORDER_KEY, [])) == []
    assert [one.codes for one in client.upsert(ORDERS, ORDER_KEY, [{}])] == [("NOT_SENT",)]
    assert org.calls("POST", "/token") == 0
