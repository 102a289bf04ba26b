"""A CRM's contacts in memory: who is there, who asked, and whether it answers at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.core.crm import Contact, MatchRule
from sync.core.customers import Customer
from sync.core.errors import OrderbridgeError
from sync.core.people import normalized


@dataclass(frozen=True)
class Person:
    contact_id: str
    account_id: str = ""
    email: str = ""
    last_name: str = ""
    number: str = ""
    storefront_id: str = ""


@dataclass
class Book:
    """Implements `core.ports.ContactBook`; `away` is raised instead of an answer."""

    people: list[Person] = field(default_factory=list)
    away: OrderbridgeError | None = None
    asked: list[MatchRule] = field(default_factory=list)

    def contacts(
        self, rule: MatchRule, customer: Customer, customer_list: str, *, person_accounts: bool
    ) -> Sequence[Contact]:
        del customer_list, person_accounts
        self.asked.append(rule)
        if self.away:
            raise self.away
        wanted = _values(rule, customer)
        return [
            Contact(contact_id=one.contact_id, account_id=one.account_id)
            for one in self.people
            if all(wanted) and wanted == _values(rule, one)
        ]


def _values(rule: MatchRule, who: Customer | Person) -> tuple[str, ...]:
    email = normalized(who.email)
    return {
        MatchRule.CUSTOMER_ID: (who.storefront_id,),
        MatchRule.LIST_NUMBER: (who.number,),
        MatchRule.LIST_EMAIL_NAME: (email, who.last_name),
        MatchRule.LIST_EMAIL: (email,),
        MatchRule.EMAIL_NAME: (email, who.last_name),
    }[rule]
