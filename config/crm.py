"""The `crm` table of a site: whom its orders are matched with, and where its agents look."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from config.agents import RecordsSchema
from config.postings import CUSTOM
from config.tables import Table
from sync.core.agent_policy import AgentPolicy
from sync.core.crm import AgentPlace, CrmPolicy, MatchRule

# The warehouse's own free places, or the name of an order attribute.
PROPERTY = validate.Regexp(r"[A-Za-z][A-Za-z0-9_.]{0,59}$|$", error="Write a property like userDefined2.")
PLACES = ("account_property", "contact_property", "customer_property")


class CrmSchema(Table):
    """What the site has to do with the CRM."""

    account_attribute = fields.String(load_default="c_b2ccrm_accountId", validate=CUSTOM)
    contact_attribute = fields.String(load_default="c_b2ccrm_contactId", validate=CUSTOM)
    account_property = fields.String(load_default="userDefined2", validate=PROPERTY)
    contact_property = fields.String(load_default="userDefined3", validate=PROPERTY)
    customer_property = fields.String(load_default="userDefined4", validate=PROPERTY)
    customer_list = fields.String(load_default="", validate=validate.Length(max=256))
    match = fields.List(fields.Enum(MatchRule, by_value=True), load_default=list)
    wait = fields.Boolean(load_default=False)
    person_accounts = fields.Boolean(load_default=False)
    agent = fields.Enum(AgentPlace, by_value=True, load_default=AgentPlace.STOREFRONT)
    records = fields.Nested(RecordsSchema, load_default=AgentPolicy)

    @validates_schema
    def _places_differ(self, data: dict[str, Any], **_: object) -> None:
        used = [data[name] for name in PLACES if data[name]]
        shared = [name for name in PLACES if used.count(data[name]) > 1]
        twice = {name: ["Another id goes to the same property."] for name in shared}
        if twice:
            raise ValidationError(twice)

    @validates_schema
    def _rules_differ(self, data: dict[str, Any], **_: object) -> None:
        if len(set(data["match"])) < len(data["match"]):
            raise ValidationError("Name each rule once.", "match")

    @validates_schema
    def _something_to_wait_for(self, data: dict[str, Any], **_: object) -> None:
        if data["wait"] and not data["match"]:
            raise ValidationError("Nothing is looked up: name the rules in match, or leave it out.", "wait")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> CrmPolicy:
        """Return the core value."""
        return CrmPolicy(**data | {"match": tuple(data["match"])})


def taken_places(crm: CrmPolicy, attributes: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what is wrong with each of the ids' properties that a custom attribute of the site fills too."""
    fills = {place or name: name for name, place in attributes.items()}
    return {
        place: [f"The site's attribute {fills[told]} goes there: name another, or leave it empty."]
        for place in PLACES
        if (told := getattr(crm, place)) in fills
    }
