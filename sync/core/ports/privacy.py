"""Personal data as the flow that exports, erases and blanks it sees it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sync.core.messages import Draft
from sync.core.privacy import Mention

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, order=True)
class OrderId:
    """An order; one that is only a key of messages counts too."""

    site: str
    order_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What is kept of an order: place → rows with content, the work that is open, what is at sea."""

    order: OrderId
    places: Mapping[str, int]
    unfinished: int = 0
    dead: int = 0
    open_references: Sequence[str] = ()

    @property
    def forbids(self) -> str:
        """Why its data is still needed, empty when it is not."""
        reasons = [f"{self.unfinished} messages are being worked or due"] if self.unfinished else []
        if self.open_references:
            reasons.append(f"not closed in the warehouse: {', '.join(self.open_references)}")
        return "; ".join(reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An event in the stream that is not in the ledger yet."""

    entry: str
    text: str = field(repr=False)
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """One run of an erasure: the digest of the person, who does it, and since when."""

    person: str
    actor: str
    at: datetime


class PersonalData(Protocol):
    """What the database keeps of people."""

    def find(self, mention: Mention, person: str, told: Told) -> set[OrderId]:
        """Return the orders of a person, by digest and by a search of every text; `told` hears how far."""
        ...

    def holdings(self, order: OrderId) -> Holdings:
        """Return what is kept of an order."""
        ...

    def dossier(self, order: OrderId) -> Mapping[str, Any]:
        """Return every row about an order, table by table, as it is kept."""
        ...

    def erase(self, order: OrderId, request: ErasureRequest, *, force: bool) -> bool:
        """Blank what is kept of an order and note it, in one step; False when it is open and not forced."""
        ...

    def shown(self, orders: Sequence[OrderId]) -> bool:
        """Tell whether agents were shown any of these orders in the CRM."""
        ...

    def forget(self, request: ErasureRequest) -> None:
        """Note that the customers that go by a digest are erased, and delete their links."""
        ...

    def left(self, mention: Mention) -> Mapping[str, int]:
        """Return table and column → rows that have the address, of every table that there is."""
        ...


class Retained(Protocol):
    """What has been kept long enough."""

    def blank(self, cutoffs: Mapping[str, datetime], others: datetime, limit: int) -> Mapping[str, int]:
        """Blank up to `limit` rows of each place and return how many; `others` is for unknown sites."""
        ...

    def due(self, cutoffs: Mapping[str, datetime], others: datetime) -> Mapping[str, int]:
        """Return how many rows of each place would be blanked."""
        ...


class Stream(Protocol):
    """The events that the ledger does not have yet."""

    def waiting(self) -> Iterator[Waiting]:
        """Yield every event, oldest first, a few at a time in memory."""
        ...

    def ack(self, ids: Sequence[str]) -> int:
        """Forget these."""
        ...
