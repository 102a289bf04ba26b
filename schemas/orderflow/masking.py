"""An import document as it may be shown: what may be personal is blotted out."""

import re

HIDDEN = "…"
# A property of a document, or of a comparison of two, which begins with one character of its own.
_PROPERTY = re.compile(r"^([-+ ]?)([A-Za-z][A-Za-z0-9.]*)=(.+)$", re.MULTILINE)
# Whatever is not known to be harmless is hidden, so that a new field is hidden until somebody thinks of it.
_HARMLESS = re.compile(
    r"externalReference|placed|exported|currency|promotionCode|partialOrder|paymentGatewayIdentifier"
    r"|userDefined[15]|(?:delivery|invoice)CountryCode"
    r"|shipment\.(?:deliverySuggestion(?:Code|Name)|orderItem)"
    r"|(?:goods|shipping|total)(?:Price(?:Net|Gross)|Tax)"
    r"|orderLine\.\d+\.(?:product\.externalReference|quantity|description|promotionCode|thirdPartyReference"
    r"|shipment|totalPrice(?:Net|Gross)|totalTax)"
)


def masked_properties(document: str) -> str:
    """Return the document, or a comparison of two, without the values that may be personal."""
    return _PROPERTY.sub(_shown, document)


def _shown(found: re.Match[str]) -> str:
    return found[0] if _HARMLESS.fullmatch(found[2]) else f"{found[1]}{found[2]}={HIDDEN}"
