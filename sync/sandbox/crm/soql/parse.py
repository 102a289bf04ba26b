"""The grammar: a query becomes a `Select`, whose condition is a tree."""

from dataclasses import dataclass, field
from typing import Any

from sync.sandbox.crm.soql.words import Word, literal, malformed, unexpected, words

MAX_DEPTH = 40
OPERATORS = ("=", "!=", "<>", "<", "<=", ">", ">=", "LIKE")
MAX_OFFSET = 2_000


@dataclass(frozen=True, slots=True)
class Term:
    """A comparison; `values` are pairs of kind and value, one unless the operator is IN or NOT IN."""

    path: str
    operator: str
    values: list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all (`AND`), any (`OR`), or none (`NOT`) must hold."""

    how: str
    parts: list["Condition"]


Condition = Term | Group


@dataclass(frozen=True, slots=True)
class Order:
    """One part of ORDER BY; empty values come first unless told otherwise."""

    path: str
    descending: bool = False
    nulls_last: bool = False


@dataclass(slots=True)
class Select:
    """A query; `count` asks for the number alone."""

    fields: list[str]
    kind: str
    where: Condition | None = None
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
    count: bool = False


def parse(text: str) -> Select:
    """Read a query; raises `CrmError` MALFORMED_QUERY."""
    return _Reader(words(text)).select()


class _Reader:
    def __init__(self, listed: list[Word]) -> None:
        self.words = listed
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> Word:
        return self.words[self.at]

    def take(self) -> Word:
        word = self.next
        self.at += word.kind != "end"
        return word

    def skip(self, *names: str) -> bool:
        found = self.next.is_(*names)
        self.at += found
        return found

    def expect(self, *names: str) -> None:
        for name in names:
            if not self.skip(name):
                raise unexpected(self.next)

    def name(self) -> str:
        word = self.take()
        if word.kind != "name":
            raise unexpected(word)
        return word.text

    def select(self) -> Select:
        self.expect("SELECT")
        count = self.next.is_("COUNT") and self.words[self.at + 1].is_("(")
        if count:
            self.take()
            self.expect("(", ")")
        made = Select([] if count else self.names(), self.kind(), count=count)
        if self.skip("WHERE"):
            made.where = self.conditions()
        if self.skip("ORDER"):
            self.expect("BY")
            made.order = self.orders()
        if self.skip("LIMIT"):
            made.limit = self.number()
        if self.skip("OFFSET"):
            made.offset = self.number()
        if self.next.kind != "end":
            raise unexpected(self.next)
        return made

    def kind(self) -> str:
        self.expect("FROM")
        return self.name()

    def names(self) -> list[str]:
        if self.next.is_("FROM"):
            raise unexpected(self.next)
        names = [self.name()]
        while self.skip(","):
            names.append(self.name())
        twice = {name.casefold() for name in names}
        if len(twice) < len(names):
            raise malformed("duplicate field selected")
        return names

    def number(self) -> int:
        word = self.take()
        if word.kind != "number" or not word.text.isdecimal():
            raise unexpected(word)
        return int(word.text)

    def orders(self) -> list[Order]:
        orders = [self.order()]
        while self.skip(","):
            orders.append(self.order())
        return orders

    def order(self) -> Order:
        path, descending, last = self.name(), False, False
        if self.next.is_("ASC", "DESC"):
            descending = self.take().is_("DESC")
        if self.skip("NULLS"):
            if not self.next.is_("FIRST", "LAST"):
                raise unexpected(self.next)
            last = self.take().is_("LAST")
        return Order(path, descending, last)

    def conditions(self) -> Condition:
        """Conditions joined by one connective: AND and OR beside each other need parentheses."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise malformed(f"conditions are nested more than {MAX_DEPTH} deep")
        parts = [self.condition()]
        how = self.next.text.upper() if self.next.is_("AND", "OR") else ""
        while how and self.skip(how):
            parts.append(self.condition())
        if how and self.next.is_("AND", "OR"):
            raise unexpected(self.next)
        self.depth -= 1
        return Group(how, parts) if how else parts[0]

    def condition(self) -> Condition:
        if self.skip("NOT"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise malformed(f"conditions are nested more than {MAX_DEPTH} deep")
            denied = self.condition()
            self.depth -= 1
            return Group("NOT", [denied])
        if self.skip("("):
            inner = self.conditions()
            self.expect(")")
            return inner
        return self.term()

    def term(self) -> Term:
        path, word = self.name(), self.take()
        if word.is_("NOT") and self.next.is_("IN"):
            self.take()
            return Term(path, "NOT IN", self.listed())
        if word.is_("IN"):
            return Term(path, "IN", self.listed())
        if not word.is_(*OPERATORS):
            raise unexpected(word)
        operator = "!=" if word.text == "<>" else word.text.upper()
        return Term(path, operator, [literal(self.take(), like=operator == "LIKE")])

    def listed(self) -> list[tuple[str, Any]]:
        self.expect("(")
        values = [literal(self.take())]
        while self.skip(","):
            values.append(literal(self.take()))
        self.expect(")")
        return values
