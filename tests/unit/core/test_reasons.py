"""What the merchant reads on an order that was refused."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sync.core.messages import Dead
from sync.core.postings import Kind, on_acceptance, on_rejection, overtakes
from sync.core.postings.reasons import LONGEST, reason
from sync.core.sites import Route, Site, StockPolicy

SITE = Site(
    name="US",
    currency="USD",
    currencies={"USD": 2},
    locale="en_US",
    taxation="net",
    routes=(Route(channel="web_us", organisation="refarch"),),
    country="US",
    stock=StockPolicy(inventory_list="list", warehouses=("MAIN",)),
    shipping_methods={},
    reason_attribute="c_ofRejection",
)
REFUSED = Dead("warehouse.refused", "US1: no such product", {"shipments.0": "no such product"})


def test_the_reason_is_the_code_and_the_first_field_problems() -> None:
    fields = {f"productItems.{number}": "unknown" for number in range(5)}
    expected = (
        "order.invalid: productItems.0: unknown; productItems.1: unknown; productItems.2: unknown; 2 more"
    )
    assert reason(Dead("order.invalid", "", fields)) == expected


def test_what_the_warehouse_quotes_of_the_shopper_is_blotted_out() -> None:
    text = reason(Dead("warehouse.refused", "a@b.example at +44 20 7946 0000 is\nunknown"))
    assert text == "warehouse.refused: … at … is unknown"


@given(st.dictionaries(st.text(), st.text(), max_size=9), st.text())
def test_a_reason_is_never_longer_than_it_may_be(fields: dict[str, str], detail: str) -> None:
    assert len(reason(Dead("order.invalid", detail, fields))) <= LONGEST


def test_a_rejection_tells_why_before_it_says_failed() -> None:
    why, failed = on_rejection(REFUSED, SITE, "1.1")
    assert why.value == {"c_ofRejection": "warehouse.refused: shipments.0: no such product"}
    assert (failed.kind, failed.value) == (Kind.EXPORT_STATUS, {"status": "failed"})


def test_the_same_reason_is_told_again_of_another_rejection() -> None:
    assert not {one.key for one in on_rejection(REFUSED, SITE, "1.1")} & {
        one.key for one in on_rejection(REFUSED, SITE, "1.2")
    }


def test_acceptance_clears_the_reason_and_overtakes_a_posting_that_would_set_it() -> None:
    why, _ = on_rejection(REFUSED, SITE, "1.1")
    cleared = on_acceptance(["US1"], SITE)[-1]
    assert cleared.value == {"c_ofOrderRef": "US1", "c_ofRejection": None}
    assert overtakes(cleared, why)


def test_a_site_without_an_attribute_for_it_gets_no_reason() -> None:
    silent = replace(SITE, reason_attribute="")
    assert [one.kind for one in on_rejection(REFUSED, silent, "1.1")] == [Kind.EXPORT_STATUS]
    assert on_acceptance(["US1"], silent)[-1].value == {"c_ofOrderRef": "US1"}
