"""External ids of what is written: made of what a fact is, never of when or how it came."""

import hashlib
import json
import re

# The CRM takes keys that differ in case alone for one; without letters in lower case none do.
_PLAIN = re.compile(r"[0-9A-Z][0-9A-Z._-]{0,59}", re.ASCII)
_STRANGE = re.compile(r"[^0-9A-Za-z.-]+", re.ASCII)
# An external id holds 255 characters.
_SHOWN = 150


def order_key(site: str, order_no: str) -> str:
    """Return the key of an order: `<site>:<order number>`."""
    return _joined(site, (), order_no)


def shipment_key(site: str, order_no: str, shipment: str) -> str:
    """Return the key of a shipment."""
    return _joined(site, (), order_no, shipment)


def event_key(site: str, order_no: str, kind: str, *of: str) -> str:
    """Return the key of a fact of a `kind`, a word of ours, about `of`."""
    return _joined(site, (kind.replace(" ", "-"),), order_no, *of)


def _joined(site: str, words: tuple[str, ...], order_no: str, *names: str) -> str:
    """Return the parts between colons; where that could be another's key, a digest of them follows."""
    parts = [site, order_no, *words, *names]
    if all(_PLAIN.fullmatch(one) for one in (order_no, *names)):
        return ":".join(parts)
    digest = hashlib.sha256(json.dumps([len(words), *parts]).encode()).hexdigest()[:32]
    shown = ":".join(_STRANGE.sub("_", part) for part in parts)
    return f"{shown[:_SHOWN]}~{digest}"
