"""Personal data in PostgreSQL: found, shown, blanked when its time is over, erased when a person asks.

`finding` searches, `dossiers` shows, `blanking` is how content goes, `erasing` and `retaining` say whose.
May know core and the tables; start with `PostgresPersonalData`.
"""

from sync.store.privacy.erasing import PostgresPersonalData
from sync.store.privacy.retaining import PostgresRetained

__all__ = ["PostgresPersonalData", "PostgresRetained"]
