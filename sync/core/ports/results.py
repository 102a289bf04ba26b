"""What the remote systems answer, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The warehouse took the order now."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The warehouse already has an order under this reference; `detail` is its text."""

    detail: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The warehouse will not take the order as it is; `detail` is its text."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The answer does not mention the order: nobody knows."""


ImportResult = Accepted | Taken | Refused | Unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The storefront's present view of an order; `tracking` are the numbers of its shipments."""

    status: str
    export_status: str
    shipping_status: str
    external_status: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    tracking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An order in the storefront's list."""

    order_no: str
    created: datetime
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A piece of a poll's answer, kept exactly as received, ready to become a message.

    `identity` is the same for the same content, so that seeing it again changes nothing.
    """

    reference: str
    identity: str
    body: str


@dataclass(frozen=True, slots=True)
class Canceled:
    """The warehouse has canceled the order."""


@dataclass(frozen=True, slots=True)
class NotCanceled:
    """The warehouse would not cancel; `detail` is its text."""

    detail: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The warehouse has no order under that reference (any more)."""


CancelResult = Canceled | NotCanceled | Missing
