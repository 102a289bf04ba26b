"""Every feed fits the vendor's schema, and is written in flat memory."""

import io
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from schemas.sfcc.inventory import LONGEST_FEED_ID, NAMESPACE, refusal, write_feed
from sync.core.allocations import Allocation

T0 = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
XSD = etree.XMLSchema(etree.parse(Path(__file__).with_name("inventory.xsd")))
ODD = ["A,B", "A/B", "50%", "ÄÖÜ-中文-🎈", "a<b>&\"c'", "a  b", "x" * 100]


def feed(*allocations: Allocation, name: str = "list", default: bool = False) -> etree._Element:
    buffer = io.BytesIO()
    assert write_feed(buffer, name, allocations, default_in_stock=default) == len(allocations)
    document = etree.fromstring(buffer.getvalue())
    XSD.assertValid(document)
    return document


def records(document: etree._Element) -> list[tuple[str | None, ...]]:
    return [
        (one.get("product-id"), one.findtext(f"{{{NAMESPACE}}}allocation"))
        for one in document.iter(f"{{{NAMESPACE}}}record")
    ]


def test_a_feed_holds_numbers_and_the_time_they_were_true() -> None:
    document = feed(Allocation("A", 7, T0), name="sites' list & co")
    assert document.find(f".//{{{NAMESPACE}}}header").get("list-id") == "sites' list & co"  # type: ignore[union-attr]
    assert document.findtext(f".//{{{NAMESPACE}}}allocation-timestamp") == "2026-03-01T12:00:00.123Z"
    assert records(document) == [("A", "7")]


@pytest.mark.parametrize("default", [True, False])
def test_a_feed_restates_the_default_of_the_list(default: bool) -> None:  # noqa: FBT001
    document = feed(Allocation("A", 7, T0), default=default)
    assert document.findtext(f".//{{{NAMESPACE}}}default-instock") == str(default).lower()


def test_times_of_other_zones_become_utc() -> None:
    at = T0.astimezone(timezone(timedelta(hours=-5)))
    document = feed(Allocation("A", 7, at))
    assert document.findtext(f".//{{{NAMESPACE}}}allocation-timestamp") == "2026-03-01T12:00:00.123Z"


@pytest.mark.parametrize("sku", ODD)
def test_odd_product_ids_arrive_as_they_are(sku: str) -> None:
    assert refusal(Allocation(sku, 0, T0), LONGEST_FEED_ID) is None
    assert records(feed(Allocation(sku, 10**12, T0))) == [(sku, str(10**12))]


@pytest.mark.parametrize("sku", ["", "x" * 101, "x" * 300, " a", "a\n", "a\x00b", "a\ud800", "\ufffe"])
def test_what_no_feed_can_hold_is_refused_before_it_spoils_one(sku: str) -> None:
    refused = refusal(Allocation(sku, 1, T0), LONGEST_FEED_ID)
    assert refused is not None
    assert refused.fields.keys() == {"sku"}


@given(st.text(max_size=120), st.integers(0, 10**15))
def test_whatever_is_not_refused_can_be_written_and_read(sku: str, units: int) -> None:
    allocation = Allocation(sku, units, T0)
    if refusal(allocation, LONGEST_FEED_ID) is None:
        assert records(feed(allocation)) == [(sku, str(units))]


def test_an_empty_feed_is_one() -> None:
    assert records(feed()) == []


class Nowhere(io.RawIOBase):
    """A file that keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]


def peak(number: int) -> int:
    tracemalloc.start()
    try:
        write_feed(
            Nowhere(),  # type: ignore[arg-type]
            "list",
            (Allocation(f"SKU-{index}", index, T0) for index in range(number)),
            default_in_stock=False,
        )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_the_records_cost_no_more_memory() -> None:
    peak(100)
    assert peak(20_000) < 2 * peak(2_000) + 100_000
