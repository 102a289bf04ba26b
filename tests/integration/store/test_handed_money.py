from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from sync.core.messages import Done, Draft, Outcome
from sync.core.orders import Amounts, Discount, Order
from sync.core.ports import HandoverAccepted
from sync.core.postings import Charge
from sync.core.sites import Site

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def amounts(net: str, tax: str) -> Amounts:
    return Amounts(net=Decimal(net), tax=Decimal(tax))


def charge(gross: str, tax: str, listed: str) -> Charge:
    return Charge(gross=Decimal(gross), tax=Decimal(tax), listed=Decimal(listed))


def priced(order: Order) -> Order:
    """Two shipments with shipping, a discount on one of them and on a line, and a gift certificate."""
    first, second = order.shipments
    off = (Discount(amount=Decimal("-2.00")),)
    line = replace(order.lines[0], listed=amounts("12.50", "1.25"))
    return replace(
        order,
        shipments=(
            replace(first, charge=amounts("4.95", "0.50")),
            replace(second, charge=amounts("3.00", "0.30"), discounts=off),
        ),
        lines=(line, *order.lines[1:]),
        amounts=amounts("52.95", "2.80"),
    )


def test_what_was_paid_is_kept_at_the_hand_over(
    book: Any, draft: Callable[..., Draft], site: Site, order: Callable[..., Order]
) -> None:
    book.orders.reserve(order("1", "A", "B", shipments=2), site)
    book.orders.reserve(priced(order("1", "A", "B", shipments=2)), site)
    accept(book, draft)
    found = book.orders.find(site, "1")
    assert found.taxation == "net"
    assert [part.shipping for part in found.parts] == [
        charge("5.45", "0.50", "4.95"),
        charge("3.30", "0.30", "5.00"),
    ]
    assert [(line.tax, line.listed) for line in found.lines] == [(1, Decimal("12.50")), (1, 10)]
    assert found.rest == charge("25.00", "0.00", "25.00")


def test_an_order_handed_over_by_a_version_that_kept_no_money_is_found_all_the_same(
    book: Any, draft: Callable[..., Draft], site: Site, order: Callable[..., Order]
) -> None:
    book.orders.reserve(order("1", "A"), site)
    accept(book, draft)
    with book.sessions.begin() as session:
        nothing = "UPDATE handover SET taxation = '', rest_gross = NULL, shipping_gross = NULL"
        session.execute(sa.text(nothing))
        session.execute(sa.text("UPDATE handover_line SET tax = NULL, listed = NULL"))
    found = book.orders.find(site, "1")
    assert (found.taxation, found.rest, found.parts[0].shipping) == ("", None, None)
    assert found.lines[0].gross == 11


def accept(book: Any, draft: Callable[..., Draft]) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    accepted = HandoverAccepted(site="US", order_no="1", at=T0)
    assert book.settle(message, Done(Outcome.APPLIED), accepted)
