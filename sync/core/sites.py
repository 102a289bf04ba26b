"""A site: one storefront market, its warehouse channel, its rules and its crosswalks, all data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from urllib.parse import quote

from sync.core.cadence import CadencePolicy
from sync.core.crm import CrmPolicy
from sync.core.errors import Rejected
from sync.core.inventory.policy import StockPolicy
from sync.core.privacy import PrivacyPolicy

__all__ = [
    "ADDRESS_LINES",
    "AddressPolicy",
    "HoldPolicy",
    "LinePolicy",
    "PostingPolicy",
    "Route",
    "Service",
    "Site",
    "StockPolicy",
]

# How many address lines the warehouse has.
ADDRESS_LINES = 6


@dataclass(frozen=True, slots=True)
class Service:
    """A courier service as the warehouse names it."""

    code: str
    name: str = ""


class ShippingRefund(StrEnum):
    """When the charge for shipping is given back; an order canceled as a whole gives back everything."""

    NEVER = "never"
    LAST_UNIT = "last_unit"
    PROPORTIONAL = "proportional"


class Api(StrEnum):
    """The storefront's interface that a site's orders go through."""

    SCAPI = "scapi"
    OCAPI = "ocapi"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationPolicy:
    """How the site's numbers reach the storefront's list.

    `inventory` is lists (native) or omnichannel; `api` writes the records of native lists, `batch` in a call.
    From `bulk_from` changed SKUs on they go as a file, 0 for never: by the job `feed_job` out of the folder
    `feed_folder` for native lists, whose default the feed restates as `default_in_stock`.
    """

    inventory: str = "lists"
    api: str = "ocapi"
    batch: int = 25
    bulk_from: int = 0
    feed_job: str = ""
    feed_folder: str = "src/orderbridge"
    default_in_stock: bool = False


@dataclass(frozen=True, slots=True)
class PostingPolicy:
    """What a site wants posted to its storefront, and when shipping is given back.

    The attributes are named one by one, an empty name is nowhere; the last two hold what events would say
    where there are none. `endpoint` is a path of the storefront that takes all facts as one document.
    """

    events: bool = True
    external_status: bool = True
    shipping_status: bool = True
    order_status: bool = True
    attributes: bool = True
    shipping_refund: ShippingRefund = ShippingRefund.LAST_UNIT
    reference_attribute: str = "c_ofOrderRef"
    shipments_attribute: str = "c_ofShipments"
    returns_attribute: str = "c_ofReturns"
    picked_attribute: str = "c_ofPickedAt"
    packed_attribute: str = "c_ofPackedAt"
    # ASSUMPTION: a text attribute holds 4,000 characters; a site may say otherwise.
    attribute_length: int = 4000
    endpoint: str = ""
    stages_attribute: str = "c_ofStages"
    adjustments_attribute: str = "c_ofAdjustments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where orders go in the warehouse system; an empty condition fits everything.

    `warehouse_site` names the warehouse for orders that must leave from one (click and collect).
    """

    channel: str
    organisation: str
    warehouse_site: str = ""
    store: str = ""
    locale: str = ""
    currency: str = ""

    def fits(self, *, store: str, locale: str, currency: str) -> bool:
        """Tell whether a shipment to this store, of an order in this locale and currency, goes here."""
        return all(
            wanted in {"", given}
            for wanted, given in ((self.store, store), (self.locale, locale), (self.currency, currency))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPolicy:
    """What an order must have before it is handed over; times in seconds.

    `until` is placed, authorised or paid; `confirmed` also asks for the storefront's confirmation (the
    fraud check's word); during `cooling_off` after placing, a cancellation costs nothing.
    """

    until: str = "placed"
    confirmed: bool = False
    cooling_off: float = 0.0
    recheck: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """How the market writes addresses in the warehouse: which line holds what, and how long one may be.

    `required` names address members that this market needs beyond its country's own rules.
    """

    city_line: int = 5
    region_line: int = 6
    line_length: int = 120
    required: tuple[str, ...] = ()
    transliterate: bool = False

    @property
    def street_lines(self) -> int:
        """How many of the warehouse's lines are left for the street."""
        return ADDRESS_LINES - len({self.city_line, self.region_line})


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePolicy:
    """How the storefront's lines are to be understood, where its documents leave it open.

    `per_bundle`: a bundle part's quantity counts for one bundle, not for the line. A line is virtual, so
    never shipped, by the beginning of its SKU or by a custom attribute that is true. `text_attribute` is
    the custom attribute with the words a shopper wants on the thing (an engraving).
    """

    per_bundle: bool = False
    # ASSUMPTION: no documented member tells a virtual line; every site names its own signs.
    virtual_skus: tuple[str, ...] = ()
    virtual_attribute: str = ""
    text_attribute: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One market; `currencies` maps what it may sell in to the number of decimals.

    `country` is where it is at home, `ships_to` names further countries; without any it ships everywhere.
    `silence` is how many seconds an open order may go without news, None as for all sites.
    `zone` is that of its people: in it they read times, which are kept in UTC.
    """

    name: str
    currency: str
    currencies: Mapping[str, int]
    locale: str
    taxation: str
    routes: tuple[Route, ...]
    country: str
    stock: StockPolicy
    shipping_methods: Mapping[str, Service]
    hold: HoldPolicy = field(default_factory=HoldPolicy)
    addresses: AddressPolicy = field(default_factory=AddressPolicy)
    lines: LinePolicy = field(default_factory=LinePolicy)
    ships_to: tuple[str, ...] = ()
    tax_codes: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    store_attribute: str = "c_fromStoreId"
    reason_attribute: str = ""
    postings: PostingPolicy = field(default_factory=PostingPolicy)
    publication: PublicationPolicy = field(default_factory=PublicationPolicy)
    stages: Mapping[str, str] = field(default_factory=dict)
    carriers: Mapping[str, str] = field(default_factory=dict)
    tracking_urls: Mapping[str, str] = field(default_factory=dict)
    payment_methods: Mapping[str, str] = field(default_factory=dict)
    tolerance: Decimal = Decimal(0)
    ready_statuses: tuple[str, ...] = ("ready", "not_exported")
    silence: float | None = None
    zone: str = "UTC"
    api: Api = Api.SCAPI
    ocapi_version: str = "25.6"
    cadence: CadencePolicy = field(default_factory=CadencePolicy)
    crm: CrmPolicy = field(default_factory=CrmPolicy)
    privacy: PrivacyPolicy = field(default_factory=PrivacyPolicy)

    @property
    def takes_events(self) -> bool:
        """Whether fulfillment and adjustment events are posted: wanted, and the site's interface has them."""
        return self.postings.events and self.api is Api.SCAPI

    @property
    def home(self) -> Route:
        """The route of everything that no other one fits; always the last."""
        return self.routes[-1]

    @property
    def organisation(self) -> str:
        """The organisation whose stock the site sells."""
        return self.home.organisation

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that the site's orders go to."""
        return tuple(dict.fromkeys(route.channel for route in self.routes))

    def route(self, *, store: str, locale: str, currency: str) -> Route:
        """Return the first route that fits."""
        return next(r for r in self.routes if r.fits(store=store, locale=locale, currency=currency))

    def digits(self, currency: str) -> int:
        """Return the number of decimals of a currency, two for one the site does not sell in."""
        return self.currencies.get(currency, 2)

    def ships(self, country: str) -> bool:
        """Tell whether an order may go to a country."""
        return not self.ships_to or country in {self.country, *self.ships_to}

    def service(self, method: str, path: str) -> Service:
        """Return the courier service for a storefront shipping method.

        Raises `Rejected` crosswalk.missing naming `path`: an unknown method is never guessed.
        """
        try:
            return self.shipping_methods[method]
        except KeyError:
            reason = f"shipping method '{method}' has no line in [sites.{self.name}.shipping_methods]"
            raise Rejected("crosswalk.missing", reason, fields={path: reason}) from None

    def carrier(self, code: str) -> str:
        """Return what the storefront calls a carrier of the warehouse, its own word where none is named."""
        return self.carriers.get(code.lower(), code)

    def tracking_url(self, carrier: str, number: str) -> str:
        """Return the tracking page of a parcel by the carrier's template, else the `*` template."""
        template = self.tracking_urls.get(carrier.lower()) or self.tracking_urls.get("*", "")
        return template.replace("{number}", quote(number, safe=""))
