"""When a site's stock is asked for, and published, and how fast: all data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CadencePolicy:
    """The pace of a site's stock; times in seconds.

    All counts are pulled `every` so often, or by `cron` (five fields, in UTC), else as often as all sites
    are. `debounce` is how long pushes must have stopped before what they change is published.
    `requests_per_second` is what the storefront permits for inventory, None when it does not say.
    `audit_sample` records are read back `audit_every` so often (0: never), or by `audit_cron`; what differs
    is written again where `audit_repair` says so.
    """

    every: float | None = None
    cron: str = ""
    debounce: float = 0.0
    requests_per_second: float | None = None
    audit_every: float = 3600.0
    audit_cron: str = ""
    audit_sample: int = 200
    audit_repair: bool = True
