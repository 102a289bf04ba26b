"""What the remotes have in common: the catalogue, the sites and the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sync.sandbox.catalog import ORGANISATION, WAREHOUSES, Catalog, catalog


@dataclass(frozen=True, slots=True)
class Site:
    """A storefront; its Orderflow channel has the same name; `methods` have id, name and price."""

    name: str
    prefix: str
    currency: str
    taxation: str
    country: str
    locale: str
    methods: tuple[tuple[str, str, str], ...]

    @property
    def channel(self) -> str:
        """The sales channel of the warehouse system."""
        return self.name


SITES = (
    Site(
        "RefArchGlobal", "US", "USD", "net", "US", "en_US",
        (("001", "Ground", "5.99"), ("002", "2-Day Express", "11.99"), ("003", "Overnight", "21.99")),
    ),
    Site(
        "RefArchUK", "UK", "GBP", "gross", "GB", "en_GB",
        (("UK-STD", "Standard", "4.95"), ("UK-NDD", "Next day", "8.95")),
    ),
    Site(
        "RefArchEU", "EU", "EUR", "gross", "DE", "de_DE",
        (("EU-STD", "Standardversand", "5.90"), ("EU-EXP", "Expressversand", "14.90")),
    ),
)  # fmt: skip


def utc_now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """The shared bag; `now` is replaceable so that tests can set the clock."""

    catalog: Catalog = field(default_factory=catalog)
    sites: dict[str, Site] = field(default_factory=lambda: {site.name: site for site in SITES})
    organisation: str = ORGANISATION
    warehouses: tuple[str, ...] = WAREHOUSES
    now: Callable[[], datetime] = utc_now


def stamp(moment: datetime) -> str:
    """A UTC time as the vendors write it: `2026-08-19T09:31:06.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
