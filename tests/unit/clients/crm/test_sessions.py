import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sync.clients.crm import CrmClient
from sync.clients.crm.login import Credentials, audience_of
from sync.core.crm import MatchRule
from sync.core.customers import Customer
from sync.core.errors import Alarm
from tests.unit.clients.conftest import Remote
from tests.unit.clients.crm.org import EVENTS, KEY, collections, events, kept

SECRET = Credentials(consumer_key="sandbox", consumer_secret="sandbox")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def signing(org: Remote, key: rsa.RSAPrivateKey) -> Credentials:
    """A user's login by a key that the org knows."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    org.control("PUT", "jwt", {"public_key": public})
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Credentials(consumer_key="sandbox", username="bridge@acme.example", private_key=private)


def used(org: Remote, credentials: Credentials) -> float:
    client = CrmClient(url=org.url + "/", credentials=credentials)
    try:
        return client.used()
    finally:
        client.close()


def test_a_signed_assertion_is_a_login_and_wins_over_a_secret(org: Remote, signing: Credentials) -> None:
    assert used(org, signing) > 0
    assert used(org, replace(signing, consumer_secret="wrong", audience="https://login.salesforce.com")) > 0


def test_a_refused_login_is_an_alarm_that_names_the_setting_and_no_secret(
    org: Remote, signing: Credentials
) -> None:
    other = replace(signing, audience="https://evil.example")
    for wrong in (replace(SECRET, consumer_secret="geheim"), replace(SECRET, consumer_key="x"), other):
        with pytest.raises(Alarm) as refused:
            used(org, wrong)
        assert refused.value.code == "credentials.refused"
        assert "ORDERBRIDGE_CRM_CONSUMER_KEY" in refused.value.detail
        assert "invalid_" in refused.value.detail
        assert "geheim" not in f"{refused.value!r} {wrong!r}"


@pytest.mark.parametrize(
    ("url", "audience"),
    [
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("http://127.0.0.1:8103", "http://127.0.0.1:8103"),
    ],
)
def test_an_assertion_is_for_the_host_where_users_log_in(url: str, audience: str) -> None:
    assert audience_of(url) == audience


def test_an_ended_session_is_renewed_once(client: CrmClient, org: Remote, ann: Customer) -> None:
    client.contacts(MatchRule.CUSTOMER_ID, ann, "", person_accounts=False)
    org.control("PUT", "sessions", {"calls": 1})
    assert client.contacts(MatchRule.CUSTOMER_ID, ann, "", person_accounts=False) == ()
    assert org.calls("POST", "/token") == 2


@pytest.mark.usefixtures("order")
def test_a_new_session_that_is_refused_too_is_an_alarm(client: CrmClient, org: Remote) -> None:
    org.control("PUT", "sessions", {"after": 1, "calls": 2})
    results = client.upsert(EVENTS, KEY, events(range(600)))
    assert [next(results).written for _ in range(200)] == [True] * 200
    with pytest.raises(Alarm) as refused:
        next(results)
    assert (refused.value.code, refused.value.remote_status) == ("credentials.refused", 401)
    assert "INVALID_SESSION_ID" in refused.value.detail
    assert org.calls("POST", "/token") == 2


@pytest.mark.usefixtures("order")
def test_threads_share_a_session_also_when_it_ends_under_all_of_them(client: CrmClient, org: Remote) -> None:
    threads = 8
    together = threading.Barrier(threads)

    def write(number: int) -> list[bool]:
        together.wait(20)
        return [
            one.written for one in client.upsert(EVENTS, KEY, events(range(number * 10, number * 10 + 10)))
        ]

    org.fault(kind="expire_token", times=1)
    with ThreadPoolExecutor(threads) as pool:
        assert all(all(written) for written in pool.map(write, range(threads)))
    assert org.calls("POST", "/token") == 2
    assert len(kept(org)) == 80
    assert collections(org) >= threads
