"""A refusal, remembered with a pause that grows."""

from datetime import datetime

from sync.core.errors import Rejected
from sync.core.inventory import Refusal, pause
from sync.core.sites import Site


def refusal_of(site: Site, sku: str, refused: Rejected, last: Refusal | None, now: datetime) -> Refusal:
    """Return the refusal to remember, by the one before it."""
    times = (last.times if last else 0) + 1
    return Refusal(
        inventory_list=site.stock.inventory_list,
        sku=sku,
        code=refused.code,
        detail=refused.detail,
        remote_status=refused.remote_status,
        times=times,
        since=last.since if last else now,
        next_at=now + pause(times),
    )
