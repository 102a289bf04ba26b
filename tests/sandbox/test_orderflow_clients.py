"""The sandbox understands the dialects of the published clients: PHP, C# and JavaScript."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from lxml import etree

from sync.sandbox.serve import Running

LINES = """
placed=2024-03-05 09:11:58
currency=GBP
deliveryAddressLine1=1 Row
deliveryCountryCode=GB
orderLine.1.product.externalReference=RA-00001
orderLine.1.quantity=2
orderLine.1.shipment=entity:shipment
shipment.orderItem=entity:order
"""
BASIC = ("sandbox", "sandbox")
SCOPE = {"channel": "RefArchUK", "organisation": "refarch"}
PAIR = {"user": "sandbox", "password": base64.b64encode(b"sandbox").decode()}
ORDERS = "remoteorder/imports/importitems.xml"
GOODS = "remotewarehouse/imports/importitems.xml"
DETAIL = "remoteorder/order/detail.xml"
CANCEL = "remoteorder/order/cancel.xml"
DESPATCHES = "remoteorder/shipment/despatches.xml"


class Client:
    """Sends exactly what it is told, without a content type of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.auth = BASIC

    def send(self, method: str, path: str, body: str | None = None, **more: Any) -> Any:
        data = None if body is None else body.encode()
        answer = self.session.request(method, f"{self.url}/web/{path}", data=data, timeout=30, **more)
        assert answer.status_code == 200, answer.text
        return etree.fromstring(answer.content)

    def despatch(self, reference: str) -> None:
        answer = self.session.post(f"{self.url}/_sandbox/shipments/{reference}/despatch", timeout=30)
        assert answer.ok, answer.text


@pytest.fixture
def client(sandbox: Running) -> Iterator[Client]:
    client = Client(sandbox.orderflow_url)
    yield client
    client.session.close()


def order(reference: str, text: str) -> str:
    return (
        f'<imports><import type="order" operation="insert" externalReference="{reference}">'
        f"{text}</import></imports>"
    )


def test_the_php_client_posts_everything_and_scopes_by_query(client: Client) -> None:
    document = '<?xml version="1.0" encoding="UTF-8"?>\n' + order("PHP-1", f"<![CDATA[{LINES}]]>")
    php: dict[str, Any] = {"params": SCOPE, "headers": {"Content-Type": "application/xml"}}
    assert len(client.send("POST", ORDERS, document, **php).find("importSuccesses")) == 1
    assert len(client.send("POST", ORDERS, document, **php).find("importDuplicates")) == 1
    named = php | {"params": SCOPE | {"externalReference": "PHP-1"}}
    assert client.send("POST", DETAIL, "", **named).get("externalReference") == "PHP-1"
    told = named["params"] | {"thirdPartyReference": "17", "event": "order.created", "action": "created"}
    assert client.send("POST", "remoteorder/order/update.xml", "", **php | {"params": told}).tag == "message"
    assert "No cancel operation" not in client.send("POST", CANCEL, "", **named).text
    missing = client.send("POST", CANCEL, "", **named)
    assert missing.findtext("exception") == "rtd.exceptions.MissingDataException"


def test_the_net_client_sends_no_content_type_indents_and_capitalizes_truth(client: Client) -> None:
    text = LINES.replace("\n", "\n    ").replace(
        "currency=", "partialOrder = False\n    customerComment=\n    currency="
    )
    assert len(client.send("POST", ORDERS, order("CS #1", text), headers=SCOPE).find("importSuccesses")) == 1
    found = client.send("GET", DETAIL, params={"channel": "RefArchUK", "externalReference": "CS #1"})
    client.despatch(found.find("shipments/shipment").get("externalReference").replace("#", "%23"))
    # A round-trip time has seven digits of a second and a Z.
    start, end = (f"{at:%Y-%m-%dT%H:%M:%S}.1234567Z" for at in _window())
    window = {"channel": "RefArchUK", "from": start, "to": end}
    for lines, count in (("True", 1), ("False", 0)):
        shipments = client.send("GET", DESPATCHES, params=window | {"includeOrderLines": lines})
        assert (len(shipments), len(shipments.findall("shipment/orderLines/orderLine"))) == (1, count)


def test_the_net_client_cancels_and_imports_the_same_number_again(client: Client) -> None:
    document = order("CS-2", LINES)
    outcomes = []
    for renames in ("True", "False"):
        client.send("POST", ORDERS, document, headers=SCOPE)
        named = {"externalReference": "CS-2", "cancelChangesExternalReference": renames}
        assert client.send("POST", CANCEL, "", headers=SCOPE, params=named).tag == "message"
        result = client.send("POST", ORDERS, document, headers=SCOPE)
        outcomes.append([section.tag for section in result if len(section)])
    assert outcomes == [["importSuccesses"], ["importDuplicates"]]


@pytest.mark.parametrize(("told", "meant"), [("true", True), ("True", True), ("False", False)])
def test_a_return_is_authorised_or_not(client: Client, told: str, *, meant: bool) -> None:
    text = (
        f"return.orderReference=A-1\nreturn.authorised={told}\nreturn.type=unknown\n"
        "returnLine.1.product=RA-00001\nreturnLine.1.quantity=1\nreturnLine.1.returnItem=return"
    )
    body = f'<imports><import type="return" operation="insert">{text}</import></imports>'
    assert len(client.send("POST", GOODS, body, headers=SCOPE).find("importSuccesses")) == 1
    rows = client.session.get(f"{client.url}/_sandbox/returns", timeout=60).json()
    assert [row["authorised"] for row in rows] == [meant]


@pytest.mark.parametrize(("kept", "reference"), [(True, "line-1"), (False, None)])
def test_a_lines_reference_comes_back_if_the_warehouse_takes_it(
    client: Client, *, kept: bool, reference: str | None
) -> None:
    client.session.put(f"{client.url}/_sandbox/switches", json={"keeps_line_reference": kept}, timeout=60)
    text = LINES + "orderLine.1.thirdPartyReference=line-1\n"
    client.send("POST", ORDERS, order("A-1", text), headers=SCOPE)
    client.despatch("A-1-1")
    start, end = (f"{at:%Y-%m-%d %H:%M:%S}" for at in _window())
    window = {"from": start, "to": end, "includeOrderLines": "true"}
    shipments = client.send("GET", DESPATCHES, params=window, headers=SCOPE)
    assert [line.text for line in shipments.iter("thirdPartyReference")] == [reference]


def test_the_javascript_client_sends_a_header_pair_and_mixed_content(client: Client) -> None:
    headers = PAIR | SCOPE | {"Content-Type": "application/xml"}
    assert (
        len(client.send("POST", ORDERS, order("#1001", LINES), headers=headers).find("importSuccesses")) == 1
    )
    start, end = (f"{at:%Y-%m-%d %H:%M:%S}" for at in _window())
    window = {"from": start, "to": end, "includeOrderLines": "true"}
    assert client.send("GET", DESPATCHES, headers=headers, params=window).tag == "shipments"
    alias = '<productAlias type="barcode" value="123" operation="insert"/>'
    product = (
        '<imports><import type="product" operation="insert" externalReference="JS-1">'
        f"description=Thing\ntype=default\n{alias}\nweight=1.5</import></imports>"
    )
    assert len(client.send("POST", GOODS, product, headers=headers).find("importSuccesses")) == 1
    client.session.auth = None
    assert len(client.send("GET", "remotewarehouse/inventory.xml", headers=headers)) > 2


def _window() -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return now - timedelta(days=2), now + timedelta(days=1)
