"""What the ledger has of one order, raw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sync.core.evidence import Learned
from sync.core.fulfillment import Known
from sync.core.ports.conflicts import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """One warehouse reference of the order, and the units of each SKU under it."""

    reference: str
    placed_at: datetime
    accepted_at: datetime | None = None
    units: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A message of the order as the ledger keeps it now."""

    id: int
    topic: str
    state: str
    body: str
    received_at: datetime
    next_attempt_at: datetime
    origin: str = ""
    settled_at: datetime | None = None
    outcome: str = ""
    note: str = ""
    attempts: int = 0
    code: str = ""
    detail: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The time during which a message waited for the order to be ready, and what for."""

    message: int
    since: datetime
    until: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person did with a message: reprocessed or discarded it."""

    message: int
    topic: str
    what: str
    actor: str
    at: datetime
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Everything the ledger has of one order, raw; `evidence` is what was told first by which message."""

    site: str
    order_no: str
    handed_over: Sequence[HandedOver] = ()
    known: Known = field(default_factory=Known)
    evidence: Learned = field(default_factory=dict)
    happened: Sequence[Happened] = ()
    held: Sequence[Held] = ()
    acts: Sequence[Act] = ()
    disputed: Sequence[Conflict] = ()

    @property
    def found(self) -> bool:
        """Tell whether the ledger knows the order at all."""
        return bool(self.handed_over or self.happened)

    @property
    def accepted(self) -> bool:
        """Tell whether the warehouse has all of the order."""
        return bool(self.handed_over) and all(part.accepted_at for part in self.handed_over)
