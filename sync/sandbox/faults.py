"""Faults: what goes wrong on purpose, by rule and by seeded chance."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sync.sandbox.chance import Chance

KINDS = (
    "status",
    "delay",
    "delay_after",
    "cut_before",
    "cut_after",
    "cut_middle",
    "truncate",
    "html",
    "expire_token",
)
# The kind that pauses between the effect and the answer; the seconds of all others pass before the effect.
LATE = "delay_after"
# The kinds that answer (or cut) instead of the remote, so that nothing is processed.
INSTEAD = ("status", "cut_before", "html")
OUTGOING = ("hooks", "pushes")
# The types of a plan's members; all others are numbers.
TYPES: dict[str, Any] = {
    "kind": str,
    "method": str,
    "path": str,
    "status": int,
    "headers": dict,
    "body": str,
    "times": int | None,
    "copies": int,
}
# A reordered message is held back long enough for others to overtake it.
REORDER_SECONDS = (0.2, 0.8)


class FaultPlanError(ValueError):
    """A fault plan that cannot be understood."""


@dataclass(slots=True)
class Rule:
    """One fault: which requests it hits, what happens to them, and how often it has fired."""

    kind: str
    method: str = ""
    path: str = ""
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.0
    times: int | None = None
    probability: float = 1.0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FaultPlanError(f"kind {self.kind!r} is not one of {list(KINDS)}")
        _check_types(self)
        try:
            re.compile(self.path)
        except re.error as error:
            raise FaultPlanError(f"path {self.path!r} is not a regular expression: {error}") from error

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this request and may still fire."""
        if self.method and self.method.upper() != method:
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        # A rule may look at the query too, but one that ends with `$` usually means the path.
        return any(re.search(self.path, text) for text in (path, path.partition("?")[0]))


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to one outgoing message: 0 `copies` lose it, more repeat it; `delay` is in seconds."""

    copies: int = 1
    delay: float = 0.0

    @property
    def drop(self) -> bool:
        """Whether the message is lost."""
        return self.copies == 0


@dataclass(frozen=True, slots=True)
class Chances:
    """How often messages are lost, repeated or overtaken (0 to 1), and the longest delay in seconds.

    A repeated message comes `copies` times in all.
    """

    drop: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    copies: int = 2

    def __post_init__(self) -> None:
        _check_types(self)


def _check_types(plan: Rule | Chances) -> None:
    """Refuse a member of a wrong type now, before it fails in the middle of a call."""
    for name in plan.__slots__:
        value = getattr(plan, name)
        if not isinstance(value, TYPES.get(name, int | float)):
            raise FaultPlanError(f"{name}: {value!r} is of the wrong type")


class Faults:
    """The fault plan of one remote; the same plan and seed give the same faults."""

    def __init__(self) -> None:
        self.expire_tokens: list[Callable[[], None]] = []
        self.clear()

    def clear(self) -> None:
        """Let everything go well again."""
        self._rules: list[Rule] = []
        self._outgoing: dict[str, Chances] = {}
        self._seed = 0
        self._chance = Chance(self._seed)

    def load(self, plan: Any) -> None:
        """Replace the plan, or raise `FaultPlanError` and keep the present one."""
        if not isinstance(plan, dict):
            raise FaultPlanError("an object is expected")
        unknown = set(plan) - {"rules", "seed", *OUTGOING}
        if unknown:
            raise FaultPlanError(f"unknown member: {', '.join(sorted(unknown))}")
        try:
            rules = [Rule(**rule) for rule in plan.get("rules", [])]
            outgoing = {kind: Chances(**plan[kind]) for kind in OUTGOING if kind in plan}
        except TypeError as error:
            raise FaultPlanError(str(error)) from error
        self._rules, self._outgoing = rules, outgoing
        self._seed = int(plan.get("seed", 0))
        self._chance = Chance(self._seed)

    def describe(self) -> dict[str, Any]:
        """The present plan, each rule with how often it fired."""
        return {
            "rules": [{name: getattr(rule, name) for name in Rule.__slots__} for rule in self._rules],
            "seed": self._seed,
            **{
                kind: {name: getattr(chances, name) for name in Chances.__slots__}
                for kind, chances in self._outgoing.items()
            },
        }

    def incoming(self, method: str, path: str) -> Rule | None:
        """The first rule that fires for this request, counted; None lets the request pass."""
        for rule in self._rules:
            if rule.matches(method, path) and (
                rule.probability >= 1 or self._chance.happens(rule.probability)
            ):
                rule.fired += 1
                return rule
        return None

    def outgoing(self, kind: str) -> Plan:
        """What happens to the next outgoing message of this kind (`hooks` or `pushes`)."""
        chances = self._outgoing.get(kind)
        if chances is None:
            return Plan()
        draw = self._chance.random
        copies = 0 if draw() < chances.drop else chances.copies if draw() < chances.duplicate else 1
        delay = draw() * chances.delay
        if draw() < chances.reorder:
            delay += self._chance.uniform(*REORDER_SECONDS)
        return Plan(copies, delay)
