"""What a site has to say of an order document that is not valid as a whole."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from schemas.addresses import unchecked
from schemas.sfcc.document import members
from schemas.sfcc.lines import is_virtual
from sync.core.addresses import Address
from sync.core.checks import Problem, address_problems, currency_problems, holes
from sync.core.sites import LinePolicy, Site
from sync.core.taxes import tax_code


def site_problems(data: Mapping[str, Any], site: Site) -> Iterator[Problem]:
    """Yield what is wrong for the site in the part of a document that could be read.

    Sums are not looked at: a part of an order does not add up.
    """
    if "currency" in data:
        yield from currency_problems(data["currency"], site)
    for index, shipment in enumerate(data.get("shipments", [])):
        path = f"shipments.{index}.shippingAddress"
        yield from _address(shipment.get("shipping_address"), path, site, shipped_to=True)
    yield from _address(data.get("billing_address"), "billingAddress", site, shipped_to=False)
    yield from holes(_questions(data, site))


def lacking(document: Mapping[str, Any], policy: LinePolicy) -> Iterator[tuple[str, str]]:
    """Yield path and reason of each shipment's member that is missing though something is shipped there.

    An order of virtual lines and gift certificates alone needs none; one of nothing at all needs them.
    """
    items = _rows(document, "productItems")
    shipped = [item for item in items if not _never_shipped(item, policy)]
    told = {str(item.get("shipmentId") or "") for item in shipped}
    needed = shipped or not (items or _rows(document, "giftCertificateItems"))
    shipments = _rows(document, "shipments")
    if needed and not document.get("shipments"):
        yield "shipments", "is required"
    for index, shipment in enumerate(shipments):
        if needed and (not told or told & {"", str(shipment.get("shipmentId"))}):
            absent = [one for one in ("shippingMethod", "shippingAddress") if shipment.get(one) is None]
            yield from ((f"shipments.{index}.{member}", "is required") for member in absent)


def _rows(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The entries of a list that may be anything; one that is no object stands for an empty one."""
    rows = document.get(name)
    return [row if isinstance(row, dict) else {} for row in rows] if isinstance(rows, list) else []


def _never_shipped(item: Mapping[str, Any], policy: LinePolicy) -> bool:
    sku = item.get("productId")
    if is_virtual({"product_id": sku if isinstance(sku, str) else "", "custom": item}, policy):
        return True
    parts = _rows(item, "bundledProductItems")
    return bool(parts) and all(_never_shipped(part, policy) for part in parts)


def _address(
    given: Address | Mapping[str, str] | None, path: str, site: Site, *, shipped_to: bool
) -> Iterator[Problem]:
    if given:
        address = given if isinstance(given, Address) else unchecked(members(given))
        yield from address_problems(address, path, site, shipped_to=shipped_to)


def _questions(data: Mapping[str, Any], site: Site) -> Iterator[Callable[[], object]]:
    for index, shipment in enumerate(data.get("shipments", [])):
        method = (shipment.get("shipping_method") or {}).get("id")
        if method:
            yield partial(site.service, method, f"shipments.{index}.shippingMethod.id")
    for index, item in enumerate(data.get("product_items", [])):
        if "tax_rate" in item and "tax_class_id" in item:
            path = f"productItems.{index}.taxRate"
            yield partial(tax_code, site, item["tax_class_id"], item["tax_rate"], path)
