import pytest

from sync.clients.crm import CrmClient
from sync.core.crm import Contact
from sync.core.errors import Alarm
from sync.sandbox.serve import Running
from tests.unit.clients.conftest import Remote

CONTACT = {"B2C_Customer_ID__c": "bd/1", "Id": "003Ab00000QrS34", "AccountId": "001Ab00000XyZ12IAF"}


@pytest.fixture
def crm(sandbox: Running) -> Remote:
    remote = Remote(sandbox.crm_url)
    remote.control("POST", "contacts", [{**CONTACT, "B2C_Customer_ID__c": "bd-1"}])
    return remote


def client(crm: Remote, secret: str) -> CrmClient:
    return CrmClient(url=crm.url, consumer_key="sandbox", consumer_secret=secret)


def test_a_contact_is_found_by_its_storefront_customer_id(crm: Remote) -> None:
    found = client(crm, "sandbox").contact("bd-1")
    assert found == Contact(contact_id="003Ab00000QrS34IAF", account_id="001Ab00000XyZ12IAF")


def test_an_unknown_customer_has_no_contact(crm: Remote) -> None:
    assert client(crm, "sandbox").contact("nobody") is None


def test_an_ended_session_is_renewed(crm: Remote) -> None:
    contacts = client(crm, "sandbox")
    contacts.contact("bd-1")
    crm.fault(kind="expire_token", path="Contact", times=1)
    assert contacts.contact("bd-1") is not None
    assert crm.calls("POST", "/token") == 2


def test_a_refused_login_is_an_alarm(crm: Remote) -> None:
    with pytest.raises(Alarm):
        client(crm, "wrong").contact("bd-1")
