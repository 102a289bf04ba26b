import socket
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from sync.clients.crm import CrmClient
from sync.clients.crm.login import Credentials
from sync.clients.http import Limits
from sync.core.crm import MatchRule
from sync.core.customers import Customer
from sync.core.errors import Alarm, OrderbridgeError, OutcomeUnknown, Rejected, Retryable
from tests.unit.clients.conftest import Remote
from tests.unit.clients.crm.org import EVENTS, KEY, collections, events, kept

ACME = "https://acme.my.salesforce.com"
QUERY = f"{ACME}/services/data/v64.0/query"
COLLECTION = f"{ACME}/services/data/v64.0/composite/sobjects/{EVENTS}/{KEY}"


@pytest.fixture
def answers() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def acme(url: str = ACME, **more: Any) -> CrmClient:
    return CrmClient(url=url, credentials=Credentials(consumer_key="k", consumer_secret="s"), **more)


def log_in(answers: responses.RequestsMock, instance: Any = ACME, token: Any = "t", url: str = ACME) -> None:  # noqa: S107
    told = {"access_token": token, "instance_url": instance, "token_type": "Bearer"}
    answers.post(f"{url}/services/oauth2/token", json=told)


def look_up(client: CrmClient, who: Customer) -> int:
    return len(client.contacts(MatchRule.CUSTOMER_ID, who, "", person_accounts=False))


def write(client: CrmClient, rows: int = 2) -> list[bool]:
    return [one.written for one in client.upsert(EVENTS, KEY, events(range(rows)))]


def test_calls_go_to_the_instance_that_the_login_names(
    answers: responses.RequestsMock, ann: Customer
) -> None:
    log_in(answers, "https://acme2.my.salesforce.com/")
    answers.get("https://acme2.my.salesforce.com/services/data/v64.0/query", json={"records": []})
    assert look_up(acme(), ann) == 0
    assert answers.calls[1].request.headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("url", "instance"),
    [
        (ACME, "http://acme.my.salesforce.com"),
        (ACME, "http://127.0.0.1:8103"),
        (ACME, "https://acme.my.salesforce.com@evil.example"),
        (ACME, "https://evil.example/take?"),
        (ACME, "https://evil.example\\@acme.my.salesforce.com"),
        (ACME, "https:// evil.example"),
        (ACME, "https://[evil"),
        (ACME, "https://evil.example:x"),
        (ACME, "file:///etc/passwd"),
        (ACME, "//evil.example"),
        (ACME, ""),
        (ACME, None),
        (ACME, ["https://evil.example"]),
        ("http://127.0.0.1:8103", "http://evil.example"),
        ("http://crm.test:8103", "http://evil.example:8103"),
    ],
)
def test_a_token_is_sent_to_no_address_that_is_not_bare_https(
    answers: responses.RequestsMock, ann: Customer, url: str, instance: Any
) -> None:
    log_in(answers, instance, url=url)
    with pytest.raises(Retryable, match=r"remote\.malformed"):
        look_up(acme(url), ann)
    assert len(answers.calls) == 1


def test_an_org_that_is_away_leaves_no_query_in_the_error(
    answers: responses.RequestsMock, ann: Customer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        away = f"http://127.0.0.1:{held.getsockname()[1]}"
    log_in(answers, away, url="http://127.0.0.1:1")
    answers.add_passthru(away)
    with pytest.raises(Retryable) as raised:
        look_up(acme("http://127.0.0.1:1"), ann)
    assert raised.value.code == "remote.unavailable"
    shown = "".join(traceback.format_exception(raised.value))
    assert "SELECT" not in shown
    assert ann.storefront_id not in shown


@pytest.mark.parametrize("token", [None, "", 7, "a\r\nX-Evil: 1", "é"])
def test_what_cannot_be_a_token_is_none(answers: responses.RequestsMock, ann: Customer, token: Any) -> None:
    log_in(answers, token=token)
    with pytest.raises(Retryable, match=r"remote\.malformed"):
        look_up(acme(), ann)


def test_a_login_is_not_led_elsewhere(answers: responses.RequestsMock, ann: Customer) -> None:
    answers.post(f"{ACME}/services/oauth2/token", status=302, headers={"Location": "https://evil.example"})
    with pytest.raises(Retryable, match=r"remote\.malformed"):
        look_up(acme(), ann)
    assert len(answers.calls) == 1


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/",
        "//evil.example/services/data/v64.0/sobjects/",
        "/services/data/v64.0/query/../sobjects/Contact",
        "/services/oauth2/revoke",
        "@evil.example/services/data/v64.0/query/1",
        "https://[",
    ],
)
def test_the_next_page_is_a_query_of_the_same_org_or_none(
    answers: responses.RequestsMock, ann: Customer, following: str
) -> None:
    log_in(answers)
    answers.get(QUERY, json={"done": False, "nextRecordsUrl": following, "records": []})
    with pytest.raises(Retryable, match=r"remote\.malformed"):
        look_up(acme(), ann)
    assert len(answers.calls) == 2


def test_the_host_of_a_next_page_is_not_believed_and_pages_end(
    answers: responses.RequestsMock, ann: Customer
) -> None:
    log_in(answers)
    page = {
        "done": False,
        "nextRecordsUrl": "https://evil.example/services/data/v64.0/query/1-2",
        "records": [],
    }
    answers.get(QUERY, json=page)
    answers.get(f"{QUERY}/1-2", json=page)
    assert look_up(acme(), ann) == 0
    assert len(answers.calls) <= 60


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"records": {}}',
        '{"records": [1]}',
        '{"records": [{"Id": "Secretname"}]}',
        '{"records": [{"Id": 7}]}',
        "[" * 5000,
        "<html>Secretname</html>",
    ],
)
def test_an_answer_that_is_none_of_a_query_may_pass(
    answers: responses.RequestsMock, ann: Customer, body: str
) -> None:
    log_in(answers)
    answers.get(QUERY, body=body)
    with pytest.raises(Retryable) as raised:
        look_up(acme(), ann)
    assert raised.value.code == "remote.malformed"
    assert "Secretname" not in repr(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        [],
        [{"success": True, "id": "a0000000000000AAAA", "errors": []}],
        [{"success": True}, {"success": True}, {"success": True}],
        {"success": True},
        [None, None],
        [{"success": "who knows"}, {"success": True}],
    ],
)
def test_results_that_are_not_one_for_each_row_are_not_believed(
    answers: responses.RequestsMock, body: Any
) -> None:
    log_in(answers)
    answers.patch(COLLECTION, json=body)
    with pytest.raises(Retryable, match=r"remote\.malformed"):
        write(acme())


def test_an_error_quotes_nothing_that_was_written(answers: responses.RequestsMock) -> None:
    log_in(answers)
    private = "Hartley, 4 Mill Lane"
    message = f"Text: data value too large: {private} (max length=5), call +44 20 7946 0958 or a@b.example"
    error = {"statusCode": "STRING_TOO_LONG", "message": message, "fields": ["Text__c"]}
    odd = {"statusCode": ["x"], "message": None, "fields": {"a": 1}}
    rows = [{"success": False, "errors": [error]}, {"success": False, "errors": [odd, {}]}]
    answers.patch(COLLECTION, json=rows)
    first, second = acme().upsert(EVENTS, KEY, events(range(2), Text__c=private))
    assert (first.codes, second.codes) == (("STRING_TOO_LONG",), ("UNKNOWN", "UNKNOWN"))
    assert first.detail.startswith("STRING_TOO_LONG (Text__c): Text: data value too large: … (max length=5)")
    assert not any(word in first.detail for word in ("Mill", "7946", "a@b"))


@pytest.mark.parametrize(
    ("status", "code", "kind", "told"),
    [
        (400, "MALFORMED_QUERY", Rejected, "crm.refused"),
        (404, "NOT_FOUND", Rejected, "crm.refused"),
        (405, "METHOD_NOT_ALLOWED", Rejected, "crm.refused"),
        (400, "UNABLE_TO_LOCK_ROW", Retryable, "remote.unavailable"),
        (403, "API_DISABLED_FOR_ORG", Alarm, "credentials.refused"),
        (403, "REQUEST_LIMIT_EXCEEDED", Retryable, "crm.quota"),
        (429, "", Retryable, "remote.throttled"),
        (503, "SERVER_UNAVAILABLE", Retryable, "remote.unavailable"),
        (500, "UNKNOWN_EXCEPTION", OutcomeUnknown, "outcome.unknown"),
        (302, "", Retryable, "remote.malformed"),
    ],
)
def test_every_failure_says_what_to_do_next(
    answers: responses.RequestsMock, status: int, code: str, kind: type, told: str
) -> None:
    log_in(answers)
    answers.patch(COLLECTION, json=[{"errorCode": code, "message": "Secretname"}], status=status)
    with pytest.raises(OrderbridgeError) as raised:
        write(acme())
    assert (type(raised.value), raised.value.code) == (kind, told)
    assert "Secretname" not in repr(raised.value)


@pytest.mark.usefixtures("order")
def test_a_lost_answer_of_a_write_is_unknown_and_repeating_it_is_harmless(
    client: CrmClient, org: Remote
) -> None:
    org.fault(kind="cut_after", path="composite", times=1)
    with pytest.raises(OutcomeUnknown):
        write(client)
    assert write(client) == [True, True]
    assert len(kept(org)) == 2


@pytest.mark.usefixtures("order")
def test_an_answer_without_end_is_given_up(client: CrmClient, org: Remote) -> None:
    bounded = CrmClient(url=org.url, credentials=client.credentials, limits=Limits(answer=1000))
    with pytest.raises(OutcomeUnknown, match="larger than 1000"):
        write(bounded, 50)
    bounded.close()
    assert collections(org) == 1
