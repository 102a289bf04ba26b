"""Who is calling: signatures of the storefront, passwords of the warehouse."""

import base64
import binascii
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Final

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sync.receiver.answers import Refused
from sync.receiver.doors import Credential

CHALLENGE: Final = 'Basic realm="orderbridge", charset="UTF-8"'
# What the library, and the standard library below it, raise for a header or a body they do not expect.
_NOT_VERIFIED = (WebhookVerificationError, ValueError, OverflowError)


def check_signature(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], tolerance: int) -> None:
    """Raise Refused credentials.refused unless the body is signed with one of `secrets` within `tolerance` s.

    The answer is the same for every cause, and every secret is tried whatever the others said.
    Source: Standard Webhooks specification, "Verifying signatures".
    """
    matches = [_signed(body, headers, secret) for secret in secrets]
    if not (_recent(headers, tolerance) and any(matches)):
        raise Refused("credentials.refused")


def check_password(header: str | None, accepted: Sequence[Credential]) -> None:
    """Raise Refused credentials.refused unless the header has one of `accepted`; compared in equal time."""
    given = _basic(header or "")
    matches = [hmac.compare_digest(given, f"{each.user}:{each.password}".encode()) for each in accepted]
    if not any(matches):
        raise Refused("credentials.refused", headers={"www-authenticate": CHALLENGE})


def _signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except _NOT_VERIFIED:
        return False
    return True


def _recent(headers: Mapping[str, str], tolerance: int) -> bool:
    try:
        return abs(time.time() - float(headers.get("webhook-timestamp", ""))) <= tolerance
    except ValueError:
        return False


def _basic(header: str) -> bytes:
    scheme, _, value = header.partition(" ")
    try:
        return base64.b64decode(value.strip(), validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b""
