"""Keys of what agents see: one per fact, for ever, also for a CRM that does not tell A from a."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.core.agents.keys import event_key, order_key, shipment_key
from sync.core.timeline import What

# Numbers as storefronts make them, and what somebody might try.
NAMES = st.one_of(
    st.from_regex(r"[A-Z]{0,3}[0-9]{1,4}(-[0-9S]{1,2})?", fullmatch=True),
    st.text(min_size=1, max_size=12),
    st.sampled_from(["a:b", "a", "A", "A ", "A~", "1:placed", "1", "placed", "ß", "SS", "ss", "<script>"]),
)
KINDS = st.sampled_from(list(What))


@given(NAMES, NAMES)
@example("UK1", "uk1")
@example("SS", "ß")
@example("A", "A ")
@example("A:placed", "A")
def test_two_orders_never_share_a_key(one: str, other: str) -> None:
    same = order_key("UK", one).casefold() == order_key("UK", other).casefold()
    assert same == (one == other)


@given(
    st.tuples(NAMES, KINDS, st.lists(NAMES, max_size=2)), st.tuples(NAMES, KINDS, st.lists(NAMES, max_size=2))
)
def test_two_facts_never_share_a_key(
    one: tuple[str, str, list[str]], other: tuple[str, str, list[str]]
) -> None:
    keys = [event_key("UK", order_no, kind, *of).casefold() for order_no, kind, of in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


@given(NAMES, NAMES, NAMES, KINDS)
def test_what_is_remembered_together_has_different_keys(order_no: str, name: str, of: str, kind: str) -> None:
    keys = [order_key("UK", order_no), shipment_key("UK", order_no, name), event_key("UK", order_no, kind)]
    keys.append(event_key("UK", order_no, kind, of))
    assert len({key.casefold() for key in keys}) == 4


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_key_fits_its_field_and_is_plain(order_no: str, name: str) -> None:
    for key in (order_key("RefArchUK", order_no), shipment_key("RefArchUK", order_no, name)):
        assert len(key) <= 255
        assert key.isascii()
        assert key.isprintable()
        assert not set(key) & set("\"'<>/\\ ")


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (order_key("RefArchUK", "UK00048213"), "RefArchUK:UK00048213"),
        (shipment_key("RefArchUK", "UK1", "UK1-2"), "RefArchUK:UK1:UK1-2"),
        (event_key("RefArchUK", "UK1", What.SHIPPED, "UK1-2"), "RefArchUK:UK1:shipped:UK1-2"),
        (event_key("RefArchUK", "UK1", What.TOLD, "7"), "RefArchUK:UK1:storefront-told:7"),
    ],
)
def test_ordinary_keys_can_be_read(key: str, written: str) -> None:
    assert key == written
