"""The CRM as the flows see it, and what is remembered of links."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from sync.core.crm import Contact, MatchRule, RowResult
from sync.core.customers import Customer
from sync.core.links import Link, Subject


class ContactBook(Protocol):
    """Where the CRM keeps people; it is only read. Every call may raise Retryable, Rejected or Alarm."""

    def contacts(
        self, rule: MatchRule, customer: Customer, customer_list: str, *, person_accounts: bool
    ) -> Sequence[Contact]:
        """Return whom a rule finds, each once; nobody when the customer lacks a value of the rule."""
        ...


class Records(Protocol):
    """Where the CRM keeps objects of ours; calls may raise as those of `ContactBook`."""

    def upsert(self, kind: str, key_field: str, rows: Sequence[Mapping[str, object]]) -> Iterator[RowResult]:
        """Create or update records by their external id in `key_field`; yield each row's result, in order.

        As many calls as the limits ask for, made while results are taken. A key given twice is written once,
        as the newest says, and both rows are told so. What was written before an error has been yielded;
        writing anything again is harmless.
        """
        ...


class Links(Protocol):
    """The memory of links."""

    def of(self, subject: Subject) -> Sequence[Link]:
        """Return the links of a subject that hold now."""
        ...
