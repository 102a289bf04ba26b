"""A pace that all processes of the fleet keep together."""

import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from sync.core.sites import Site

# Every caller takes the next free moment; the clock is the database's, the same for all.
_NEXT = text("""
INSERT INTO pace AS known (name, free_at) VALUES (:name, clock_timestamp() + make_interval(secs => :step))
ON CONFLICT (name) DO UPDATE
SET free_at = greatest(known.free_at, clock_timestamp()) + make_interval(secs => :step)
RETURNING extract(epoch FROM free_at - clock_timestamp()) - :step
""")


class PostgresPace:
    """Spaces requests evenly over all processes: no second ever has more than its share."""

    def __init__(self, sessions: sessionmaker[Session], sleep: Callable[[float], None] = time.sleep) -> None:
        """Use short transactions from `sessions`; wait by `sleep`."""
        self._sessions = sessions
        self._sleep = sleep

    def inventory(self, site: Site) -> None:
        """Return when the next inventory request for a site may be sent."""
        self.before(f"inventory:{site.name}", site.cadence.requests_per_second)

    def before(self, name: str, rate: float | None) -> None:
        """Return when a request of this name may be sent, at once without a rate (requests a second)."""
        if rate is None:
            return
        with self._sessions.begin() as session:
            pause = float(session.execute(_NEXT, {"name": name, "step": 1 / rate}).scalar_one())
        if pause > 0:
            self._sleep(pause)
