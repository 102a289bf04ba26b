from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest

from schemas.orderflow.stock import counts, streamed_counts
from schemas.orderflow.xml import MissingDataError, UnusableError
from sync.core.errors import Rejected
from sync.core.inventory import Count, Unreadable

AS_OF = datetime(2026, 7, 1, 12, tzinfo=UTC)
PUSH = """<inventory messageId="40802">
  <product inventoryId="88120" sequenceId="88121" externalReference="X" organisation="acme" site="MAIN"
           total="118" available="-3" lastOrderExported="2026-07-01T09:00:00"/>
  <product inventoryId="88122" externalReference="Y" site="NORTH" available="98"/>
  <product inventoryId="88123" externalReference="" site="NORTH" available="98"/>
</inventory>"""
EXPECTED = [
    Count(
        organisation="acme",
        sku="X",
        warehouse="MAIN",
        available=-3,
        sequence=88121,
        as_of=AS_OF,
        last_exported=datetime(2026, 7, 1, 9, tzinfo=UTC),
    ),
    Count(organisation="acme", sku="Y", warehouse="NORTH", available=98, sequence=88122, as_of=AS_OF),
]


def test_a_push_tells_counts() -> None:
    assert counts(PUSH, "acme", AS_OF) == EXPECTED


def test_a_pull_tells_the_same_counts_but_no_stamp_since_its_time_is_exact() -> None:
    unstamped = [replace(count, last_exported=None) for count in EXPECTED]
    assert list(streamed_counts(BytesIO(PUSH.encode()), "acme", AS_OF)) == unstamped


def test_a_large_pull_is_read_to_its_end() -> None:
    product = '<product inventoryId="{n}" externalReference="S{n}" site="MAIN" available="{n}"/>'
    body = "<inventory>" + "\n".join(product.format(n=n) for n in range(20_000)) + "</inventory>"
    read = list(streamed_counts(BytesIO(body.encode()), "acme", AS_OF))
    assert [count.available for count in read] == list(range(20_000))


def test_every_bad_number_of_a_push_is_named() -> None:
    bad = PUSH.replace('available="-3"', 'available="few"').replace('inventoryId="88122"', "")
    with pytest.raises(Rejected) as caught:
        counts(bad, "acme", AS_OF)
    assert sorted(caught.value.fields) == ["product.0.available", "product.1.sequenceId"]


@pytest.mark.parametrize(
    "number", ["", "1.5", "1e3", "٣", "9" * 19, "9" * 5000, "-"], ids=lambda text: text[:5] or "none"
)
def test_only_whole_64_bit_numbers_are_counts(number: str) -> None:
    with pytest.raises(Rejected):
        counts(PUSH.replace("-3", number), "acme", AS_OF)


def test_a_pull_that_is_an_error_document_raises_the_error() -> None:
    body = b"<error><exception>a.MissingDataException</exception><message>no</message></error>"
    with pytest.raises(MissingDataError):
        list(streamed_counts(BytesIO(body), "acme", AS_OF))


@pytest.mark.parametrize("body", [b"", b"<inventory><product", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'])
def test_a_broken_pull_is_unusable(body: bytes) -> None:
    with pytest.raises(UnusableError):
        list(streamed_counts(BytesIO(body), "acme", AS_OF))


@pytest.mark.parametrize("number", ["1000000000000001", "-1000000000000001"])
def test_a_count_that_could_not_be_summed_up_is_refused(number: str) -> None:
    with pytest.raises(Rejected) as refused:
        counts(PUSH.replace('"98"', f'"{number}"', 1), "acme", AS_OF)
    assert refused.value.fields == {"product.1.available": "must be at most 1000000000000000"}


PRODUCT = '<product inventoryId="{n}" externalReference="{sku}" site="MAIN" available="{n}" {more}/>'


def document(*products: str) -> bytes:
    return f"<inventory>{''.join(products)}</inventory>".encode()


def product(sku: str, n: object = 5, more: str = "") -> str:
    return PRODUCT.format(sku=sku, n=n, more=more)


def read(body: bytes) -> tuple[list[str], dict[str, str]]:
    """The SKUs that a pull yields, and what it ends with."""
    found: list[str] = []
    try:
        found.extend(count.sku for count in streamed_counts(BytesIO(body), "acme", AS_OF))
    except Unreadable as error:
        return found, error.fields
    return found, {}


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (product("B", "4.5"), "inventory.available"),
        (product("B", "1" + "0" * 20), "inventory.available"),
        (product("S" * 300), "externalReference"),
        (product(".."), "externalReference"),
        (product("B", more='organisation="other"'), "organisation"),
    ],
)
def test_one_bad_product_costs_no_other(bad: str, path: str) -> None:
    found, problems = read(document(product("A"), bad, product("C")))
    assert found == ["A", "C"]
    assert f"product.1.{path.rpartition('.')[2]}" in problems


@pytest.mark.parametrize("sku", ["Größe 42", "a/b", "100%", "a,b", "😀", "S" * 256])
def test_any_spelling_of_a_sku_is_taken(sku: str) -> None:
    assert read(document(product(sku))) == ([sku], {})


def test_a_document_that_breaks_off_gives_what_was_complete() -> None:
    found: list[Count] = []
    body = document(*(product(f"S{n}") for n in range(1000)))[:-500]
    with pytest.raises(UnusableError):
        found.extend(streamed_counts(BytesIO(body), "acme", AS_OF))
    assert 900 < len(found) < 1000


def test_a_document_that_is_bad_throughout_names_a_hundred_and_counts_all() -> None:
    with pytest.raises(Unreadable) as caught:
        list(streamed_counts(BytesIO(document(*[product("B", "x")] * 500)), "acme", AS_OF))
    assert (caught.value.bad, len(caught.value.fields), caught.value.skus) == (500, 200, {"B"})


def test_more_bad_skus_than_memory_should_hold_are_no_longer_named() -> None:
    with pytest.raises(Unreadable) as caught:
        list(
            streamed_counts(BytesIO(document(*(product(f"S{n}", "x") for n in range(10_001)))), "acme", AS_OF)
        )
    assert (caught.value.bad, caught.value.skus) == (10_001, None)


def test_products_of_another_organisation_are_told_of_and_say_nothing_about_ours() -> None:
    foreign = [product(f"S{n}", n, 'organisation="other"') for n in range(11_000)]
    with pytest.raises(Unreadable) as caught:
        list(streamed_counts(BytesIO(document(product("A"), *foreign)), "acme", AS_OF))
    assert (caught.value.bad, caught.value.skus) == (11_000, set())
    assert caught.value.fields["product.1.organisation"] == "belongs to other, not to acme"


def test_a_pulled_count_may_have_no_number_and_a_pushed_one_may_not() -> None:
    bare = product("A").replace('inventoryId="5"', "")
    (found,) = streamed_counts(BytesIO(document(bare)), "acme", AS_OF)
    assert (found.available, found.sequence) == (5, 0)
    with pytest.raises(Unreadable) as caught:
        counts(document(bare).decode(), "acme", AS_OF)
    assert list(caught.value.fields) == ["product.0.sequenceId"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_pull_may_be_in_any_encoding_that_it_declares(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{declared}"?>{document(product("Größe 42")).decode()}'
    assert read(text.encode(encoding)) == (["Größe 42"], {})


def test_a_pull_whose_bytes_are_not_what_it_declares_is_unusable() -> None:
    with pytest.raises(UnusableError):
        read(
            b'<?xml version="1.0" encoding="utf-8"?>' + document(product("Größe")).decode().encode("latin-1")
        )


def test_a_push_with_a_bad_product_gives_the_good_ones_with_the_error() -> None:
    with pytest.raises(Unreadable) as caught:
        counts(document(product("A"), product("B", "x")).decode(), "acme", AS_OF)
    assert [count.sku for count in caught.value.counts] == ["A"]
    assert caught.value.skus == {"B"}
