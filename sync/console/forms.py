"""What the console's door for machines answers, as forms that its OpenAPI document is made of."""

from marshmallow import INCLUDE, Schema, fields
from marshmallow.validate import OneOf

from sync.core.timeline import Source, What


class GoodsForm(Schema):
    """Units of a SKU."""

    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)


class EntryForm(Schema):
    """One line of the story; what is particular to its kind stands beside what all have."""

    class Meta:
        """Options of marshmallow: other members are particular to a kind, too."""

        unknown = INCLUDE

    at = fields.DateTime(required=True, metadata={"description": "When it was so, in UTC."})
    local = fields.DateTime(required=True, metadata={"description": "The same in the zone, with its offset."})
    known_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When Orderbridge learned of it."}
    )
    what = fields.String(required=True, validate=OneOf(list(map(str, What))))
    text = fields.String(required=True, metadata={"description": "As a person reads it."})
    source = fields.String(required=True, validate=OneOf(list(map(str, Source))))
    via = fields.String(required=True, metadata={"description": "How it became known: push or poll."})
    actor = fields.String(required=True)
    evidence = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The message that says so."}
    )
    shipment = fields.String()
    items = fields.List(fields.Nested(GoodsForm))


class TimelineForm(Schema):
    """An order's story."""

    site = fields.String(required=True)
    order_no = fields.String(required=True)
    summary = fields.String(required=True, metadata={"description": "Where the order is, in a sentence."})
    track = fields.String(required=True, metadata={"description": "Where the newest parcel can be followed."})
    attention = fields.List(
        fields.String(), required=True, metadata={"description": "What waits for a person."}
    )
    zone = fields.String(required=True, metadata={"description": "The zone of the local times."})
    entries = fields.List(fields.Nested(EntryForm), required=True)


class LinkForm(Schema):
    """A link to the page of one order."""

    url = fields.String(required=True)
    expires_at = fields.DateTime(required=True)


class WhyForm(Schema):
    """The status once more, and what to do."""

    status = fields.Integer(required=True)
    detail = fields.String(required=True)


class RefusalForm(Schema):
    """Why there is no answer."""

    error = fields.Nested(WhyForm, required=True)
