"""What the flows need from the world: small protocols, implemented by clients and store, faked in tests.

`remotes` and `readers` are the way out, `memory` is what is remembered, `records` is what is committed with a
settlement, `results` is what remotes answer.
"""

from sync.core.ports.memory import (
    Cursors,
    DeadLetters,
    Handover,
    Ledger,
    Made,
    Orders,
    Selection,
    Stock,
    Tried,
)
from sync.core.ports.readers import (
    CountReader,
    FactReader,
    OrderReader,
    Reader,
)
from sync.core.ports.records import (
    ConflictFound,
    ExportConfirmed,
    HandoverAccepted,
    HandoverAmended,
    ProgressMade,
    Record,
)
from sync.core.ports.remotes import (
    Counting,
    Desk,
    OrderBook,
    Shelf,
    Storefront,
    Paper,
    Till,
    Warehouse,
    Yard,
)
from sync.core.ports.results import (
    Accepted,
    Canceled,
    CancelResult,
    ImportResult,
    Missing,
    NotCanceled,
    Observation,
    Refused,
    Sighting,
    Taken,
    Unanswered,
)

__all__ = [
    "Accepted",
    "CancelResult",
    "Canceled",
    "ConflictFound",
    "CountReader",
    "Counting",
    "Cursors",
    "DeadLetters",
    "Desk",
    "ExportConfirmed",
    "FactReader",
    "Handover",
    "HandoverAccepted",
    "HandoverAmended",
    "ImportResult",
    "Ledger",
    "Made",
    "Missing",
    "NotCanceled",
    "Observation",
    "OrderBook",
    "OrderReader",
    "Orders",
    "ProgressMade",
    "Reader",
    "Record",
    "Refused",
    "Paper",
    "Selection",
    "Shelf",
    "Sighting",
    "Stock",
    "Storefront",
    "Taken",
    "Till",
    "Tried",
    "Unanswered",
    "Warehouse",
    "Yard",
]
