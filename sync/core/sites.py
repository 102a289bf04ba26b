"""A site: one storefront market, its warehouse channel, its rules and its crosswalks, all data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote

from sync.core.errors import Rejected


@dataclass(frozen=True, slots=True)
class Service:
    """A courier service as the warehouse names it."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """How the site's available to promise is computed; quantities are units."""

    inventory_list: str
    warehouses: tuple[str, ...]
    on_order_inventory: bool = True
    safety_stock: int = 0
    ceiling: int | None = None
    as_of_margin: float = 5.0


@dataclass(frozen=True, slots=True)
class PostingPolicy:
    """What a site wants posted to its storefront."""

    events: bool = True
    external_status: bool = True
    shipping_status: bool = True
    order_status: bool = True
    attributes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One market; `digits` is the number of decimals of its currency."""

    name: str
    currency: str
    digits: int
    locale: str
    taxation: str
    channel: str
    organisation: str
    country: str
    stock: StockPolicy
    shipping_methods: Mapping[str, Service]
    postings: PostingPolicy = field(default_factory=PostingPolicy)
    stages: Mapping[str, str] = field(default_factory=dict)
    tracking_urls: Mapping[str, str] = field(default_factory=dict)
    payment_methods: Mapping[str, str] = field(default_factory=dict)
    tolerance: Decimal = Decimal(0)
    region_line: int = 6
    city_line: int = 5
    ready_statuses: tuple[str, ...] = ("ready", "not_exported")

    def service(self, method: str, path: str) -> Service:
        """Return the courier service for a storefront shipping method.

        Raises `Rejected` crosswalk.missing naming `path`: an unknown method is never guessed.
        """
        try:
            return self.shipping_methods[method]
        except KeyError:
            reason = f"shipping method '{method}' has no line in [sites.{self.name}.shipping_methods]"
            raise Rejected("crosswalk.missing", reason, fields={path: reason}) from None

    def tracking_url(self, carrier: str, number: str) -> str:
        """Return the tracking page of a parcel by the carrier's template, else the `*` template."""
        template = self.tracking_urls.get(carrier.lower()) or self.tracking_urls.get("*", "")
        return template.replace("{number}", quote(number, safe=""))
