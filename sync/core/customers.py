"""Who ordered, with the ids by which each system knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A shopper; `account_id` and `contact_id` are Salesforce CRM ids and may appear late."""

    name: str
    email: str
    last_name: str = ""
    number: str = ""
    storefront_id: str = ""
    guest: bool = True
    account_id: str = ""
    contact_id: str = ""
