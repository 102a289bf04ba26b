"""Links that open one order's page for a time: signed, and good for nothing else."""

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode

# One way to write a time: another spelling would be another link.
_SECONDS = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_PURPOSE = "orderbridge order page, 1"


class Verdict(StrEnum):
    """What a link is worth."""

    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs with the first key and believes all, for links of at most `longest`; no key, no link."""

    keys: Sequence[str]
    longest: timedelta

    def query(self, site: str, order_no: str, expires: datetime) -> str:
        """Return what makes the address of an order's page a link until then, to the second."""
        seconds = int(expires.timestamp())
        return urlencode({"expires": seconds, "sig": _signature(self.keys[0], site, order_no, str(seconds))})

    def link(self, base: str, site: str, order_no: str, expires: datetime) -> str:
        """Return the whole link."""
        path = f"/orders/{quote(site, safe='')}/{quote(order_no, safe='')}"
        return f"{base}{path}?{self.query(site, order_no, expires)}"

    def verdict(self, site: str, order_no: str, expires: str, given: str, now: datetime) -> Verdict:
        """Judge a link, in a time that does not tell how much of a signature is right.

        One that is signed for longer than any link may live was not made here.
        """
        if not _SECONDS.fullmatch(expires):
            return Verdict.FORGED
        ours = [
            hmac.compare_digest(_signature(key, site, order_no, expires).encode(), given.encode())
            for key in self.keys
        ]
        left = int(expires) - now.timestamp()
        if not any(ours) or left > self.longest.total_seconds():
            return Verdict.FORGED
        return Verdict.GOOD if left > 0 else Verdict.EXPIRED


def _signature(key: str, site: str, order_no: str, expires: str) -> str:
    # A list as JSON: no two of them are written alike, whatever the parts hold.
    signed = json.dumps([_PURPOSE, site, order_no, expires]).encode()
    return urlsafe_b64encode(hmac.digest(key.encode(), signed, hashlib.sha256)).decode().rstrip("=")
