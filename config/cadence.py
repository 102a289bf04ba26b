"""The table of a site's cadence, and what a cron line is."""

import re
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from config.tables import Table
from sync.core.cadence import CadencePolicy

# Name, least and greatest value of each field, in their order.
CRON = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))
# Seconds between two audits of a site, at least.
SHORTEST_AUDIT = 60
# Requests a second, at least.
SLOWEST = 0.05
_PART = re.compile(r"(?:\*|([0-9]{1,2})-([0-9]{1,2}))(?:/([1-9][0-9]?))?|([0-9]{1,2})")


def check_cron(line: str) -> None:
    """Raise ValidationError unless the line is empty or five fields of numbers, ranges, lists and steps."""
    given = line.split()
    if given and len(given) != len(CRON):
        raise ValidationError("Give five fields: minute, hour, day, month, weekday, like '*/15 6-22 * * *'.")
    for text, (name, least, greatest) in zip(given, CRON, strict=False):
        if not all(_within(part, least, greatest) for part in text.split(",")):
            raise ValidationError(f"The {name} '{text}' is not *, */n or numbers from {least} to {greatest}.")


def _within(part: str, least: int, greatest: int) -> bool:
    found = _PART.fullmatch(part)
    if found is None or (found[3] and int(found[3]) > greatest):
        return False
    first, last = found[1] or found[4], found[2] or found[4]
    return first is None or least <= int(first) <= int(last) <= greatest


def _rarely(seconds: float) -> None:
    if seconds and seconds < SHORTEST_AUDIT:
        raise ValidationError(f"Write at least {SHORTEST_AUDIT} seconds, or 0 for never.")


class CadenceSchema(Table):
    """When stock is asked for and published."""

    every = fields.Float(load_default=None, allow_none=True, validate=validate.Range(min=1))
    cron = fields.String(load_default="", validate=check_cron)
    debounce = fields.Float(load_default=1.0, validate=validate.Range(0, 10))
    requests_per_second = fields.Float(
        load_default=None,
        allow_none=True,
        # A single write, of two calls at most, must end within the minute for which it is protected.
        validate=validate.Range(min=SLOWEST, error="Write at least {min}, or leave it out for no limit."),
    )
    audit_every = fields.Float(load_default=None, allow_none=True, validate=_rarely)
    audit_cron = fields.String(load_default="", validate=check_cron)
    audit_sample = fields.Integer(load_default=200, strict=True, validate=validate.Range(1, 1_000_000))
    audit_repair = fields.Boolean(load_default=True)

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: object) -> None:
        if data["audit_every"] is not None and data["audit_cron"]:
            raise ValidationError("Give audit_every or audit_cron, not both.", "audit_cron")
        if data["every"] is not None and data["cron"]:
            raise ValidationError("Give every or cron, not both.", "cron")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> CadencePolicy:
        """Return the core value."""
        if data["audit_every"] is None:
            del data["audit_every"]
        return CadencePolicy(**data)
