"""Allocations on their way: absolute numbers with the moment they were true, and what became of each."""

from dataclasses import dataclass, field
from datetime import datetime

from sync.core.errors import OrderbridgeError
from sync.core.inventory import AS_IT_IS, Manner


@dataclass(frozen=True, slots=True)
class Allocation:
    """An absolute number of units for a SKU, the moment at which it was true, and the manner of the offer."""

    sku: str
    units: int
    at: datetime
    manner: Manner = AS_IT_IS


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one SKU: taken without an error, refused (`Rejected`), or not known to be either."""

    sku: str
    error: OrderbridgeError | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """How the storefront ended with a file.

    `refused` maps what it named in complaints to the complaint; a name may be no SKU of the file.
    `whole` tells that everything else in the file was taken; `detail` says why not.
    """

    whole: bool
    detail: str = ""
    refused: dict[str, str] = field(default_factory=dict)
