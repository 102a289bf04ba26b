"""The figures of stock: what is out of the ordinary, and what audits have found."""

from collections.abc import Iterator

from sqlalchemy import RowMapping

from sync.console.figures import Figure
from sync.store.audits import PostgresAudits
from sync.store.tallies import REFUSED, PostgresTallies

_LIST = ("inventory_list",)
_SUMS = {
    "audited": "Records of the storefront that were read back.",
    "drifted": "Records that were not as they had been written.",
    "repaired": "Records that were written again because of that.",
}


def stock_figures(audits: PostgresAudits, tallies: PostgresTallies) -> Iterator[Figure]:
    """Yield the figures by inventory list, as they are now."""
    yield from _findings(tallies)
    last: dict[tuple[str, ...], RowMapping] = {(row["inventory_list"],): row for row in audits.last()}
    for name, text in _SUMS.items():
        sums = {key: float(row[f"{name}_total"]) for key, row in last.items()}
        yield Figure(f"orderbridge_audit_{name}", text, _LIST, sums, grows=True)
    yield Figure(
        "orderbridge_audit_last_run_timestamp_seconds",
        "When the last audit of a list ended.",
        _LIST,
        {key: row["finished_at"].timestamp() for key, row in last.items()},
    )
    yield Figure(
        "orderbridge_audit_last_failed",
        "1 where the last audit could not be brought to its end.",
        _LIST,
        {key: float(bool(row["error"])) for key, row in last.items()},
    )
    yield Figure(
        "orderbridge_audit_open_drifts",
        "Records that differ and have not been seen to agree since.",
        (*_LIST, "kind"),
        {(row["inventory_list"], row["kind"]): float(row["skus"]) for row in audits.open()},
    )


def _findings(tallies: PostgresTallies) -> Iterator[Figure]:
    found = {(row["inventory_list"], row["matter"]): row for row in tallies.all()}
    yield Figure(
        "orderbridge_stock_findings",
        "SKUs out of the ordinary: negative, uncounted, disappeared, renamed, strange warehouse, refused.",
        (*_LIST, "matter"),
        {key: float(row["skus"]) for key, row in found.items()},
    )
    counted: dict[tuple[str, ...], RowMapping] = {
        (row["inventory_list"],): row for row in found.values() if row["matter"] != REFUSED
    }
    yield Figure(
        "orderbridge_stock_findings_timestamp_seconds",
        "When they were counted; refused ones are counted when asked for.",
        _LIST,
        {key: row["counted_at"].timestamp() for key, row in counted.items()},
    )
