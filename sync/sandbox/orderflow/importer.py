"""The import job: every item of a document for itself, and what became of it."""

import asyncio
from collections.abc import Callable, Sequence

from sync.sandbox.orderflow.imports import ImportItem, ImportLine, Outcome, Rejected
from sync.sandbox.orderflow.model import Order
from sync.sandbox.orderflow.order_import import import_order, is_duplicate
from sync.sandbox.orderflow.stock_import import import_product, import_return
from sync.sandbox.orderflow.warehouse import Warehouse
from sync.sandbox.switches import Switches

# A large batch lets other calls in now and then.
_BREATH = 25

Take = Callable[[ImportItem], ImportLine]


class Importer:
    """Imports items one by one, each its own transaction."""

    def __init__(self, house: Warehouse, switches: Switches) -> None:
        self._house = house
        self._switches = switches

    async def run(self, items: Sequence[ImportItem], take: Take) -> list[ImportLine]:
        """Return one line per item, in order."""
        lines = []
        for position, item in enumerate(items, start=1):
            try:
                lines.append(take(item))
            except Rejected as error:
                lines.append(self._line(item, Outcome.FAILURE, message="Import failed", detail=str(error)))
            if position % _BREATH == 0:
                await asyncio.sleep(0)
        return lines

    def order(self, channel: str, item: ImportItem) -> ImportLine:
        """Import an order of a channel. Raises Rejected."""
        if item.type != "order":
            raise Rejected(f"Import type '{item.type}' is not supported here")
        if item.operation != "insert":
            # ASSUMPTION: no source knows a change of an order by import.
            raise Rejected(f"Operation '{item.operation}' is not supported for orders")
        # ASSUMPTION: a repeated insert is a duplicate even when its content differs.
        if is_duplicate(self._house, self._switches, channel, item.reference):
            detail = f"An order with reference '{item.reference}' already exists"
            return self._line(item, Outcome.DUPLICATE, message="Duplicate order", detail=detail)
        order = import_order(self._house, self._switches, channel, item)
        # ASSUMPTION: one success line per order, although clients are prepared for several.
        every = self._switches["success_line_per_entity"]
        entities = _entities(order) if every else [("order", order.id)]
        return self._line(item, Outcome.SUCCESS, entities=entities)

    def stock_item(self, item: ImportItem) -> ImportLine:
        """Import something that belongs to the organisation: a return or a product. Raises Rejected."""
        if item.type == "return":
            return self._return(item)
        if item.type == "product":
            if import_product(self._house, item):
                return self._line(item, Outcome.SUCCESS, entities=[("product", self._house.ids.next())])
            detail = f"A product with reference '{item.reference}' already exists"
            return self._line(item, Outcome.DUPLICATE, message="Duplicate product", detail=detail)
        raise Rejected(f"Import type '{item.type}' is not supported here")

    def _return(self, item: ImportItem) -> ImportLine:
        reference = item.reference or item.properties.get("return.externalReference", "")
        # ASSUMPTION: a return is known by its reference; without one every import is a new return.
        if reference in self._house.returns:
            detail = f"A return with reference '{reference}' already exists"
            return self._line(item, Outcome.DUPLICATE, message="Duplicate return", detail=detail)
        expected = import_return(self._house, self._switches, item)
        return self._line(item, Outcome.SUCCESS, entities=[("return", expected.id)])

    def _line(
        self,
        item: ImportItem,
        outcome: Outcome,
        *,
        entities: list[tuple[str, int]] | None = None,
        message: str = "",
        detail: str = "",
    ) -> ImportLine:
        return ImportLine(item, outcome, self._house.clock(), entities or [], message, detail)


def _entities(order: Order) -> list[tuple[str, int]]:
    shipments = [("shipment", shipment.id) for shipment in order.shipments]
    lines = [
        ("orderLine", shipment.id + line.number) for shipment in order.shipments for line in shipment.lines
    ]
    return [("order", order.id), *shipments, *lines]
