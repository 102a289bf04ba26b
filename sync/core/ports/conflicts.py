"""Conflicts as the flow that settles them, and people, see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sync.core.messages import Draft


class Resolution(StrEnum):
    """What a person made of a conflict: ours is the owner's value, theirs the other system's.

    Of several that the owner has, a person may choose one.
    """

    KEEP_OURS = "keep ours"
    KEEP_THEIRS = "keep theirs"
    REASSERT = "reassert"
    CHOOSE = "choose"


# The resolution of a conflict that needed no person.
SETTLED = "settled by a later fact"


class ConflictState(StrEnum):
    """Whether a person is still waited for."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A disagreement with both values, its evidence, and how it was resolved if it is.

    Beside the storefront's stands the warehouse's value, or the CRM's where that is the owner.
    `times` counts the messages that showed it.
    """

    id: int
    site: str
    order_no: str
    field: str
    storefront: str
    warehouse: str
    owner: str
    sender: str
    reference: str
    message_id: int | None
    alarm: bool
    state: str
    times: int
    created_at: datetime
    seen_at: datetime
    resolution: str | None = None
    resolved_by: str | None = None
    reason: str | None = None
    follows: str | None = None
    resolved_at: datetime | None = None

    @property
    def detail(self) -> str:
        """Both values and the owner in one sentence."""
        other = "crm" if self.owner == "crm" else "warehouse"
        return f"storefront: {self.storefront}; {other}: {self.warehouse}; the {self.owner} owns it"

    @property
    def ours(self) -> str:
        """The value of the system that owns the field."""
        return self.storefront if self.owner == "storefront" else self.warehouse

    @property
    def theirs(self) -> str:
        """The value of the system that does not."""
        return self.warehouse if self.owner == "storefront" else self.storefront


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFilter:
    """Which conflicts; None means any. `after` is an id that was seen."""

    site: str | None = None
    order_no: str | None = None
    state: str | None = None
    alarm: bool | None = None
    field: str | None = None
    reference: str | None = None
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided, why, and what follows from it."""

    resolution: Resolution
    actor: str
    reason: str
    follows: str


class Conflicts(Protocol):
    """Where conflicts are kept."""

    def conflict(self, conflict_id: int) -> Conflict | None:
        """Return a conflict of any state, None when it is unknown."""
        ...

    def select(self, wanted: ConflictFilter, limit: int = ...) -> Sequence[Conflict]:
        """Return matching conflicts, alarms first, then the oldest first."""
        ...

    def resolve(self, conflict: Conflict, decision: Decision, drafts: Sequence[Draft]) -> bool:
        """Close a conflict and queue what follows, in one step; False when it was not open any more."""
        ...
