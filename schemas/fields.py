"""The kinds of values that wire documents carry, each checked once and the same everywhere."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import Locale as BabelLocale
from babel import UnknownLocaleError
from babel.numbers import get_currency_precision, list_currencies
from marshmallow import ValidationError, fields
from marshmallow.validate import Email as ValidateEmail
from marshmallow.validate import Length

from sync.core.record_ids import whole_id

CURRENCIES = frozenset(list_currencies())
LARGEST_AMOUNT = Decimal(10) ** 12
MOST_DECIMALS = 20
LARGEST_QUANTITY = 1_000_000
# As mail systems limit an address, and what stands before its @.
LONGEST_EMAIL, LONGEST_USER = 254, 64
_NO_EMAIL = "is not an e-mail address"
CRM_ID = (15, 18)


def clean(text: str, *, breaks: bool = False) -> str:
    """Return `text` in Unicode NFC without control characters and with blanks squeezed.

    Line breaks become blanks, or are kept as a newline where `breaks` says that they mean something.
    """
    lines = unicodedata.normalize("NFC", text).splitlines()
    tidy = [" ".join("".join(_visible(char) for char in line).split()) for line in lines]
    return ("\n" if breaks else " ").join(line for line in tidy if line or breaks).strip()


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in {"Cc", "Cs", "Cn"} else char


def length(shortest: int, longest: int) -> Length:
    """Return the check that a text has so many characters."""
    return Length(shortest, longest, error=f"must have {shortest} to {longest} characters")


class Text(fields.String):
    """Cleaned text of at most `longest` characters; missing and null are the empty string."""

    def __init__(self, longest: int = 256, *, breaks: bool = False, **more: Any) -> None:
        """Take marshmallow's own options too; a required text must not be blank."""
        self._breaks = breaks
        shortest = 1 if more.get("required") else 0
        if not shortest:
            more.setdefault("load_default", "")
        within = length(shortest, longest)
        super().__init__(validate=within, allow_none=not shortest, **more)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **more: Any
    ) -> Any:
        """Read null as the empty string where a value is not required."""
        return super().deserialize("" if value is None and self.allow_none else value, attr, data, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        return clean(super()._deserialize(value, attr, data, **more), breaks=self._breaks)


class Key(fields.String):
    """An identifier that must be kept as it is: never blank, no control characters, no blanks around it."""

    def __init__(self, longest: int, **more: Any) -> None:
        """Take marshmallow's own options too."""
        super().__init__(validate=[length(1, longest), _unchanged_by_cleaning], **more)


def _unchanged_by_cleaning(value: str) -> None:
    if any(unicodedata.category(char) in {"Cc", "Cs", "Cn", "Zl", "Zp"} for char in value):
        raise ValidationError("must not contain control characters")
    if value != value.strip():
        raise ValidationError("must not begin or end with blanks")


class SharedKey(Key):
    """An identifier by which the warehouse knows a thing too: only what its property lines carry unchanged.

    A backslash, a `[BR]` and letters apart from their accents would make it another one over there.
    """

    def __init__(self, longest: int, **more: Any) -> None:
        """Take marshmallow's own options too."""
        super().__init__(longest, **more)
        self.validators.append(_carried_unchanged)


def _carried_unchanged(value: str) -> None:
    found = [mark for mark in ("\\", "[BR]") if mark in value]
    if found:
        raise ValidationError(f"must not contain {found[0]}, which the warehouse reads as something else")
    if value != unicodedata.normalize("NFC", value):
        raise ValidationError("must have its accents in one with their letters (Unicode NFC)")


class Sku(SharedKey):
    """A product number as both systems know it."""

    def __init__(self, **more: Any) -> None:
        """Take marshmallow's own options."""
        super().__init__(100, **more)


class Money(fields.Field[Decimal]):
    """A finite amount, exact; at most twelve digits before the point. Booleans and texts are not numbers."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Decimal:
        del attr, data, more
        number = exact(value)
        if abs(number) >= LARGEST_AMOUNT or -int(number.as_tuple().exponent) > MOST_DECIMALS:
            raise ValidationError("is out of range")
        return number


class Email(fields.String):
    """An e-mail address, trimmed, its domain in lower case; missing and null are the empty string.

    Letters of every script may stand on both sides of the @. Refused is what mail systems, or the
    warehouse's 255 characters, would not take: a bare host, blanks, control characters, a second @.
    """

    def __init__(self, **more: Any) -> None:
        """Take marshmallow's own options."""
        super().__init__(load_default="", **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = unicodedata.normalize("NFC", str(super()._deserialize(value, attr, data, **more)).strip())
        user, _, domain = text.rpartition("@")
        if not text:
            return ""
        if len(text) > LONGEST_EMAIL or len(user) > LONGEST_USER:
            raise ValidationError(f"is longer than an e-mail address may be ({LONGEST_EMAIL} characters)")
        if "@" in user or "." not in domain or any(unicodedata.category(char)[0] in "CZ" for char in text):
            raise ValidationError(_NO_EMAIL)
        return ValidateEmail(error=_NO_EMAIL)(f"{user}@{domain.lower()}")


def exact(value: Any) -> Decimal:
    """Return a JSON number as `Decimal`; raises `ValidationError`."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValidationError("must be a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValidationError("must be a number") from None
    if not number.is_finite():
        raise ValidationError("must be finite")
    return number


class Quantity(fields.Field[int]):
    """A whole positive number of units; the storefront writes it as a decimal (`2.0`)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        del attr, data, more
        number = exact(value)
        if number != number.to_integral_value() or not 0 < number <= LARGEST_QUANTITY:
            raise ValidationError("must be a whole positive number")
        return int(number)


class Currency(fields.String):
    """An ISO 4217 code."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        code = str(super()._deserialize(value, attr, data, **more))
        if code not in CURRENCIES:
            raise ValidationError("is not an ISO 4217 currency code")
        return code


def digits(currency: str) -> int:
    """Return the number of decimals of a currency."""
    return get_currency_precision(currency)


class Locale(fields.String):
    """A locale that CLDR knows (`en_GB` or `en-GB`); the storefront's `default` reads as empty."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        name = str(super()._deserialize(value, attr, data, **more)).strip()
        if name in {"", "default"}:
            return ""
        try:
            return str(BabelLocale.parse(name.replace("-", "_")))
        except (UnknownLocaleError, ValueError):
            raise ValidationError("is not a known locale") from None


class Timestamp(fields.String):
    """An ISO 8601 time as an aware UTC datetime."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        try:
            read = datetime.fromisoformat(text)
            # ASSUMPTION: a time without a zone is UTC, as every documented example is.
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("is not an ISO 8601 time") from None


class CrmId(fields.String):
    """A Salesforce record id, given in 15 or 18 characters and kept in 18; null and missing are empty."""

    def __init__(self, **more: Any) -> None:
        """Take marshmallow's own options."""
        super().__init__(load_default="", allow_none=True, **more)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **more: Any
    ) -> Any:
        """Read null as the empty string."""
        return super().deserialize("" if value is None else value, attr, data, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **more)).strip()
        if not text:
            return ""
        if len(text) not in CRM_ID or not (text.isascii() and text.isalnum()):
            raise ValidationError("is not a Salesforce record id")
        return text if len(text) == max(CRM_ID) else whole_id(text)
