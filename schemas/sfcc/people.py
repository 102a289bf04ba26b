"""Who ordered: the storefront's customer, with the ids that the CRM's connector has put on the order."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from schemas.fields import CrmId
from sync.core.addresses import Address
from sync.core.crm import CrmPolicy
from sync.core.customers import Customer

_ID = CrmId(error_messages={"invalid": "must be a text"})


def strange_ids(document: Mapping[str, Any], policy: CrmPolicy) -> Iterator[tuple[str, str]]:
    """Yield path and reason of each CRM id that is none; the site says which attributes hold them."""
    for name in (policy.account_attribute, policy.contact_attribute):
        try:
            _ID.deserialize(document.get(name))
        except ValidationError as error:
            yield name, str(error.messages[0])


def customer(data: Mapping[str, Any], billing: Address, policy: CrmPolicy) -> Customer:
    """Return the shopper of a loaded order document whose ids are no strange ones."""
    info = data["customer_info"] or {}
    number, guest = info.get("customer_no", ""), info.get("guest")
    custom = data["custom"]
    return Customer(
        name=info.get("customer_name") or data["customer_name"] or billing.contact_name,
        email=info.get("email", ""),
        last_name=billing.last_name,
        number=number,
        storefront_id=info.get("customer_id", ""),
        # Older documents do not tell; a customer number then is the best sign of an account.
        guest=not number if guest is None else guest,
        account_id=_ID.deserialize(custom.get(policy.account_attribute)),
        contact_id=_ID.deserialize(custom.get(policy.contact_attribute)),
    )
