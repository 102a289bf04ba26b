"""E-mail addresses: what mail systems take arrives, everything else is refused at its path."""

import pytest
from marshmallow import Schema, ValidationError

from schemas.fields import LONGEST_EMAIL, Email

ONE = Schema.from_dict({"email": Email(allow_none=True)})()


def read(text: object) -> str:
    return str(ONE.load({"email": text})["email"])


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.test",
        "ada+orders@example.test",
        "ada.king-noel@shop.example.co.uk",
        "o'neill@example.test",
        "ada@bücher.example",
        "ada@xn--bcher-kva.example",
        "用户@例子.测试",
        "ada_1@123.example",
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"[:LONGEST_EMAIL],
    ],
)
def test_a_mailable_address_arrives_as_it_is(address: str) -> None:
    assert read(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "a@localhost",
        "ada",
        "@example.test",
        "ada@",
        "ada king@example.test",
        "ada@exam ple.test",
        "ada@@example.test",
        "ada@king@example.test",
        '"ada@king"@example.test',
        "ada@example.test.",
        ".ada@example.test",
        "ada.@example.test",
        "a..da@example.test",
        "ada@.test",
        "ada@example..test",
        "ada@-example.test",
        "ada\x00@example.test",
        "ada\n@example.test",
        "ada@example.test\r\nBcc: all@example.test",
        "ada\u200b@example.test",
        "ada\u202e@example.test",
        "ada@example.test, eve@example.test",
        "Ada <ada@example.test>",
        f"{'a' * 65}@example.test",
        f"ada@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.example",
    ],
)
def test_what_no_mail_system_takes_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="e-mail"):
        read(address)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  ada@example.test\n", "ada@example.test"),
        ("Ada.King@EXAMPLE.Test", "Ada.King@example.test"),
        ("ada@BU\u0308CHER.example", "ada@bücher.example"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_blanks_around_go_and_the_domain_is_lower_case_while_the_name_keeps_its_own(
    typed: str, kept: str
) -> None:
    assert read(typed) == kept
