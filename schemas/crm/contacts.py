"""Contacts, and person accounts, as b2c-crm-sync extends them: found by rule, and only their ids are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from schemas.base import WireSchema, load
from schemas.crm.soql import quoted
from schemas.fields import CrmId
from sync.core.crm import Contact, MatchRule
from sync.core.customers import Customer

# More people than anybody can choose from.
MOST = 50
BODY = "remote.malformed"


@dataclass(frozen=True, slots=True)
class _Names:
    """What a kind of record calls its values."""

    kind: str
    contact: str
    account: str
    email: str
    suffix: str

    def of(self, value: str) -> str:
        own = {"email": self.email, "last_name": "LastName"}
        return own.get(value) or f"B2C_{value}{self.suffix}"


_CONTACT = _Names("Contact", "Id", "AccountId", "Email", "__c")
# With person accounts the fields of the contact are reached by its account.
_PERSON = _Names("Account", "PersonContactId", "Id", "PersonEmail", "__pc")
_LIST, _NUMBER, _ID = "CustomerList_ID", "Customer_No", "Customer_ID"

RULES: Mapping[MatchRule, tuple[str, ...]] = {
    MatchRule.CUSTOMER_ID: (_ID,),
    MatchRule.LIST_NUMBER: (_LIST, _NUMBER),
    MatchRule.LIST_EMAIL_NAME: (_LIST, "email", "last_name"),
    MatchRule.LIST_EMAIL: (_LIST, "email"),
    MatchRule.EMAIL_NAME: ("email", "last_name"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A query for people, shown without it.

    `only_list` is the list that somebody must be of who is of any: another list's customer is not ours.
    """

    soql: str
    names: _Names
    only_list: str = ""

    def __repr__(self) -> str:
        return f"Question({self.names.kind})"


def question(
    rule: MatchRule, customer: Customer, customer_list: str, *, person_accounts: bool
) -> Question | None:
    """Return the query of a rule; None when the customer lacks a value of it, or no record can have it."""
    names = _PERSON if person_accounts else _CONTACT
    values = {
        _LIST: customer_list,
        _NUMBER: customer.number,
        _ID: customer.storefront_id,
        "email": customer.email,
        "last_name": customer.last_name,
    }
    if not all(values[one].strip() for one in RULES[rule]):
        return None
    try:
        terms = " AND ".join(f"{names.of(one)} = {quoted(values[one])}" for one in RULES[rule])
    except ValueError:
        return None
    shown = f"{names.contact}, {names.account}, {names.of(_LIST)}"
    only = customer_list if rule is MatchRule.EMAIL_NAME else ""
    soql = f"SELECT {shown} FROM {names.kind} WHERE {terms} LIMIT {MOST}"  # noqa: S608  every text is quoted
    return Question(soql, names, only)


class _Page(WireSchema):
    records = fields.List(fields.Dict(), required=True)
    done = fields.Boolean(load_default=True)
    next_records_url = fields.String(load_default=None, allow_none=True)


class _Ids(WireSchema):
    contact_id = CrmId()
    account_id = CrmId()


@dataclass(frozen=True, slots=True)
class Page:
    """Whom a page of the answer names, and the address of the next page, empty after the last."""

    contacts: tuple[Contact, ...]
    following: str


def read_page(document: Any, asked: Question) -> Page:
    """Return a page of a query's answer; raises `Rejected` remote.malformed."""
    read = load(_Page(), document, code=BODY)
    contacts = tuple(_contact(one, asked) for one in read["records"] if _ours(one, asked))
    following = "" if read["done"] else read["next_records_url"] or ""
    return Page(tuple(one for one in contacts if one.contact_id), following)


def _contact(record: Mapping[str, Any], asked: Question) -> Contact:
    ids = {"contactId": record.get(asked.names.contact), "accountId": record.get(asked.names.account)}
    return Contact(**load(_Ids(), ids, code=BODY))


def _ours(record: Mapping[str, Any], asked: Question) -> bool:
    listed = str(record.get(asked.names.of(_LIST)) or "")
    return not (asked.only_list and listed) or listed.casefold() == asked.only_list.casefold()
