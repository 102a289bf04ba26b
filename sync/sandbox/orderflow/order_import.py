"""Importing an order: from a property list to an order the warehouse works on."""

from typing import Any

from sync.sandbox.orderflow import checks
from sync.sandbox.orderflow.imports import ImportItem, Rejected
from sync.sandbox.orderflow.model import Order, OrderLine, Shipment
from sync.sandbox.orderflow.properties import numbered, prefixed
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.switches import Switches

SKU = "product.externalReference"


def is_duplicate(house: Warehouse, switches: Switches, channel: str, reference: str) -> bool:
    """Tell whether the number is taken, whatever the content of the order."""
    # ASSUMPTION: an order number exists once per channel.
    space = (channel,) if switches["order_unique_in"] == "channel" else house.channels
    return any((name, reference) in house.orders for name in space)


def import_order(house: Warehouse, switches: Switches, channel: str, item: ImportItem) -> Order:
    """Take the order in and return it. Raises Rejected for the first thing wrong, changing nothing."""
    # ASSUMPTION: an empty value counts as absent when something is inserted.
    given = {name: value for name, value in item.properties.items() if value.strip()}
    checks.reference("externalReference", item.reference)
    checks.known_formats(given)
    _check_address(given)
    checks.link("shipment.orderItem", given.get("shipment.orderItem"), "order")
    lines = _lines(house, switches, given)
    attributes = _attributes(given)
    order = Order(
        id=house.ids.next(),
        channel=channel,
        reference=item.reference,
        originating_reference=item.reference,
        created=house.clock(),
        shipments=[],
        details={name: value for name, value in given.items() if not name.startswith(_LISTS)},
        attributes=attributes,
        exported=given.get("exported", ""),
    )
    order.shipments = _shipments(house, switches, order, lines, prefixed(given, "shipment."))
    house.book(order)
    return order


_LISTS = ("orderLine.", "orderAttribute.", "shipment.")


def _check_address(given: dict[str, str]) -> None:
    for order_name, shipment_name in (
        ("deliveryAddressLine1", "shipment.addressLine1"),
        ("deliveryCountryCode", "shipment.countryCode"),
    ):
        if not given.get(order_name) and not given.get(shipment_name):
            raise Rejected(f"Property '{order_name}' is missing")


def _lines(house: Warehouse, switches: Switches, given: dict[str, str]) -> list[OrderLine]:
    # ASSUMPTION: lines may bear any positive numbers.
    lines = [_line(switches, number, values) for number, values in numbered(given, "orderLine")]
    if not lines:
        raise Rejected("The order has no lines")
    unknown = [line.sku for line in lines if not house.stock.knows(line.sku)]
    if unknown and switches["unknown_sku"] == "fail":
        # ASSUMPTION: an order for an unknown product fails.
        raise Rejected(f"Product '{unknown[0]}' does not exist for organisation '{house.organisation}'")
    for sku in unknown:
        house.stock.open(sku, dict.fromkeys(house.sites, 0))
    return lines


def _line(switches: Switches, number: int, values: dict[str, str]) -> OrderLine:
    prefix = f"orderLine.{number}"
    checks.link(f"{prefix}.shipment", values.get("shipment"), "shipment")
    checks.link(f"{prefix}.order", values.get("order"), "order")
    # ASSUMPTION: the reference that despatches give back can be imported (switch keeps_line_reference).
    third_party = values.get("thirdPartyReference", "") if switches["keeps_line_reference"] else ""
    if third_party:
        checks.reference(f"{prefix}.thirdPartyReference", third_party)
    return OrderLine(
        sku=checks.reference(f"{prefix}.{SKU}", values.get(SKU, "")),
        quantity=checks.quantity(f"{prefix}.quantity", values.get("quantity")),
        number=number,
        third_party_reference=third_party,
        details=values,
    )


def _attributes(given: dict[str, str]) -> dict[str, str]:
    attributes = {}
    for number, values in numbered(given, "orderAttribute"):
        checks.link(f"orderAttribute.{number}.orderItem", values.get("orderItem"), "order")
        # Some shops send every name with empty values.
        if "name" in values:
            attributes[values["name"]] = values.get("value", "")
    return attributes


def _shipments(
    house: Warehouse, switches: Switches, order: Order, lines: list[OrderLine], given: dict[str, str]
) -> list[Shipment]:
    site = given.get("site", "")
    if site and site not in house.sites:
        raise Rejected(f"Site '{site}' does not exist")
    named = given.get("externalReference", "")
    if named:
        checks.reference("shipment.externalReference", named)
    if (order.channel, named) in house.shipments:
        raise Rejected(f"A shipment with reference '{named}' already exists")
    common: dict[str, Any] = {
        "created": order.created,
        "details": given,
        "earliest_ship_date": given.get("earliestShipDate", "")[:10],
        "courier": given.get("courier", ""),
    }
    shipments = []
    placed = house.place(lines, site, split=switches["split_across_warehouses"])
    for sequence, (warehouse, part) in enumerate(placed, start=1):
        own = named if named and sequence == 1 else house.new_shipment_reference(order, sequence)
        shipments.append(Shipment(house.ids.next(), own, sequence, warehouse, lines=part, **common))
    return shipments
