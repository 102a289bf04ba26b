from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.core.errors import Rejected
from sync.core.fulfillment import Item, Known, PaymentRequest, ReturnFact, Shipment, Stage
from sync.core.messages import Dead, Done, Draft, Outcome
from sync.core.orders import Order
from sync.core.ownership import Owner, Word, conflict
from sync.core.ports import ExportConfirmed, HandoverAccepted, ProgressMade
from sync.core.sites import Site

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
Make = Callable[..., Draft]
MakeOrder = Callable[..., Order]
KNOWN = Known(
    shipments={
        "1-1": Shipment(
            name="1-1",
            reference="1",
            stage=Stage.SHIPPED,
            reached={Stage.PACKED: T0, Stage.SHIPPED: T0 + timedelta(hours=1)},
            items=(Item(sku="A", quantity=2, item_id="i0"),),
            items_as_of=(4, T0, 3),
            carrier="DPD",
            service="next day",
            parcels=("P1", "P2"),
            tracking_url="https://track.example/P1",
        )
    },
    returns={
        "R1": ReturnFact(
            return_id="R1", items=(Item(sku="A", quantity=1),), at=T0, reason="torn", refund=True
        )
    },
    payments={
        "1-2": PaymentRequest(shipment="1-2", at=T0, items=(Item(sku="A", quantity=1),), reference="1")
    },
)


def progress(version: int, known: Known = KNOWN, *, closed: bool = False) -> ProgressMade:
    return ProgressMade(site="US", order_no="1", version=version, known=known, at=T0, closed=closed)


def test_stamps_are_whole_seconds_strictly_increasing_and_the_same_on_every_call(
    book: Any, site: Site, order: MakeOrder
) -> None:
    one, two = order("1", "A", "B", shipments=2), order("2")
    first, second = book.orders.reserve(one, site), book.orders.reserve(two, site)
    assert first.keys() == {"1", "1-S2"}
    stamps = [first["1"], first["1-S2"], second["2"]]
    assert stamps == sorted(set(stamps))
    assert all(stamp.microsecond == 0 for stamp in stamps)
    assert book.orders.reserve(one, site) == first


def test_an_order_that_was_changed_after_a_refusal_is_kept_as_it_was_handed_over_in_the_end(
    book: Any, draft: Make, site: Site, order: MakeOrder
) -> None:
    refused = book.orders.reserve(order("1", "A", "B", shipments=2), site)
    assert refused.keys() == {"1", "1-S2"}
    cured = book.orders.reserve(order("1", "C"), site)
    assert cured == {"1": refused["1"]}
    book.add(draft("1"))
    (message,) = book.claim()
    book.settle(message, Done(Outcome.APPLIED), HandoverAccepted(site="US", order_no="1", at=T0))
    found = book.orders.find(site, "1")
    assert [(part.reference, [line.sku for line in part.lines]) for part in found.parts] == [("1", ["C"])]
    assert book.orders.find(site, "1-S2") is None


def test_what_the_warehouse_accepted_is_not_changed_by_a_late_attempt(
    book: Any, draft: Make, site: Site, order: MakeOrder
) -> None:
    stamps = book.orders.reserve(order("1", "A"), site)
    book.add(draft("1"))
    (message,) = book.claim()
    book.settle(message, Done(Outcome.APPLIED), HandoverAccepted(site="US", order_no="1", at=T0))
    assert book.orders.reserve(order("1", "C", "D", shipments=2), site) == stamps
    found = book.orders.find(site, "1")
    assert [line.sku for part in found.parts for line in part.lines] == ["A"]


@pytest.mark.parametrize("first", ["1", "1-S2"])
def test_two_orders_never_share_a_reference(book: Any, site: Site, order: MakeOrder, first: str) -> None:
    orders = {"1": order("1", "A", "B", shipments=2), "1-S2": order("1-S2", "A")}
    stamps = book.orders.reserve(orders.pop(first), site)
    (second,) = orders.values()
    with pytest.raises(Rejected, match="reference 1-S2 belongs to order") as taken:
        book.orders.reserve(second, site)
    assert taken.value.code == "reference.taken"
    assert book.one("SELECT count(*) FROM handover") == len(stamps)


def test_a_reference_finds_its_order_only_once_it_is_accepted(
    book: Any, draft: Make, site: Site, order: MakeOrder
) -> None:
    book.orders.reserve(order("1", "A", "B", shipments=2), site)
    book.add(draft("1"))
    assert book.orders.find(site, "1") is None
    assert not book.orders.accepted(site, "1")
    (message,) = book.claim()
    book.settle(message, Done(Outcome.APPLIED), HandoverAccepted(site="US", order_no="1", at=T0))
    assert book.orders.accepted(site, "1")
    found = book.orders.find(site, "1-S2")
    assert found is not None
    lines = {
        part.reference: [(line.item_id, line.sku, line.quantity) for line in part.lines]
        for part in found.parts
    }
    assert (found.order_no, lines) == ("1", {"1": [("i0", "A", 2)], "1-S2": [("i1", "B", 2)]})


def test_an_unknown_order_is_not_accepted(book: Any, site: Site) -> None:
    assert not book.orders.accepted(site, "nobody")
    assert book.orders.find(site, "nobody") is None
    assert book.orders.known(site, "nobody") == (0, Known())


def test_a_later_acceptance_closes_an_earlier_refusal_of_the_same_order(
    book: Any, draft: Make, site: Site, order: MakeOrder
) -> None:
    book.orders.reserve(order("1"), site)
    book.add(draft("1", "hook"))
    (refused,) = book.claim()
    book.settle(refused, Dead("address.invalid", "bad"))
    book.add(draft("1", "sweep"))
    (cured,) = book.claim()
    book.settle(cured, Done(Outcome.APPLIED), HandoverAccepted(site="US", order_no="1", at=T0))
    row = book.row(refused)
    assert (row["state"], row["outcome"], row["note"]) == (
        "done",
        "superseded",
        "handed over by a later message",
    )


def test_the_first_time_of_acceptance_and_export_is_kept(
    book: Any, draft: Make, site: Site, order: MakeOrder
) -> None:
    book.orders.reserve(order("1"), site)
    for number, at in enumerate([T0, T0 + timedelta(hours=1)]):
        book.add(draft("1", f"e{number}"))
        (message,) = book.claim()
        records = (
            HandoverAccepted(site="US", order_no="1", at=at),
            ExportConfirmed(site="US", order_no="1", at=at),
        )
        book.settle(message, Done(Outcome.APPLIED), *records)
    assert book.one("SELECT accepted_at FROM handover") == T0
    assert book.one("SELECT exported_at FROM handover") == T0


def test_what_is_known_of_an_order_is_read_back_exactly(book: Any, draft: Make, site: Site) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    book.settle(message, Done(Outcome.APPLIED), progress(0))
    assert book.orders.known(site, "1") == (1, KNOWN)


def test_progress_computed_from_a_stale_state_is_not_written_but_computed_anew(
    book: Any, draft: Make, site: Site
) -> None:
    book.add(draft("1", "a", origin="storefront"), draft("1", "b", origin="warehouse"))
    one, two = book.claim()
    follow_up = draft("1", "p", topic="posting.planned", origin="bridge")
    assert book.settle(one, Done(Outcome.APPLIED), progress(0))
    assert book.settle(two, Done(Outcome.APPLIED), follow_up, progress(0, Known()))
    row = book.row(two)
    assert (row["state"], row["error_code"]) == ("due", "progress.stale")
    assert book.orders.known(site, "1") == (1, KNOWN)
    assert book.one("SELECT count(*) FROM message WHERE topic = 'posting.planned'") == 0
    (again,) = book.claim()
    book.settle(again, Done(Outcome.APPLIED), progress(1, Known()))
    assert book.orders.known(site, "1") == (2, Known())


def test_a_stale_settlement_leaves_its_neighbours_alone(book: Any, draft: Make) -> None:
    from sync.core.messages import Settled

    book.add(draft("1", "a", origin="storefront"), draft("1", "b", origin="warehouse"), draft("2", "c"))
    claimed = book.claim()
    records: list[list[object]] = [[progress(0)], [progress(0)], []]
    settled = [
        Settled(message, Done(Outcome.APPLIED), with_it)
        for message, with_it in zip(claimed, records, strict=True)
    ]
    assert book.ledger.settle(settled) == [True, True, True]
    assert [book.row(message)["state"] for message in claimed] == ["done", "due", "done"]


def test_an_order_is_silent_until_something_is_heard_and_no_more_once_closed(
    book: Any, draft: Make, site: Site, order: MakeOrder
) -> None:
    later = T0 + timedelta(hours=1)
    for order_no in ("1", "2"):
        book.orders.reserve(order(order_no), site)
        book.add(draft(order_no))
    for message in book.claim():
        accepted = HandoverAccepted(site="US", order_no=message.key, at=T0)
        book.settle(message, Done(Outcome.APPLIED), accepted)
    assert book.orders.silent(site, later, limit=10) == [("web_us", "1"), ("web_us", "2")]
    book.orders.heard(site, [("web_us", "2")], later)
    assert book.orders.silent(site, later, limit=10) == [("web_us", "1")]
    book.add(draft("1", "fact"))
    (fact,) = book.claim()
    book.settle(fact, Done(Outcome.APPLIED), progress(0, closed=True))
    assert book.orders.silent(site, later + timedelta(days=1), limit=10) == [("web_us", "2")]


def test_the_same_conflict_is_kept_once(book: Any, draft: Make) -> None:
    found = conflict(
        "US",
        "1",
        "shipment.stage",
        storefront="a" * 5_000,
        warehouse="b" * 5_000,
        word=Word(sender=Owner.WAREHOUSE, message=1),
    )
    for number in range(2):
        book.add(draft("1", f"e{number}"))
        (message,) = book.claim()
        book.settle(message, Done(Outcome.APPLIED), found)
    assert book.one("SELECT count(*) FROM conflict") == 1


def test_the_same_conflict_in_other_words_is_one_while_it_is_open(book: Any, draft: Make) -> None:
    for number, told in enumerate(["goods have left", "1: despatched"]):
        found = conflict(
            "US",
            "1",
            "order.cancellation",
            storefront="canceled",
            warehouse=told,
            word=Word(sender=Owner.STOREFRONT, message=number, alarm=not number),
        )
        book.add(draft("1", f"e{number}"))
        (message,) = book.claim()
        book.settle(message, Done(Outcome.APPLIED), found)
    assert book.one("SELECT count(*) FROM conflict") == 1
    assert book.one("SELECT warehouse FROM conflict") == "1: despatched"
    assert book.one("SELECT times FROM conflict") == 2
    assert book.one("SELECT alarm FROM conflict")
