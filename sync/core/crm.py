"""What a site has to do with the Salesforce CRM: whom it matches, and where its agents look."""

from dataclasses import dataclass, field
from enum import StrEnum

from sync.core.agent_policy import AgentPolicy


class MatchRule(StrEnum):
    """How a contact is known to be the storefront's customer; `list` is the customer list."""

    CUSTOMER_ID = "customer_id"
    LIST_NUMBER = "list_number"
    LIST_EMAIL_NAME = "list_email_name"
    LIST_EMAIL = "list_email"
    EMAIL_NAME = "email_name"


class AgentPlace(StrEnum):
    """Where an agent sees what became of an order."""

    STOREFRONT = "storefront"
    CONSOLE = "console"
    CRM = "crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmPolicy:
    """The rules of a site.

    `match` is tried in its order until a rule finds somebody; without any, nothing is looked up.
    `wait`: an order waits for its contact, also while the CRM is down. The attributes are the storefront's
    on order and profile, the properties those of the warehouse's order.
    """

    account_attribute: str = "c_b2ccrm_accountId"
    contact_attribute: str = "c_b2ccrm_contactId"
    account_property: str = "userDefined2"
    contact_property: str = "userDefined3"
    customer_property: str = "userDefined4"
    customer_list: str = ""
    match: tuple[MatchRule, ...] = ()
    wait: bool = False
    person_accounts: bool = False
    agent: AgentPlace = AgentPlace.STOREFRONT
    records: AgentPolicy = field(default_factory=AgentPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The ids of a contact and of its account, 18 characters; the account may be missing."""

    contact_id: str
    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row of a collection; `codes` are the CRM's own, or NOT_SENT.

    The latter is a row that it could not have read: without its key, or with a value that is none. `detail`
    quotes no text of the row.
    """

    key: str
    written: bool
    created: bool = False
    record_id: str = ""
    codes: tuple[str, ...] = ()
    detail: str = ""
