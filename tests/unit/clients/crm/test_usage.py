import pytest

from sync.clients.crm import CrmClient
from sync.clients.crm.usage import HEADER, LONGEST, PAUSE, Usage
from sync.core.crm import MatchRule
from sync.core.customers import Customer
from sync.core.errors import OrderbridgeError, Retryable
from tests.unit.clients.conftest import Remote
from tests.unit.clients.crm.org import EVENTS, KEY, collections, events

ORDERS, ORDER_KEY = "OF_Order__c", "Order_Key__c"


def limits(org: Remote, used: int, daily: int = 100) -> None:
    org.control("PUT", "limits", {"daily_calls": daily, "used": used})


def write(client: CrmClient, rows: int = 1) -> int:
    return sum(one.written for one in client.upsert(EVENTS, KEY, events(range(rows))))


@pytest.mark.parametrize("header", ["", "api-usage=", "api-usage=5/0", "api-usage=-1/2", "x" * 10_000, "0/0"])
def test_a_header_that_tells_nothing_changes_nothing(header: str) -> None:
    usage = Usage()
    usage.heard({HEADER: "api-usage=90/100"})
    usage.heard({HEADER: header})
    assert usage.percent == 90.0


def test_of_several_allowances_the_one_that_ends_first_counts() -> None:
    usage = Usage()
    usage.heard({HEADER: "api-usage=25/5000; per-app-api-usage=240/250(appName=orderbridge)"})
    assert usage.percent == 96.0


def test_from_80_percent_on_every_call_waits_longer_up_to_a_bound(
    client: CrmClient, org: Remote, slept: list[float], ann: Customer
) -> None:
    limits(org, 76)
    for _ in range(24):
        client.contacts(MatchRule.CUSTOMER_ID, ann, "", person_accounts=False)
    # The first to know of 80 is the fifth; the last one knows of 99.
    assert len(slept) == 20
    assert slept == sorted(slept)
    assert (slept[0] > 0, slept[14] < LONGEST, slept[15:]) == (True, True, [LONGEST] * 5)


def test_look_ups_go_on_until_the_last_call_and_then_for_minutes_none_is_made(
    client: CrmClient, org: Remote, ann: Customer, now: list[float]
) -> None:
    limits(org, 98)

    def look_up() -> None:
        client.contacts(MatchRule.CUSTOMER_ID, ann, "", person_accounts=False)

    look_up()
    look_up()
    for _ in range(3):
        with pytest.raises(Retryable) as refused:
            look_up()
        assert (refused.value.code, refused.value.retry_after) == ("crm.quota", PAUSE)
    assert org.calls("GET", "/query") == 3
    now[0] += PAUSE
    limits(org, 10)
    look_up()


@pytest.mark.usefixtures("order")
def test_writes_stop_at_95_percent_and_look_ups_do_not(client: CrmClient, org: Remote, ann: Customer) -> None:
    limits(org, 94)
    assert write(client) == 1
    with pytest.raises(Retryable) as stopped:
        write(client)
    assert (stopped.value.code, stopped.value.retry_after) == ("crm.quota", PAUSE)
    assert "95 %" in stopped.value.detail
    client.contacts(MatchRule.CUSTOMER_ID, ann, "", person_accounts=False)
    assert collections(org) == 1


@pytest.mark.usefixtures("order")
def test_writes_go_on_when_calls_are_given_back_which_is_asked_with_one_call_every_few_minutes(
    client: CrmClient, org: Remote, now: list[float]
) -> None:
    limits(org, 95)
    write(client)
    for minutes in range(30):
        now[0] = minutes * 60.0
        with pytest.raises(Retryable):
            write(client)
    assert (org.calls("GET", "/limits"), collections(org)) == (5, 1)
    limits(org, 10)
    now[0] += PAUSE
    assert write(client) == 1


@pytest.mark.usefixtures("order")
def test_errors_too_tell_what_is_used(client: CrmClient, org: Remote) -> None:
    limits(org, 96)
    with pytest.raises(OrderbridgeError):
        client.fields("Nothing__c")
    with pytest.raises(Retryable, match=r"crm\.quota"):
        write(client)
    assert collections(org) == 0


def test_the_thresholds_are_settings(org: Remote, client: CrmClient) -> None:
    limits(org, 50)
    strict = CrmClient(url=org.url, credentials=client.credentials, usage=Usage(slow_at=40, stop_at=51))
    rows = [{ORDER_KEY: "1"}]
    assert strict.used() == 51.0
    with pytest.raises(Retryable, match="51 %"):
        list(strict.upsert(ORDERS, ORDER_KEY, rows))
    strict.close()
