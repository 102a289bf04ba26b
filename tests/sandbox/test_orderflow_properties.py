import pytest

from sync.sandbox.orderflow.properties import numbered, parse


def test_the_first_equals_sign_ends_the_name() -> None:
    assert parse("note=a=b") == {"note": "a=b"}


def test_blanks_before_the_value_mean_nothing_and_those_behind_it_belong_to_it() -> None:
    assert parse("   supplier =  X  ") == {"supplier": "X  "}


def test_of_a_repeated_name_the_last_one_counts() -> None:
    assert parse("total=1\ntotal=2") == {"total": "2"}


def test_br_in_a_value_is_a_line_break() -> None:
    assert parse("comment=Ring[BR]Leave") == {"comment": "Ring\nLeave"}


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_property(separator: str) -> None:
    assert parse(f"a=1{separator}{separator}b=2") == {"a": "1", "b": "2"}


def test_other_line_separators_stay_in_the_value() -> None:
    assert parse("a=1\u20282\u00853") == {"a": "1\u20282\u00853"}


def test_read_simply_a_backslash_or_a_hash_is_just_a_character() -> None:
    assert parse("path=C:\\temp\n#1=yes") == {"path": "C:\\temp", "#1": "yes"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:1\nb 2\nc=3", {"a": "1", "b": "2", "c": "3"}),
        ("# note\n! note\na=1", {"a": "1"}),
        ("a=one \\\n   two", {"a": "one two"}),
        ("a=one\\\\\nb=2", {"a": "one\\", "b": "2"}),
        ("a=\\u00e9\\tx\\q", {"a": "é\txq"}),
        ("a\\=b=1", {"a=b": "1"}),
        ("a=\\ud83d\\ude00\\ud83d", {"a": "😀\ufffd"}),
        ("lonely", {"lonely": ""}),
    ],
)
def test_read_strictly_the_rules_of_java_apply(text: str, expected: dict[str, str]) -> None:
    assert parse(text, strict=True) == expected


def test_a_numbered_list_is_sorted_by_number_and_may_have_gaps() -> None:
    found = {"orderLine.10.quantity": "1", "orderLine.2.quantity": "3", "orderLine.x.quantity": "4"}
    assert numbered(found, "orderLine") == [(2, {"quantity": "3"}), (10, {"quantity": "1"})]
