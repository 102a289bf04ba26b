"""The `privacy` table of a site: how long personal data is kept."""

from typing import Any

from marshmallow import fields, post_load, validate

from config.tables import Table
from sync.core.privacy import PrivacyPolicy

_LONGEST = 3650
_DAYS = f"Write days from 1 to {_LONGEST}; there is no keeping for ever."


class PrivacySchema(Table):
    """How long the personal data of the site's closed orders is kept."""

    retention_days = fields.Integer(
        strict=True, load_default=90, validate=validate.Range(1, _LONGEST, error=_DAYS)
    )

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> PrivacyPolicy:
        """Return the core value."""
        return PrivacyPolicy(**data)
