"""The open conflicts, as the flow that settles them sees them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A disagreement that waits for a person."""

    id: int
    site: str
    order_no: str
    field: str


class Conflicts(Protocol):
    """Where conflicts are kept."""

    def conflict(self, conflict_id: int) -> Conflict | None:
        """Return an open conflict, None when it is unknown or closed."""
        ...

    def close(self, conflict_id: int) -> None:
        """Close a conflict; the same disagreement, found again, opens it again."""
        ...
