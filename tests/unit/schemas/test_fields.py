from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError, fields

from schemas.fields import CrmId, Currency, Key, Locale, Money, Quantity, Sku, Text, Timestamp, clean


def _said(value: object) -> str:
    """Name a case; a field's own text has an address in it, and would be another in every process."""
    return type(value).__name__ if isinstance(value, fields.Field) else str(value)


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        (Money(), Decimal("-2.40"), Decimal("-2.40")),
        (Money(), 3, Decimal(3)),
        (Quantity(), Decimal("3.0"), 3),
        (Currency(), "JPY", "JPY"),
        (Locale(), "en-gb", "en_GB"),
        (Locale(), "default", ""),
        (Timestamp(), "2026-08-19T09:31:06.000Z", datetime(2026, 8, 19, 9, 31, 6, tzinfo=UTC)),
        (Timestamp(), "2026-08-19T11:31:06+02:00", datetime(2026, 8, 19, 9, 31, 6, tzinfo=UTC)),
        (Text(), "  a\r\n b\x00\tc ", "a b c"),
        (Text(breaks=True), "a \r\n\r\n b", "a\n\nb"),
        (Text(), None, ""),
        (Sku(), "A B/1", "A B/1"),
        (CrmId(), "001Ab00000XyZ12", "001Ab00000XyZ12IAF"),
        (CrmId(), "003Ab00000QrS34IAC", "003Ab00000QrS34IAC"),
        (CrmId(), None, ""),
    ],
    ids=_said,
)
def test_a_good_value_is_read(field: fields.Field[Any], given: Any, read: Any) -> None:
    assert field.deserialize(given) == read


@pytest.mark.parametrize(
    ("field", "given"),
    [
        (Money(), "3.10"),
        (Money(), True),
        (Money(), Decimal(10) ** 12),
        (Money(), Decimal("NaN")),
        (Quantity(), Decimal("1.5")),
        (Quantity(), 0),
        (Quantity(), -1),
        (Quantity(), 10**9),
        (Currency(), "gbp"),
        (Currency(), "N/A"),
        (Locale(), "xx_QQ"),
        (Timestamp(), "yesterday"),
        (Text(5), "too long"),
        (Text(required=True), " "),
        (Sku(), "A\nB"),
        (Sku(), " A"),
        (Key(3), "ABCD"),
        (CrmId(), "001"),
        (CrmId(), "001Ab00000Xy'12"),
    ],
    ids=_said,
)
def test_a_bad_value_is_refused(field: fields.Field[Any], given: Any) -> None:
    with pytest.raises(ValidationError):
        field.deserialize(given)


def test_text_is_composed() -> None:
    assert clean("Cafe\u0301") == "Café"
