"""The locations of Omnichannel Inventory: what is on hand in each, and the rules of writing it."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp

LOCATION = re.compile(r"[A-Za-z0-9_-]{2,128}")
LONGEST_TEXT = 256
KEPT: dict[str, Any] = {"safetyStockCount": 0, "futures": []}
Told = Callable[[str, str, Any], None]


class Locations:
    """The shelf of every location; `told` hears of each record that was applied."""

    def __init__(self, switches: Switches, told: Told) -> None:
        self.switches = switches
        self.told = told
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.shelves: dict[str, dict[str, dict[str, Any]]] = {}
        self.seen: set[str] = set()

    def shown(self, location: str, sku: str) -> dict[str, Any] | None:
        """A record as `get-availability` shows it, None where there is none; nothing is ever reserved."""
        row = self.shelves.get(location, {}).get(sku)
        if row is None:
            return None
        left = max(0, row["onHand"] - row["safetyStockCount"])
        ordered = sum(one["quantity"] for one in row["futures"])
        return row | {"reserved": 0, "atf": left, "ato": left + ordered}

    def write(self, record: Any) -> str:
        """Write one record unless it is known or older than what is there; return what is wrong with it."""
        wrong = self._wrong(record)
        if wrong:
            return wrong
        at = datetime.fromisoformat(record["effectiveDate"])
        location, sku, units = record["location"], record["sku"], record["onHand"]
        shelf = self.shelves.setdefault(location, {})
        # ASSUMPTION: a record that is older than the one there is ignored; the exact rule is not documented.
        newer = sku not in shelf or at >= datetime.fromisoformat(shelf[sku]["effectiveDate"])
        if newer and record["recordId"] not in self.seen:
            self.seen.add(record["recordId"])
            # What a record says nothing of stays; an empty value deletes it.
            said = {name: record[name] or empty for name, empty in KEPT.items() if name in record}
            shelf[sku] = KEPT | shelf.get(sku, {}) | said | {"sku": sku, "onHand": units}
            shelf[sku]["effectiveDate"] = stamp(at)
            self.told(location, sku, units)
        return ""

    def _wrong(self, record: Any) -> str:
        if not isinstance(record, dict):
            return "an object is expected"
        for name, (check, reason) in RULES.items():
            if not check(record.get(name)):
                return f"{name} {reason}"
        sku = record["sku"]
        return f"no product '{sku}'" if sku in self.switches["unknown_products"].split(",") else ""


def _location(value: Any) -> bool:
    return isinstance(value, str) and LOCATION.fullmatch(value) is not None


def _text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_TEXT


def _units(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value >= 0


def _units_or_none(value: Any) -> bool:
    return value is None or _units(value)


def _futures(value: Any) -> bool:
    return value is None or (
        isinstance(value, list)
        and all(
            isinstance(one, dict)
            and _units(one.get("quantity"))
            and one["quantity"] > 0
            and _moment(one.get("expectedDate"))
            for one in value
        )
    )


def _moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "location": (_location, "must be 2 to 128 letters, digits, _ or -"),
    "recordId": (_text, f"must be a text of 1 to {LONGEST_TEXT} characters"),
    "sku": (_text, f"must be a text of 1 to {LONGEST_TEXT} characters"),
    "onHand": (_units, "must be a number and not negative"),
    "safetyStockCount": (_units_or_none, "must be a number and not negative"),
    "futures": (_futures, "must be a list of expectedDate and a quantity above 0"),
    "effectiveDate": (_moment, "must be a time with its zone"),
}
