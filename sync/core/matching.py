"""What the CRM's answer to a look-up means: the one contact of a customer, several, or nobody."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync.core.crm import Contact, MatchRule

_CANDIDATE = re.compile(r"\b([0-9A-Za-z]{18})(?: of account ([0-9A-Za-z]{18}))?")
# Rules that compare what only registered customers keep.
NUMBERED = frozenset({MatchRule.CUSTOMER_ID, MatchRule.LIST_NUMBER})
# How the note begins of a customer that the CRM does not know.
NOBODY = "no contact"


@dataclass(frozen=True, slots=True)
class Found:
    """One contact, by the first rule that found anybody."""

    contact: Contact
    rule: MatchRule


@dataclass(frozen=True, slots=True)
class Several:
    """More than one contact, by the first rule that found anybody: a person knows which."""

    contacts: tuple[Contact, ...]
    rule: MatchRule


@dataclass(frozen=True, slots=True)
class Nobody:
    """No rule has found anybody."""


Match = Found | Several | Nobody


def judged(contacts: Sequence[Contact], account_id: str, rule: MatchRule) -> Match:
    """Return what a rule's contacts mean for a customer who buys for an account, if one is known.

    Of several, the one contact of that account is meant. A contact that is told with two accounts is one
    contact; which of them it buys for is then told by `account_id` alone.
    """
    mine = _each_once(one for one in contacts if one.account_id == account_id) if account_id else []
    found = mine if len(mine) == 1 else _each_once(contacts)
    if len(found) > 1:
        return Several(tuple(found), rule)
    return Found(found[0], rule) if found else Nobody()


def _each_once(contacts: Iterable[Contact]) -> list[Contact]:
    accounts: dict[str, set[str]] = {}
    for one in contacts:
        accounts.setdefault(one.contact_id, set()).add(one.account_id)
    return [
        Contact(contact_id=contact, account_id=next(iter(its)) if len(its) == 1 else "")
        for contact, its in sorted(accounts.items())
    ]


def told(contact: Contact) -> str:
    """Return a contact in words, by its ids alone."""
    return contact.contact_id + (f" of account {contact.account_id}" if contact.account_id else "")


def candidates(text: str) -> dict[str, Contact]:
    """Return contact id → contact of those that a text names as `told` does."""
    return {
        contact: Contact(contact_id=contact, account_id=account)
        for contact, account in _CANDIDATE.findall(text)
    }
