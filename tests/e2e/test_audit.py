"""An audit of everything while the shop sells: what was changed is cured, and nothing else is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.stack import PLENTY, Live, eventually

# Products that no other test buys or counts.
CHANGED, DELETED, *SOLD = PLENTY[44:48]
RECORDS = "s/-/dw/data/v25_6/inventory_lists/refarch/product_inventory_records"


def behind_our_back(live: Live, method: str, sku: str, body: Any = None) -> None:
    """Do something to a record by the storefront's own interface."""
    url, login = live.ports.sfcc_url, ("sandbox", "sandbox")
    grant = {"grant_type": "client_credentials"}
    answer = requests.post(f"{url}/dwsso/oauth2/access_token", data=grant, auth=login, timeout=30)
    head = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    done = requests.request(method, f"{url}/{RECORDS}/{sku}", json=body, headers=head, timeout=30)
    done.raise_for_status()


def selling(live: Live, over: threading.Event) -> int:
    """Sell until it is over; return how many orders there were."""
    sold = 0
    while not over.wait(0.2):
        sold += len(live.place(skus=SOLD, seed=sold))
    return sold


def known(live: Live) -> dict[str, int]:
    """What was confirmed of the two products."""
    query = "SELECT sku, allocation FROM published WHERE sku IN (:one, :other) AND allocation IS NOT NULL"
    return {row["sku"]: row["allocation"] for row in live.rows(query, one=CHANGED, other=DELETED)}


def shown(live: Live) -> dict[str, int]:
    """What the storefront has of them."""
    records = live.shop("GET", "inventory")
    return {sku: int(records[sku]["allocation"]) for sku in (CHANGED, DELETED) if sku in records}


def test_an_audit_while_the_shop_sells_cures_what_was_changed_and_takes_no_sale_for_drift(live: Live) -> None:
    live.ring("tasks.inventory.sync", slot="before-the-audit")
    before = eventually("both are published", lambda: known(live) if len(known(live)) > 1 else None)
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        orders = pool.submit(selling, live, over)
        try:
            behind_our_back(live, "PATCH", CHANGED, {"allocation": {"amount": 9999}})
            behind_our_back(live, "DELETE", DELETED)
            live.ring("tasks.inventory.audit", site=live.site, all=True, repair=True)
            (audit,) = eventually("the audit's end", lambda: live.rows("SELECT * FROM audit WHERE whole"))
            eventually("the cure", lambda: shown(live) == before == known(live))
        finally:
            over.set()
    assert orders.result() > 0
    assert (audit["error"], audit["drifted"], audit["repaired"]) == ("", 2, 2)
    found = live.rows("SELECT sku, kind, repaired_at IS NOT NULL AS cured FROM drift ORDER BY kind")
    assert [(row["sku"], row["kind"], row["cured"]) for row in found] == [
        (CHANGED, "allocation", True),
        (DELETED, "missing", True),
    ]
    live.settle()
