"""The way of stock to the storefront: may we take it, site by site?"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sync.cli.doctor.finding import Finding, bad, well
from sync.core.codes import CODES
from sync.core.errors import OrderbridgeError
from sync.core.sites import Site


@dataclass(frozen=True, slots=True)
class Look:
    """One harmless call that a site's carrier needs to be allowed, and what to do when it is not."""

    what: str
    call: Callable[[], None]
    cure: str


def check_stock(looks: Callable[[Site], Iterable[Look]], sites: Iterable[Site]) -> Iterator[Finding]:
    """Make every look of each inventory list once."""
    for site in {site.stock.inventory_list: site for site in sites}.values():
        for look in looks(site):
            yield _finding(f"stock {site.stock.inventory_list}", look)


def _finding(subject: str, look: Look) -> Finding:
    try:
        look.call()
    except OrderbridgeError as error:
        cure = look.cure or (CODES[error.code].cure if error.code in CODES else "See the detail.")
        return bad(subject, f"{look.what}: {error.code}: {error.detail}", cure)
    return well(subject, f"{look.what} is allowed")
