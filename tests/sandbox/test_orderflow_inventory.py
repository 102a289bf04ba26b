from collections.abc import Iterator

import pytest

from sync.sandbox.catalog import catalog, opening_stock
from sync.sandbox.serve import Running
from tests.sandbox.orderflow_shop import ORDER, Shop, item

INVENTORY = "remotewarehouse/inventory.xml"
IMPORTS = "remotewarehouse/imports/importitems.xml"
RETURN = """
return.orderReference=A-1
return.authorisation=RMA-310
return.note=Swapped
returnLine.1.product=RA-00001
returnLine.1.quantity=1
returnLine.1.reason=Too small
returnLine.1.returnItem=return
"""


@pytest.fixture
def shop(sandbox: Running) -> Iterator[Shop]:
    shop = Shop(sandbox)
    yield shop
    shop.close()


def test_without_a_list_every_product_is_told_once_per_warehouse(shop: Shop) -> None:
    rows = shop.ask(INVENTORY)
    keys = [(row.get("externalReference"), row.get("site")) for row in rows]
    assert len(keys) == len(set(keys)) == 2 * len(catalog().skus())
    totals = {(row.get("externalReference"), row.get("site")): int(row.get("total") or 0) for row in rows}
    assert totals["RA-00007", "NORTH"] == opening_stock("RA-00007", "NORTH")


def test_unknown_products_are_left_out(shop: Shop) -> None:
    rows = shop.ask(INVENTORY, externalReferences="made-up, RA-00002", site="NORTH")
    assert [row.get("externalReference") for row in rows] == ["RA-00002"]
    assert len(shop.ask(INVENTORY, externalReferences="made-up")) == 0


def test_an_unknown_site_is_an_error_and_a_missing_one_if_sites_are_enabled(shop: Shop) -> None:
    assert shop.ask(INVENTORY, site="MOON").tag == "error"
    shop.switch(multi_site_inventory=True)
    assert shop.ask(INVENTORY).tag == "error"
    assert shop.ask(INVENTORY, site="MAIN").tag == "inventory"


def test_the_stock_of_an_ordered_product_follows_the_order(shop: Shop) -> None:
    opening = shop.stock("RA-00001")
    shop.order("A-1", ORDER + "shipment.site=MAIN\n")
    ordered = shop.stock("RA-00001")
    shop.lever("shipments/A-1/pick")
    picked = shop.stock("RA-00001")
    shop.lever("shipments/A-1/despatch")
    despatched = shop.stock("RA-00001")
    available = [row["available"] - opening["available"] for row in (ordered, picked, despatched)]
    assert available == [-2, -2, -2]
    assert [row["allocated"] for row in (ordered, picked, despatched)] == [0, 2, 0]
    assert [row["total"] - opening["total"] for row in (ordered, picked, despatched)] == [0, 0, -2]
    ids = [row["inventoryId"] for row in (opening, ordered, picked, despatched)]
    assert ids == sorted(set(ids))
    assert ordered["lastLineRequirementChangeId"] > opening["lastLineRequirementChangeId"]
    assert ordered["lastStockChangeId"] == opening["lastStockChangeId"] < despatched["lastStockChangeId"]


def test_allocated_as_all_demand_and_no_negatives_are_switches(shop: Shop) -> None:
    shop.lever("stock", {"sku": "RA-00001", "site": "MAIN", "total": 1})
    shop.order("A-1", ORDER + "shipment.site=MAIN\n")
    assert (shop.stock("RA-00001")["available"], shop.stock("RA-00001")["allocated"]) == (-1, 0)
    shop.switch(negative_available=False, allocated_is_all_demand=True)
    assert (shop.stock("RA-00001")["available"], shop.stock("RA-00001")["allocated"]) == (0, 2)


def test_the_newest_export_stamp_can_be_shown_with_the_stock_that_contains_it(shop: Shop) -> None:
    shop.switch(last_order_exported=True)
    for reference, stamp in (("A-1", "2024-03-05T09:12:02"), ("A-2", "2024-03-05T09:12:01")):
        shop.order(reference, f"{ORDER}exported={stamp}\nshipment.site=MAIN\n")
    [row] = shop.ask(INVENTORY, externalReferences="RA-00001", site="MAIN")
    assert row.get("lastOrderExported") == "2024-03-05T09:12:02"


def test_the_organisation_or_one_of_its_channels_names_the_scope(shop: Shop) -> None:
    del shop.session.headers["channel"]
    ask = {"externalReferences": "made-up"}
    assert shop.ask(INVENTORY, **ask).tag == "error"
    assert shop.ask(INVENTORY, organisation="refarch", **ask).tag == "inventory"
    assert shop.ask(INVENTORY, channel="RefArchEU", **ask).tag == "inventory"
    assert shop.ask(INVENTORY, organisation="acme", **ask).tag == "error"


def test_an_announced_return_leaves_stock_alone_until_the_goods_arrive(shop: Shop) -> None:
    shop.order("A-1", ORDER + "shipment.site=MAIN\n")
    shop.lever("shipments/A-1/despatch")
    before = shop.stock("RA-00001")["total"]
    result = shop.insert(item("RMA-310", RETURN, kind="return"), path=IMPORTS)
    assert result.find("importSuccesses/import").get("entity") == "return"
    assert shop.stock("RA-00001")["total"] == before
    shop.lever("shipments/A-1/return", {"lines": [{"sku": "RA-00001", "quantity": 1}]})
    assert shop.stock("RA-00001")["total"] == before + 1
    [known] = shop.look("returns")
    assert (known["reference"], known["authorisation"], known["expected"]) == ("RMA-310", "RMA-310", False)


def test_a_return_of_the_same_reference_is_a_duplicate(shop: Shop) -> None:
    for section in ("importSuccesses", "importDuplicates"):
        result = shop.insert(item("RMA-310", RETURN, kind="return"), path=IMPORTS)
        assert len(result.find(section)) == 1
    effects = [e["effect"] for e in shop.journal() if e["idempotency_key"] == "return:RMA-310"]
    assert effects == ["applied", "repeated"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return.orderReference=A-1\nreturn.authorisation=RMA-310", ""),
        ("quantity=1", "quantity=x"),
        ("RA-00001", "SKU-404"),
        ("returnItem=return", "returnItem=entity:order"),
    ],
)
def test_a_return_with_a_fault_fails(shop: Shop, old: str, new: str) -> None:
    result = shop.insert(item("RMA-310", RETURN.replace(old, new), kind="return"), path=IMPORTS)
    assert len(result.find("importFailures")) == 1
    assert shop.look("returns") == []


def test_received_returns_can_be_read_back_as_a_report(shop: Shop) -> None:
    shop.order("A-1")
    shop.lever("shipments/A-1/despatch")
    shop.lever("shipments/A-1/return", {"reason": "Too small", "authorisation": "RMA-1"})
    query = {"reportKey": "return_line_api_report", "startDate": "2020-01-01", "endDate": "2100-01-01"}
    assert len(shop.ask("remote/report.xml", **query, channel="RefArchEU")) == 1
    shop.session.headers["channel"] = "RefArchEU"
    assert len(shop.ask("remote/report.xml", **query)) == 0
    del shop.session.headers["channel"]
    [line] = shop.ask("remote/report.xml", **query)
    assert (line.findtext("orderReference"), line.findtext("quantity")) == ("A-1", "2")
    assert (line.findtext("lineReason"), line.findtext("authorisation")) == ("Too small", "RMA-1")


@pytest.mark.parametrize("operation", ["insert", "merge"])
def test_an_imported_product_can_be_ordered(shop: Shop, operation: str) -> None:
    product = item("NEW-1", "description=A thing\ntype=default", kind="product", operation=operation)
    assert len(shop.insert(product, path=IMPORTS).find("importSuccesses")) == 1
    shop.order("A-1", ORDER.replace("RA-00001", "NEW-1"))
    section = "importDuplicates" if operation == "insert" else "importSuccesses"
    assert len(shop.insert(product, path=IMPORTS).find(section)) == 1


def test_an_update_of_an_unknown_product_fails(shop: Shop) -> None:
    product = item("NEW-1", "description=A thing\ntype=default", kind="product", operation="update")
    assert len(shop.insert(product, path=IMPORTS).find("importFailures")) == 1
