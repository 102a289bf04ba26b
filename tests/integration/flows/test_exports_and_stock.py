"""The storefront is told of no export while stock of the order's products is being written."""

from datetime import UTC, datetime

from sync.core.inventory import Published
from tests.integration.flows.conftest import SITE, House
from tests.stack import eventually


def test_an_export_waits_for_the_end_of_a_write_of_its_products(house: House) -> None:
    (number,) = house.place()
    house.hear(number)
    house.hand_over()
    (line, *_) = house.rows("SELECT sku FROM handover_line WHERE order_no = :no", no=number)
    shelf, name = house.bridge.stock_store, house.bridge.settings.sites[SITE].stock.inventory_list
    token, now = shelf.begin(name, [line["sku"]]), datetime.now(UTC)

    house.tell()

    assert house.order(number)["exportStatus"] == "ready"
    assert house.told(number) == []
    assert house.rows("SELECT key FROM message WHERE error_code = 'stock.busy' AND state = 'due'")

    written = Published(allocation=7, started_at=now, finished_at=datetime.now(UTC))
    shelf.save_published(name, {line["sku"]: written}, token)

    def exported() -> bool:
        house.tell()
        return bool(house.order(number)["exportStatus"] == "exported")

    eventually("the export", exported)
    assert house.dead() == []
