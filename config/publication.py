"""A site's publication table: how numbers reach the storefront's list."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from config.tables import Table
from sync.core.sites import PublicationPolicy


class PublicationSchema(Table):
    """How numbers reach the storefront's list."""

    inventory = fields.String(load_default="lists", validate=validate.OneOf(["lists", "omnichannel"]))
    # ASSUMPTION: the paths of the newer Inventory Lists API, which are not public; used only where asked for.
    api = fields.String(load_default="ocapi", validate=validate.OneOf(["ocapi", "scapi"]))
    batch = fields.Integer(load_default=25, validate=validate.Range(1, 50))
    bulk_from = fields.Integer(load_default=0, validate=validate.Range(min=0))
    feed_job = fields.String(load_default="", validate=validate.Length(max=256))
    feed_folder = fields.String(
        load_default="src/orderbridge",
        validate=validate.Regexp(
            r"src(/[A-Za-z0-9_-]+)+$", error='Name a folder below IMPEX, like "src/orderbridge".'
        ),
    )
    default_in_stock = fields.Boolean(load_default=False)

    @validates_schema
    def _files_have_a_job(self, data: dict[str, Any], **_: object) -> None:
        if data["inventory"] == "lists" and data["bulk_from"] and not data["feed_job"]:
            reason = "Name the job that imports the feed, or leave bulk_from out."
            raise ValidationError(reason, "feed_job")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> PublicationPolicy:
        """Return the core value."""
        return PublicationPolicy(**data)
