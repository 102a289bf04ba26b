"""What a control call does to the shelves: counting stock anew, and parcels that nobody expected."""

from collections.abc import Iterable

from sync.sandbox.orderflow import returns
from sync.sandbox.orderflow.bodies import Body, describe, wanted_units, whole
from sync.sandbox.orderflow.model import Return, ReturnLine
from sync.sandbox.orderflow.stock import LEVELS, StockRecord
from sync.sandbox.orderflow.warehouse import Unknown, Warehouse


def set_stock(house: Warehouse, changes: Iterable[Body]) -> list[StockRecord]:
    """Count stock anew, all changes or none, and return the changed records.

    A change names `sku`, `site` (default the first warehouse) and absolute quantities, or a `delta` of the
    total. Raises Unknown, ValueError or TypeError.
    """
    checked = [_checked(house, change) for change in changes]
    for record, levels, delta in checked:
        counted = {**levels, "total": levels.get("total", record.total) + delta} if delta else levels
        house.stock.count(record.sku, record.warehouse, counted)
    return [record for record, _, _ in checked]


def _checked(house: Warehouse, change: Body) -> tuple[StockRecord, dict[str, int], int]:
    sku, site = change["sku"], change.get("site", house.sites[0])
    record = _record(house, sku, site)
    levels = {name: whole(name, change[name]) for name in LEVELS if name in change}
    delta = whole("delta", change.get("delta", 0))
    unknown = sorted(set(change) - {"sku", "site", "delta", *LEVELS})
    if unknown or not (levels or "delta" in change):
        raise ValueError(
            f"expected sku, site and some of {', '.join((*LEVELS, 'delta'))}, got {list(change)}"
        )
    if any(quantity < 0 for quantity in levels.values()):
        raise ValueError("quantities must not be negative")
    return record, levels, delta


def receive_stray(house: Warehouse, body: Body) -> Return:
    """Receive a parcel without an order: `lines`, and optionally `site`, `channel`, `authorisation`, `note`.

    Raises Unknown, ValueError or TypeError.
    """
    site, wanted = body.get("site", house.sites[0]), wanted_units(body)
    if not wanted:
        raise ValueError("expected lines with sku and quantity")
    for sku in wanted:
        _record(house, sku, site)
    lines = [ReturnLine(sku, quantity) for sku, quantity in wanted.items()]
    describe(lines, body)
    stray = Return(
        id=house.ids.next(),
        reference="",
        order_reference="",
        authorisation=str(body.get("authorisation", "")),
        lines=lines,
        authorised=False,
        site=site,
        note=str(body.get("note", "")),
        channel=str(body.get("channel", "")),
    )
    returns.receive_stray(house, stray)
    return stray


def _record(house: Warehouse, sku: str, site: str) -> StockRecord:
    try:
        return house.stock.record(sku, site)
    except KeyError:
        raise Unknown(f"no stock record for '{sku}' in '{site}'") from None
