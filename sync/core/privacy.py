"""Personal data in what is kept: how it is recognized, and what stays of a message without it."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from sync.core.errors import Rejected
from sync.core.links import CONTESTED
from sync.core.messages import Draft, Topic
from sync.core.people import normalized

# Counts and baskets are about goods; what a basket holds has no shopper's name.
IMPERSONAL = (Topic.STOCK_CHANGED, Topic.STOCK_REQUESTED, Topic.BASKET_CHANGED)
# What is about an erased order and would only bring its data back: nothing of it is kept or done.
UNWANTED = (Topic.ORDER_PLACED, Topic.ORDER_CHANGED, Topic.LINK_REQUESTED, Topic.UNSUPPORTED)
# Fields of the ownership table whose values name or place a person.
PERSONAL_FIELDS = ("shipment.address", "order.billing", "order.customer", "order.cancellation", CONTESTED)
# What a person decided of a customer's contacts outlasts retention, as links do, and no erasure.
ERASED_FIELDS = (*PERSONAL_FIELDS, "customer.contact")
HIDDEN = "…"
ERASED_NOTE = "erased: nothing of this order is kept"

_EMAIL = re.compile(r"[^\s@<>\"]{1,254}@[^\s@<>\"]{1,253}")
_LONGEST_EMAIL = 254
# What goes before may be a part of the name: `ann@` stands neither in `joann@` nor in `b+ann@`. Signs that
# a name may have by the letter of the standard, and that texts part names with, count as parting them.
_ATEXT = r"\w.&+~-"
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_KIND = re.compile(r"[a-z_.]{1,60}")
# Where the warehouse's people write freely, or are named themselves.
_WORDS = ("reason", "condition", "actor")
_REASSERTION = ("fields", "reference", "asked")


class Why(StrEnum):
    """Why a message has no content any more."""

    RETENTION = "retention"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPolicy:
    """How many days a closed order's personal data is kept."""

    retention_days: int = 90


def email_of(text: str) -> str:
    """Return what a person typed as an e-mail address, normalized; raises `Rejected` email.invalid."""
    email = normalized(text)
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise Rejected("email.invalid", "write a whole e-mail address, like ann@example.com")
    return email


class Mention:
    """Finds an e-mail address in texts of any kind, whatever case and escapes it is written in."""

    def __init__(self, email: str) -> None:
        """Take a normalized address."""
        # A quote before it belongs to it only when the name goes on before the quote.
        before, after = rf"(?<![{_ATEXT}])(?<![{_ATEXT}]')", r"(?![\w-]|\.\w)"
        self.email = email
        self._pattern = re.compile(before + re.escape(email) + after)

    def __call__(self, text: str | None) -> bool:
        """Tell whether the text has the address, as such and not as a part of another one."""
        return any(self._pattern.search(form) for form in _forms(text or ""))

    @property
    def plain(self) -> bool:
        """Whether nobody writes its name with escapes other than those of any letter."""
        return bool(re.fullmatch(r"[a-z0-9._-]+", self.name))

    @property
    def name(self) -> str:
        """What stands before the at sign."""
        return self.email.rpartition("@")[0]


def _forms(text: str) -> Iterator[str]:
    yield normalized(text)
    for read in (_json_text, html.unescape, unquote):
        told = read(text)
        if told != text:
            yield normalized(told)


def _json_text(text: str) -> str:
    return _UNICODE_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).replace("\\/", "/")


def blank_body(draft: Draft, why: Why, on: date, *, reason_attribute: str = "") -> str:
    """Return what stays of a body: which event it was and about what, and why there is no more.

    Of a posting only free words go: the reason of a refusal, which may quote the order, and those of
    returns; the rest is ours or the warehouse's word of goods.
    """
    data = _object(draft.body)
    if draft.topic == Topic.POSTING_PLANNED:
        return _without_words(draft.body, data, reason_attribute)
    blank: dict[str, object] = {"blanked": str(why), "on": on.isoformat()}
    if draft.topic in {Topic.ORDER_PLACED, Topic.ORDER_CHANGED}:
        kind = data.get("type") or data.get("event")
        known = kind if isinstance(kind, str) and _KIND.fullmatch(kind) else str(draft.topic)
        blank = {"type": known, "site": draft.site, "orderNo": draft.key, **blank}
        if known == "order.reassert":
            blank |= {name: data[name] for name in _REASSERTION if name in data}
    return json.dumps(blank, ensure_ascii=False)


def blanked(body: str) -> str:
    """Return why and since when a body is blank, in words; empty when it is whole."""
    if '"blanked"' not in body:
        return ""
    data = _object(body)
    if data.get("blanked") not in set(Why) or data.keys() - {"type", "site", "orderNo", *_REASSERTION} != {
        "blanked",
        "on",
    }:
        return ""
    return f"its content was blanked on {data['on']} ({data['blanked']})"


def refuse_blank(draft: Draft) -> None:
    """Raise `Rejected` body.blanked when a message has lost what it would be worked from."""
    if told := blanked(draft.body):
        raise Rejected("body.blanked", told)


def wordless(value: Any) -> Any:
    """Return JSON values without the words that somebody wrote freely; ids, goods, stages and times stay.

    They stay apart from words that were never said, so that a repeat does not bring them back.
    """
    if isinstance(value, dict):
        told = value.get("type") in {"return", "refund"} if "description" in value else False
        names = (*_WORDS, "description") if told else _WORDS
        return {
            n: HIDDEN if n in names and isinstance(v, str) and v else wordless(v) for n, v in value.items()
        }
    if isinstance(value, list):
        return [wordless(one) for one in value]
    return _wordless_text(value) if isinstance(value, str) and value.startswith("[") else value


def _wordless_text(text: str) -> str:
    """The storefront's attributes hold lists as JSON in a text."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return text
    bare = wordless(rows)
    return (
        text if bare == rows else json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    )


def said(one: str, other: str) -> str:
    """Return which of two words about the same counts: what was taken away once stays away."""
    return HIDDEN if HIDDEN in {one, other} else max(one, other)


def _without_words(body: str, data: dict[str, Any], attribute: str) -> str:
    value = wordless(data.get("value"))
    if attribute and isinstance(value, dict) and value.get(attribute):
        value = {**value, attribute: HIDDEN}
    return body if value == data.get("value") else json.dumps({**data, "value": value}, ensure_ascii=False)


def _object(body: str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
