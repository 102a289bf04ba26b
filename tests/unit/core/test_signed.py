"""A link opens what it was made for until its end, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.signed import Seal, Verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEAL = Seal(("k" * 32,), timedelta(hours=24))
SOON = NOW + timedelta(hours=8)


def parts(seal: Seal, site: str, order_no: str, expires: datetime = SOON) -> tuple[str, str]:
    expiry, sig = seal.query(site, order_no, expires).split("&")
    return expiry.removeprefix("expires="), sig.removeprefix("sig=")


@given(st.text(), st.text())
def test_a_link_opens_its_order_whatever_it_is_called(site: str, order_no: str) -> None:
    assert SEAL.verdict(site, order_no, *parts(SEAL, site, order_no), NOW) is Verdict.GOOD


@given(st.text(), st.text(), st.text(), st.text())
def test_a_link_opens_no_other_order(site: str, order_no: str, other_site: str, other: str) -> None:
    same = (site, order_no) == (other_site, other)
    found = SEAL.verdict(other_site, other, *parts(SEAL, site, order_no), NOW)
    assert found is (Verdict.GOOD if same else Verdict.FORGED)


@given(st.text())
def test_another_signature_opens_nothing(sig: str) -> None:
    expires, right = parts(SEAL, "US", "1")
    assert SEAL.verdict("US", "1", expires, sig, NOW) is (Verdict.GOOD if sig == right else Verdict.FORGED)


def test_a_part_must_not_wander_into_its_neighbour() -> None:
    assert SEAL.verdict("US/1", "2", *parts(SEAL, "US", "1/2"), NOW) is Verdict.FORGED


@pytest.mark.parametrize("spelling", ["0{}", "+{}", " {}", "{}.0", "{}0", "-{}", "", "٣", "1e9", "9" * 400])
def test_the_end_cannot_be_moved_or_written_otherwise(spelling: str) -> None:
    expires, sig = parts(SEAL, "US", "1")
    assert SEAL.verdict("US", "1", spelling.format(expires), sig, NOW) is Verdict.FORGED


def test_a_link_ends_at_its_second() -> None:
    link = parts(SEAL, "US", "1")
    assert SEAL.verdict("US", "1", *link, SOON - timedelta(seconds=1)) is Verdict.GOOD
    assert SEAL.verdict("US", "1", *link, SOON) is Verdict.EXPIRED


def test_a_link_for_longer_than_any_is_none() -> None:
    link = parts(SEAL, "US", "1", NOW + timedelta(hours=25))
    assert SEAL.verdict("US", "1", *link, NOW) is Verdict.FORGED


def test_an_old_key_is_believed_while_it_is_named() -> None:
    link = parts(SEAL, "US", "1")
    both = Seal(("n" * 32, "k" * 32), SEAL.longest)
    assert both.verdict("US", "1", *link, NOW) is Verdict.GOOD
    assert parts(both, "US", "1") != link
    assert Seal(("n" * 32,), SEAL.longest).verdict("US", "1", *link, NOW) is Verdict.FORGED


def test_without_keys_nothing_is_good() -> None:
    link = parts(SEAL, "US", "1")
    assert Seal((), SEAL.longest).verdict("US", "1", *link, NOW) is Verdict.FORGED


def test_a_link_has_a_slash_of_the_number_escaped() -> None:
    link = SEAL.link("https://console.example", "US", "2026/07 <1>", SOON)
    assert link.startswith("https://console.example/orders/US/2026%2F07%20%3C1%3E?expires=")
