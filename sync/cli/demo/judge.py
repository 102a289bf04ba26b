"""The judge: compares storefront, warehouse and ledger, reading only what each says of itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.cli.demo.remotes import Remotes

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of the table: what each side counts."""

    site: str
    what: str
    storefront: int
    warehouse: int
    ledger: int

    @property
    def agrees(self) -> bool:
        """Whether all three say the same."""
        return self.storefront == self.warehouse == self.ledger


@dataclass(frozen=True, slots=True)
class Verdict:
    """The table and everything that is wrong."""

    tallies: list[Tally]
    problems: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether both sides and the ledger are in step and nothing happened twice."""
        return not self.problems and all(tally.agrees for tally in self.tallies)


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger's own numbers: (site, what) → order numbers."""

    orders: Mapping[tuple[str, str], set[str]]

    def count(self, site: str, what: str) -> int:
        """Return how many orders of the site the ledger counts under `what`."""
        return len(self.orders.get((site, what), ()))


def judge(remotes: Remotes, placed: Iterable[Row], books: Books) -> Verdict:
    """Compare order by order and SKU by SKU, and read both journals for repeated effects."""
    valid = {(row["site"], row["orderNo"]): bool(row["valid"]) for row in placed}
    storefront = {(row["site"], row["orderNo"]): row for row in remotes.storefront_orders()}
    warehouse = _by_order(
        remotes.warehouse_orders(), {row["order_reference"] for row in remotes.warehouse_returns()}
    )
    tallies = [
        tally
        for site in sorted({site for site, _ in valid})
        for tally in _tallies(site, valid, storefront, warehouse, books)
    ]
    problems = [*_order_problems(storefront, warehouse), *_stock_problems(remotes), *_repeats(remotes)]
    return Verdict(tallies, problems)


def _by_order(rows: Iterable[Row], returned: set[str]) -> dict[tuple[str, str], list[Row]]:
    """Group warehouse orders by the storefront order they belong to; a suffix marks a further shipment."""
    orders: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        orders.setdefault((row["channel"], row["reference"].split("-S")[0]), []).append(
            {**row, "returned": row["reference"] in returned}
        )
    return orders


def _tallies(
    site: str,
    valid: Mapping[tuple[str, str], bool],
    storefront: Mapping[tuple[str, str], Row],
    warehouse: Mapping[tuple[str, str], list[Row]],
    books: Books,
) -> list[Tally]:
    ours = [row for (name, _), row in storefront.items() if name == site]
    theirs = [rows for (name, _), rows in warehouse.items() if name == site]
    bad = [key for key, fine in valid.items() if key[0] == site and not fine]
    good = [key for key, fine in valid.items() if key[0] == site and fine]

    def tally(what: str, here: int, there: int) -> Tally:
        return Tally(site, what, here, there, books.count(site, what))

    return [
        tally("placed", len(ours), len(good) + len(bad)),
        tally("rejected", _count(ours, "exportStatus", "failed"), sum(key not in warehouse for key in bad)),
        tally("pushed", _count(ours, "exportStatus", "exported"), len(theirs)),
        tally(
            "shipped", _count(ours, "shippingStatus", "shipped", "part_shipped"), sum(map(_shipped, theirs))
        ),
        tally("canceled", _count(ours, "status", "cancelled"), sum(map(_canceled, theirs))),
        tally("returned", sum(map(_told_return, ours)), sum(map(_returned, theirs))),
    ]


def _count(rows: Iterable[Row], name: str, *values: str) -> int:
    return sum(row[name] in values for row in rows)


def _shipments(rows: Iterable[Row]) -> list[Row]:
    return [shipment for row in rows for shipment in row["shipments"]]


def _shipped(rows: list[Row]) -> bool:
    return any(shipment["state"] == "despatched" for shipment in _shipments(rows))


def _canceled(rows: list[Row]) -> bool:
    return all(shipment["state"] == "cancelled" for shipment in _shipments(rows))


def _returned(rows: list[Row]) -> bool:
    return any(row["returned"] for row in rows)


def _told_return(row: Row) -> bool:
    return any(kind == "return" for kind, _ in row["events"])


def _order_problems(
    storefront: Mapping[tuple[str, str], Row], warehouse: Mapping[tuple[str, str], list[Row]]
) -> list[str]:
    return [
        f"{key}: the storefront was not told of parcel {number}"
        for key, rows in warehouse.items()
        for shipment in _shipments(rows)
        if shipment["state"] == "despatched"
        for number in shipment["tracking"]
        if number not in str(storefront[key])
    ]


def _stock_problems(remotes: Remotes) -> list[str]:
    """What can be sold plus what is held for orders not handed over must be what the warehouse has."""
    shop, problems = remotes.storefront_stock(), []
    for sku, counts in remotes.warehouse_stock().items():
        available = max(0, sum(count["available"] for count in counts.values()))
        record = shop.get(sku)
        offered = None if record is None else record["ats"] + record["onOrder"]
        if offered != available:
            problems.append(f"stock of {sku}: storefront {offered}, warehouse {available}")
    return problems


def _repeats(remotes: Remotes) -> list[str]:
    return [
        f"{summary['remote']}: {repeat['idempotency_key']} had its effect {repeat['applied']} times"
        for summary in remotes.summaries()
        for repeat in summary["duplicates"]
    ]
