"""Where a parcel can be followed."""

from urllib.parse import quote, urlsplit

from sync.core.fulfillment import Shipment
from sync.core.sites import Site


def page(site: Site, shipment: Shipment, number: str) -> str:
    """Return the tracking page of a parcel: the warehouse's own if it is about it, else the site's template.

    The warehouse gives one page per shipment, which names one parcel at most.
    """
    own = shipment.tracking_url
    if own and (shipment.parcels == (number,) or number in own or quote(number, safe="") in own):
        return own
    return site.tracking_url(shipment.carrier, number) or own


def followable(url: str) -> str:
    """Return an address that a person may be sent to, empty for any other: the warehouse may say anything."""
    try:
        parts = urlsplit(url)
        web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return url if web and url.isprintable() else ""
