from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.addresses import Address, fitted, misfits
from sync.core.letters import latin
from sync.core.sites import AddressPolicy

HOME = Address(contact_name="A B", lines=("1 Row",), city="Otley", country_code="GB", phone="+441943555012")
NARROW = AddressPolicy(line_length=20)
WORDS = st.text(st.sampled_from("abcdefgh-é東"), min_size=1, max_size=24)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=4)


@given(LINES, st.integers(20, 40))
def test_no_word_is_cut_and_none_is_lost(lines: list[str], length: int) -> None:
    policy = AddressPolicy(line_length=length)
    address = replace(HOME, lines=tuple(lines))
    made = fitted(address, policy)
    if list(misfits(address, policy)):
        assert made == address
        return
    assert len(made.lines) <= policy.street_lines
    assert max(map(len, made.lines)) <= length
    words = " ".join(lines).split()
    assert [word.rstrip(",") for word in " ".join(made.lines).split()] == words


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        (("1 Row", "Flat 2"), ("1 Row", "Flat 2")),
        (("12 Long Winding Street Name",), ("12 Long Winding", "Street Name")),
        (("a", "b", "c", "d", "e"), ("a", "b", "c", "d, e")),
        (("a" * 20, "b" * 20, "c", "d", "e"), ("a" * 20, "b" * 20, "c", "d, e")),
    ],
)
def test_lines_change_only_as_far_as_they_must(lines: tuple[str, ...], written: tuple[str, ...]) -> None:
    assert fitted(replace(HOME, lines=lines), NARROW).lines == written


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"lines": ("x" * 21,)}, "address1"),
        ({"lines": ("word " * 20,)}, "address1"),
        ({"city": "y" * 21}, "city"),
        ({"region": "y" * 21}, "stateCode"),
        ({"contact_name": "y" * 256}, "fullName"),
        ({"company": "y" * 256}, "companyName"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named_and_not_told(change: dict[str, object], path: str) -> None:
    ((member, reason),) = misfits(replace(HOME, **change), NARROW)  # type: ignore[arg-type]
    assert member == path
    assert "yyy" not in reason
    assert "shorten it" in reason


def test_what_the_site_requires_is_asked_for_all_at_once() -> None:
    policy = AddressPolicy(required=("phone", "company", "region", "address2"))
    asked = dict(misfits(replace(HOME, phone=""), policy))
    assert asked.keys() == {"phone", "companyName", "stateCode", "address2"}
    assert not list(misfits(HOME, AddressPolicy(required=("phone",))))
    assert dict(misfits(replace(HOME, phone="ask"), policy))["phone"].startswith(
        "is not a phone number of GB"
    )


def test_accents_come_off_every_member_that_is_printed() -> None:
    accents = replace(HOME, contact_name="Zoë", lines=("Straße",), city="Łódź", region="Ø", company="Æ")
    made = fitted(accents, AddressPolicy(transliterate=True))
    printed = (made.contact_name, *made.lines, made.city, made.region, made.company)
    assert printed == ("Zoe", "Strasse", "Lodz", "O", "AE")
    assert fitted(accents, AddressPolicy()) == accents


def test_what_has_no_latin_spelling_is_named_and_stays() -> None:
    foreign = replace(HOME, city="Москва", lines=("1 Row", "東京 1"))
    found = dict(misfits(foreign, AddressPolicy(transliterate=True)))
    assert found.keys() == {"city", "address2"}
    assert found["city"].startswith("has 6 of 6 characters")
    assert latin("Москва 東京 😀") == "Москва 東京 😀"


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_taking_accents_off_twice_is_the_same_as_once(text: str) -> None:
    assert latin(latin(text)) == latin(text)
