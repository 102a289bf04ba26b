"""A shop as the tests of the warehouse need it: it imports, asks, cancels, and pulls the levers."""

import json
from typing import Any

import requests
from lxml import etree

from sync.sandbox.serve import Running

ORDER = """
placed=2024-03-05 09:11:58
currency=GBP
deliveryContactName=Ada Example
deliveryAddressLine1=1 Sample Row
deliveryCountryCode=GB
orderLine.1.product.externalReference=RA-00001
orderLine.1.quantity=2
orderLine.1.thirdPartyReference=line-1
orderLine.1.shipment=entity:shipment
shipment.orderItem=entity:order
"""
CHANNEL = "RefArchUK"


def item(reference: str, text: str = ORDER, kind: str = "order", operation: str = "insert") -> str:
    return (
        f'<import type="{kind}" operation="{operation}" externalReference="{reference}">'
        f"<![CDATA[{text}]]></import>"
    )


class Shop:
    def __init__(self, running: Running, channel: str = CHANNEL) -> None:
        self.url = running.orderflow_url
        self.session = requests.Session()
        self.session.auth = ("sandbox", "sandbox")
        self.session.headers["channel"] = channel

    def close(self) -> None:
        self.session.close()

    def ask(self, path: str, **query: str) -> Any:
        answer = self.session.get(f"{self.url}/web/{path}", params=query, timeout=30)
        return etree.fromstring(answer.content)

    def tell(self, path: str, body: str = "", **query: str) -> Any:
        url = f"{self.url}/web/{path}"
        answer = self.session.post(url, params=query, data=body.encode(), timeout=30)
        return etree.fromstring(answer.content)

    def insert(self, *items: str, path: str = "remoteorder/imports/importitems.xml") -> Any:
        return self.tell(path, f"<imports>{''.join(items)}</imports>")

    def order(self, reference: str, text: str = ORDER) -> None:
        result = self.insert(item(reference, text))
        assert len(result.find("importSuccesses")) == 1, etree.tostring(result)

    def detail(self, reference: str) -> Any:
        return self.ask("remoteorder/order/detail.xml", externalReference=reference)

    def stock(self, sku: str, site: str = "MAIN") -> dict[str, int]:
        rows = self.ask("remotewarehouse/inventory.xml", externalReferences=sku, site=site)
        return {name: int(value) for name, value in rows[0].items() if value.lstrip("-").isdigit()}

    def lever(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.session.post(f"{self.url}/_sandbox/{path}", json=body or {}, timeout=30)
        assert answer.status_code == status, answer.text
        return answer.json()

    def look(self, path: str) -> Any:
        return self.session.get(f"{self.url}/_sandbox/{path}", timeout=30).json()

    def switch(self, **switches: Any) -> None:
        answer = self.session.put(f"{self.url}/_sandbox/switches", json=switches, timeout=30)
        assert answer.status_code == 200, answer.text

    def journal(self) -> list[dict[str, Any]]:
        lines = self.session.get(f"{self.url}/_sandbox/journal", timeout=30).text.splitlines()
        return [json.loads(line) for line in lines]
