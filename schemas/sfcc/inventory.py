"""Native inventory lists: a record of OCAPI Data 25.6, and the feed of inventory.xsd (2007-05-31)."""

from collections.abc import Iterable
from typing import IO, Any

from lxml import etree

from sync.core.allocations import Allocation
from sync.core.errors import Rejected
from sync.core.inventory import Manner
from sync.core.times import stamp

NAMESPACE = "http://www.demandware.com/xml/impex/inventory/2007-05-31"
# The longest product id that a record of a list and a line of a feed may have.
LONGEST_ID, LONGEST_FEED_ID = 256, 100

# The manner of an offer in the newer API, and in the feed, whose order of elements this is.
CAMEL = {
    "perpetual_flag": "perpetualFlag",
    "pre_order_back_order_handling": "preOrderBackOrderHandling",
    "pre_order_back_order_allocation": "preOrderBackOrderAllocation",
    "in_stock_date": "inStockDate",
}
_XML = {
    "perpetual_flag": "perpetual",
    "pre_order_back_order_handling": "preorder-backorder-handling",
    "pre_order_back_order_allocation": "preorder-backorder-allocation",
    "in_stock_date": "in-stock-datetime",
}


def record_of(allocation: Allocation) -> dict[str, Any]:
    """Return the members of a record that are ours: the number, and when it was true."""
    # ASSUMPTION: a written reset_date counts; where it does not, the moment of writing does.
    number = {"amount": allocation.units, "reset_date": stamp(allocation.at)}
    return {"allocation": number, **_manner(allocation.manner)}


def listed_of(allocation: Allocation) -> dict[str, Any]:
    """Return the same in the names of the newer Inventory Lists API."""
    number = {"amount": allocation.units, "resetDate": stamp(allocation.at)}
    manner = {CAMEL[name]: value for name, value in _manner(allocation.manner).items()}
    return {"allocation": number, **manner}


def _manner(manner: Manner) -> dict[str, Any]:
    """What is to be left as it is lacks."""
    members = {
        "perpetual_flag": manner.perpetual,
        "pre_order_back_order_handling": manner.handling,
        "pre_order_back_order_allocation": manner.future_units,
        "in_stock_date": manner.in_stock_date and stamp(manner.in_stock_date),
    }
    return {name: value for name, value in members.items() if value is not None}


def refusal(allocation: Allocation, longest: int) -> Rejected | None:
    """Return why an id can never be written, None when it can: told before one of a file spoils the file."""
    sku = allocation.sku
    if not sku or len(sku) > longest:
        detail = f"a product id has 1 to {longest} characters, this one {len(sku)}"
        return Rejected("storefront.refused", detail, fields={"sku": detail})
    if not _printable(sku):
        detail = "the product id holds characters that XML cannot hold, or blanks at an end"
        return Rejected("storefront.refused", detail, fields={"sku": detail})
    return None


def _printable(text: str) -> bool:
    legal = all(
        char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff" for char in text
    )
    return legal and text == text.strip()


def write_feed(
    to: IO[bytes], inventory_list: str, allocations: Iterable[Allocation], *, default_in_stock: bool
) -> int:
    """Write a feed record by record, so that one of any size costs no memory; return how many there are.

    A feed must restate the list's default, so `default_in_stock` must be what it is there.
    """
    number = 0
    with etree.xmlfile(to, encoding="UTF-8") as document:
        document.write_declaration()
        with (
            document.element(_q("inventory"), nsmap={None: NAMESPACE}),
            document.element(_q("inventory-list")),
        ):
            document.write(_header(inventory_list, default_in_stock=default_in_stock))
            with document.element(_q("records")):
                for allocation in allocations:
                    document.write(_record(allocation))
                    number += 1
    return number


def _header(inventory_list: str, *, default_in_stock: bool) -> etree._Element:
    header = etree.Element(_q("header"), {"list-id": inventory_list}, nsmap={None: NAMESPACE})
    etree.SubElement(header, _q("default-instock")).text = str(default_in_stock).lower()
    return header


def _record(allocation: Allocation) -> etree._Element:
    record = etree.Element(_q("record"), {"product-id": allocation.sku}, nsmap={None: NAMESPACE})
    etree.SubElement(record, _q("allocation")).text = str(allocation.units)
    etree.SubElement(record, _q("allocation-timestamp")).text = stamp(allocation.at)
    for name, value in _manner(allocation.manner).items():
        etree.SubElement(record, _q(_XML[name])).text = (
            str(value).lower() if isinstance(value, bool) else str(value)
        )
    return record


def _q(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
