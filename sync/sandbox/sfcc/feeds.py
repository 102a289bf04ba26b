"""The import of inventory feeds: a file of inventory.xsd into the lists, record by record."""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from sync.sandbox.sfcc.stock import InventoryList
from sync.sandbox.switches import Switches

NAMESPACE = "{http://www.demandware.com/xml/impex/inventory/2007-05-31}"
LONGEST_ID = 100
Told = Callable[[str, str, Decimal], None]


class FeedError(Exception):
    """A record, or a file, that cannot be imported."""


@dataclass(slots=True)
class Importer:
    """Imports files as the job's mode says; `told` hears of each record that was written."""

    stock: dict[str, InventoryList]
    switches: Switches
    now: Callable[[], datetime]
    told: Told

    def run(self, name: str, content: bytes, log: list[str]) -> bool:
        """Import a file and write the log; commits are by record, so that a broken file is half there."""
        raw = gzip.decompress(content) if name.endswith(".gz") else content
        good = True
        number, seen, current = 0, set[str](), None
        try:
            for _, element in etree.iterparse(io.BytesIO(raw), resolve_entities=False, no_network=True):
                if element.tag == f"{NAMESPACE}header":
                    current = self._list(element.get("list-id", ""))
                elif element.tag == f"{NAMESPACE}record":
                    number += 1
                    good = self._record(current, element, log, seen) and good
                    element.clear()
        except (etree.XMLSyntaxError, FeedError) as error:
            log.append(f"ERROR {name}: {error}")
            return False
        if current is not None and self.switches["import_mode"] == "replace":
            for sku in set(current.records) - seen:
                del current.records[sku]
        log.append(f"INFO {name}: {number} records read")
        return good

    def _list(self, name: str) -> InventoryList:
        if name not in self.stock:
            raise FeedError(f"inventory list '{name}' does not exist")
        return self.stock[name]

    def _record(
        self, stock: InventoryList | None, element: etree._Element, log: list[str], seen: set[str]
    ) -> bool:
        sku = element.get("product-id", "")
        try:
            self._write(stock, sku, element)
        except FeedError as error:
            log.append(f"ERROR Record '{sku}' was not imported: {error}")
            return False
        seen.add(sku)
        return True

    def _write(self, stock: InventoryList | None, sku: str, element: etree._Element) -> None:
        if stock is None:
            raise FeedError("a record before its header")
        if not 1 <= len(sku) <= LONGEST_ID:
            raise FeedError(f"product-id has {len(sku)} characters")
        if sku in self.switches["unknown_products"].split(","):
            raise FeedError("no such product")
        if element.get("mode") == "delete":
            stock.records.pop(sku, None)
            return
        if self.switches["import_mode"] == "update" and sku not in stock.records:
            return
        try:
            units = Decimal(element.findtext(f"{NAMESPACE}allocation") or "0")
            dated = element.findtext(f"{NAMESPACE}allocation-timestamp")
            at = datetime.fromisoformat(dated) if dated else self.now()
        except (InvalidOperation, ValueError) as error:
            raise FeedError(f"allocation cannot be read: {error}") from error
        if units < 0:
            raise FeedError("allocation is negative")
        stock.allocate(sku, units, at, self.now())
        stock.touch(sku, self.now())
        self.told(stock.name, sku, units)
