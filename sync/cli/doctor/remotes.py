"""Storefront, warehouse and receiver: one harmless call each, per site."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import TypeVar

import requests

from config.settings import ReceiverSettings
from sync.cli.doctor.finding import Finding, bad, doubtful, well
from sync.core.codes import CODES
from sync.core.errors import OrderbridgeError
from sync.core.inventory import Count
from sync.core.ports import Storefront, Warehouse
from sync.core.sites import Api, Site
from sync.wiring import now

_SECONDS = 5.0
_PROBE = 200
_NOBODYS_ORDER = "orderbridge-doctor"
T = TypeVar("T")


def check_storefront(storefront: Storefront, sites: Iterable[Site]) -> Iterator[Finding]:
    """List one order per site, and look for one that is not there: address, token, permissions, site id."""
    since = now() - timedelta(hours=1)
    for site in sites:
        subject = f"storefront {site.name}"
        first = _first(subject, storefront.ready_orders(site, since), 1)
        yield first if isinstance(first, Finding) else _readable(subject, storefront, site)


def _readable(subject: str, storefront: Storefront, site: Site) -> Finding:
    """OCAPI permits reading for itself; that an order is unknown is told only to who may read."""
    spoken = f"OCAPI {site.ocapi_version}" if site.api is Api.OCAPI else "SCAPI"
    try:
        storefront.observe(site, _NOBODYS_ORDER)
    except OrderbridgeError as error:
        if error.code != "order.not_readable":
            return failed(subject, error)
    return well(subject, f"gives a token, lists orders and lets them be read by {spoken}")


def check_warehouse(warehouse: Warehouse, sites: Iterable[Site]) -> Iterator[Finding]:
    """Read the first counts per channel's organisation, and look at which warehouses they name."""
    for site in sites:
        subject = f"warehouse {site.home.channel}"
        first = _first(subject, warehouse.counts(site.organisation), _PROBE)
        yield first if isinstance(first, Finding) else _counted(subject, site, first)


def _counted(subject: str, site: Site, counts: Sequence[Count]) -> Finding:
    named = {count.warehouse for count in counts}
    if named and named.isdisjoint(site.stock.warehouses):
        text = (
            f"counts {', '.join(sorted(named))}, but the site sells from {', '.join(site.stock.warehouses)}"
        )
        return bad(subject, text, f"Correct `warehouses` in [sites.{site.name}.stock].")
    return well(subject, f"lets us in and counts stock{'' if named else ', of nothing so far'}")


def _first(subject: str, listing: Iterator[T], number: int) -> list[T] | Finding:
    """Return the beginning of a listing, or what is wrong; the rest is not fetched."""
    try:
        return list(islice(listing, number))
    except OrderbridgeError as error:
        return failed(subject, error)
    finally:
        # A generator that is left in the middle would keep its connection.
        if isinstance(listing, Generator):
            listing.close()


def failed(subject: str, error: OrderbridgeError) -> Finding:
    """Return that a call failed, with the cure of its code."""
    cure = CODES[error.code].cure if error.code in CODES else "See the detail."
    return bad(subject, f"{error.code}: {error.detail}", cure)


def check_receiver(receiver: ReceiverSettings) -> Finding:
    """Ask the receiver whether it can take events in."""
    host = "127.0.0.1" if receiver.host in {"0.0.0.0", "::"} else receiver.host  # noqa: S104  compared, not bound
    url = f"http://{host}:{receiver.port}/health/ready"
    try:
        answer = requests.get(url, timeout=_SECONDS)
    except requests.RequestException as error:
        cure = "Start it (`orderbridge receiver`), or correct ORDERBRIDGE_RECEIVER_HOST and _PORT."
        return bad("receiver", f"{url} does not answer ({type(error).__name__})", cure)
    if answer.ok:
        return well("receiver", f"{url} is ready")
    return doubtful(
        "receiver", f"{url} answers {answer.status_code}: {answer.text[:200]}", "Cure the inbox first."
    )
