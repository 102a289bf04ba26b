"""Omnichannel Inventory: records of `batch-update` (headless availability v1) and of an NDJSON import."""

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import IO, Any

from sync.core.allocations import Allocation
from sync.core.times import stamp

_NAMES = ("recordId", "record_id", "actionRequestId", "id")


def record_id(location: str, allocation: Allocation) -> str:
    """Return the id that makes a repeat of this very record harmless."""
    facts = [location, allocation.sku, allocation.units, allocation.at.isoformat()]
    return str(uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(facts)))


def record_of(location: str, allocation: Allocation) -> dict[str, Any]:
    """Return a record: what is on hand at the location, and since when.

    Nothing is said of safety stock and futures, so they stay what they are.
    """
    # ASSUMPTION: the headless API has the members of its documented twin, under the names of the import.
    return {
        "recordId": record_id(location, allocation),
        "location": location,
        "sku": allocation.sku,
        "onHand": allocation.units,
        "effectiveDate": stamp(allocation.at),
    }


def write_import(to: IO[bytes], location: str, allocations: Iterable[Allocation]) -> int:
    """Write one record a line; return how many there are."""
    number = 0
    for allocation in allocations:
        to.write(json.dumps(record_of(location, allocation)).encode() + b"\n")
        number += 1
    return number


def errors_of(document: Any, ids: Mapping[str, str]) -> dict[str, str]:
    """Return SKU → reason of the records that an answer calls failed; `ids` maps record ids to SKUs."""
    rows = document.get("errors") if isinstance(document, dict) else None
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else []:
        sku = _sku_of(row, ids) if isinstance(row, dict) else ""
        if sku:
            found[sku] = str(row.get("message") or row.get("detail") or row.get("errorCode") or "refused")
    return found


def results_of(text: str, most: int) -> dict[str, str]:
    """Return SKU → reason out of an import's results, a JSON document or one a line."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        failed = isinstance(row, dict) and re.search(
            "err|fail", str(row.get("status", "error")), re.IGNORECASE
        )
        if failed and isinstance(row.get("sku"), str) and len(found) < most:
            found[row["sku"]] = str(row.get("message") or row.get("errorMessage") or "refused")
    return found


def _sku_of(row: Mapping[str, Any], ids: Mapping[str, str]) -> str:
    if isinstance(row.get("sku"), str):
        return str(row["sku"])
    return next((ids[str(row[name])] for name in _NAMES if str(row.get(name)) in ids), "")
