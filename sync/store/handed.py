"""What was handed over of an order, and what was paid for it."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.core.orders import Amounts, Order, references, total
from sync.core.postings import Charge, Handed, HandedLine, HandedOrder
from sync.store.models import HandoverLineRow, HandoverRow


def handed(session: Session, site: str, order_no: str, *, accepted: bool) -> HandedOrder:
    """Return those references of the order that are accepted, or those that are not, with their lines.

    Of an order that was canceled when only a part of it had arrived, the rest was never handed over.
    """
    parts = select(HandoverRow).where(
        HandoverRow.site == site,
        HandoverRow.order_no == order_no,
        HandoverRow.accepted_at.is_not(None) if accepted else HandoverRow.accepted_at.is_(None),
    )
    query = select(HandoverLineRow).where(
        HandoverLineRow.site == site,
        HandoverLineRow.reference.in_(parts.with_only_columns(HandoverRow.reference)),
    )
    lines: dict[str, list[HandedLine]] = {}
    for row in session.scalars(query.order_by(HandoverLineRow.reference, HandoverLineRow.position)):
        lines.setdefault(row.reference, []).append(_line(row))
    rows = {row.reference: row for row in session.scalars(parts.order_by(HandoverRow.reference))}
    first = next(iter(rows.values()), None)
    rest = [_charge(row.rest_gross, row.rest_tax, row.rest_listed) for row in rows.values()]
    return HandedOrder(
        site=site,
        order_no=order_no,
        currency=first.currency if first else "",
        taxation=first.taxation if first else "",
        parts=tuple(
            Handed(reference=reference, lines=tuple(some), shipping=_shipping(rows.get(reference)))
            for reference, some in lines.items()
        ),
        rest=next(filter(None, rest), None),
    )


def handed_lines(order: Order, shipment_id: str, reference: str) -> list[HandoverLineRow]:
    """Return the rows of a reference's lines."""
    lines = [line for line in order.lines if line.shipment_id == shipment_id]
    return [
        HandoverLineRow(
            site=order.site,
            reference=reference,
            position=position,
            order_no=order.order_no,
            item_id=line.item_id,
            sku=line.sku,
            quantity=line.quantity,
            gross=line.amounts.gross,
            tax=line.amounts.tax,
            listed=_price(order, line.listed or line.amounts),
        )
        for position, line in enumerate(lines)
    ]


def keep_money(order: Order, rows: Mapping[str, HandoverRow]) -> None:
    """Write into the hand-overs what was paid beside their lines; over all of them it is all there is."""
    wanted = references(order)
    charged = [shipment for shipment in order.shipments if shipment.shipment_id in wanted]
    for shipment in charged:
        row, charge = rows[wanted[shipment.shipment_id]], shipment.charge
        row.taxation = order.taxation
        row.shipping_gross, row.shipping_tax = charge.gross, charge.tax
        taken = sum((discount.amount for discount in shipment.discounts), Decimal(0))
        row.shipping_listed = _price(order, charge) - taken
    rest = order.amounts - order.goods - total(shipment.charge for shipment in charged)
    for row in rows.values():
        mine = row.reference == order.order_no
        row.rest_gross, row.rest_tax = (rest.gross, rest.tax) if mine else (None, None)
        row.rest_listed = _price(order, rest) if mine else None


def _price(order: Order, amounts: Amounts) -> Decimal:
    return amounts.net if order.taxation == "net" else amounts.gross


def _line(row: HandoverLineRow) -> HandedLine:
    return HandedLine(
        item_id=row.item_id,
        sku=row.sku,
        quantity=row.quantity,
        gross=row.gross,
        tax=row.tax,
        listed=row.listed,
    )


def _shipping(row: HandoverRow | None) -> Charge | None:
    return _charge(row.shipping_gross, row.shipping_tax, row.shipping_listed) if row else None


def _charge(gross: Decimal | None, tax: Decimal | None, listed: Decimal | None) -> Charge | None:
    """None where nothing was kept of it."""
    if gross is None or tax is None or listed is None:
        return None
    return Charge(gross=gross, tax=tax, listed=listed)
