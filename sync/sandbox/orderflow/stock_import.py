"""Importing returns and products, which belong to the organisation."""

from sync.sandbox.orderflow import checks
from sync.sandbox.orderflow.imports import ImportItem, Rejected
from sync.sandbox.orderflow.model import Return, ReturnLine
from sync.sandbox.orderflow.properties import numbered, prefixed
from sync.sandbox.orderflow.returns import announce
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.switches import Switches


def import_return(house: Warehouse, switches: Switches, item: ImportItem) -> Return:
    """Announce a return and return it. Raises Rejected, changing nothing."""
    if item.operation != "insert":
        raise Rejected(f"Operation '{item.operation}' is not supported for returns")
    checks.known_formats(item.properties)
    given = prefixed(item.properties, "return.")
    order_reference, authorisation = given.get("orderReference", ""), given.get("authorisation", "")
    if not order_reference and not authorisation:
        raise Rejected("Property 'return.orderReference' or 'return.authorisation' is missing")
    # ASSUMPTION: a return may name an order that is not here.
    if switches["return_needs_order"] and not _orders(house, order_reference or authorisation):
        raise Rejected(f"Order '{order_reference or authorisation}' does not exist")
    reference = item.reference or given.get("externalReference", "")
    if reference:
        checks.reference("externalReference", reference)
    lines = numbered(item.properties, "returnLine")
    expected = Return(
        id=house.ids.next(),
        reference=reference,
        order_reference=order_reference,
        authorisation=authorisation,
        lines=[_return_line(house, number, values) for number, values in lines],
        authorised=given.get("authorised", "true").lower() != "false",
        kind=given.get("type", "") or "unknown",
        site=given.get("site", "") or house.sites[0],
        note=given.get("note", ""),
    )
    announce(house, expected)
    if switches["imported_return_books_stock"]:
        for line in expected.lines:
            house.stock.receive(line.sku, expected.site, line.quantity)
    return expected


def _orders(house: Warehouse, reference: str) -> bool:
    return any((channel, reference) in house.orders for channel in house.channels)


def _return_line(house: Warehouse, number: int, values: dict[str, str]) -> ReturnLine:
    prefix = f"returnLine.{number}"
    checks.link(f"{prefix}.returnItem", values.get("returnItem"), "return")
    sku = checks.reference(f"{prefix}.product", values.get("product", ""))
    if not house.stock.knows(sku):
        raise Rejected(f"Product '{sku}' does not exist for organisation '{house.organisation}'")
    quantity = checks.quantity(f"{prefix}.quantity", values.get("quantity"))
    return ReturnLine(sku, quantity, values.get("reason", ""), values.get("condition", ""))


def import_product(house: Warehouse, item: ImportItem) -> bool:
    """Make a product known, without stock; return False when an insert meets a known one. Raises Rejected."""
    if item.operation not in ("insert", "update", "merge"):
        raise Rejected(f"Operation '{item.operation}' is not supported for products")
    sku = checks.reference("externalReference", item.reference)
    checks.known_formats(item.properties)
    known = house.stock.knows(sku)
    if item.operation == "update" and not known:
        raise Rejected(f"Product '{sku}' does not exist for organisation '{house.organisation}'")
    if not known:
        for name in ("description", "type"):
            checks.reference(name, item.properties.get(name, ""))
        house.stock.open(sku, dict.fromkeys(house.sites, 0))
    return not (known and item.operation == "insert")
