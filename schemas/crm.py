"""Salesforce CRM's contact, as b2c-crm-sync extends it: only its ids are read."""

from typing import Any

from schemas.base import WireSchema, load
from schemas.fields import CrmId
from sync.core.crm import Contact


class ContactSchema(WireSchema):
    """Two members of the record."""

    contact_id = CrmId(data_key="Id")
    account_id = CrmId(data_key="AccountId")


def read_contact(document: Any) -> Contact:
    """Return the ids of a contact record; raises `Rejected` order.invalid when they are none."""
    return Contact(**load(ContactSchema(), document, code="order.invalid"))
