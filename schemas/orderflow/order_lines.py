"""A line of the order import document, and how amounts and discounts are written there.

Free places of ours: orderLine.N.userDefined1 the gift message, 2 what the shopper chose or wrote for an
option, 3 what kind of line it is (option, bonus, gift), 4 the line it belongs to, 5 the bundle's SKU.
"""

from collections.abc import Iterable, Iterator

from schemas.orderflow.properties import LONGEST_COMMENT, Property, money, text
from sync.core.orders import Amounts, Discount, Line
from sync.core.sites import Site
from sync.core.taxes import tax_code

LONGEST_REFERENCE = 120


def line_properties(prefix: str, line: Line, site: Site, decimals: int) -> Iterator[Property]:
    """Yield every property of a line; unit prices are those before any discount, totals after all."""
    code = text(tax_code(site, line.tax_class, line.tax_rate, line.path))
    yield f"{prefix}.product.externalReference", text(line.sku, LONGEST_REFERENCE)
    yield f"{prefix}.quantity", str(line.quantity)
    yield f"{prefix}.description", text(line.name)
    yield from amounts(f"{prefix}.totalPrice", f"{prefix}.totalTax", line.amounts, decimals)
    yield f"{prefix}.totalTaxCode", code
    if line.listed is not None:
        unit = line.listed.each(line.quantity, decimals)
        yield from amounts(f"{prefix}.unitPrice", f"{prefix}.unitTax", unit, decimals)
        yield f"{prefix}.unitTaxCode", code
    yield f"{prefix}.promotionCode", text(distinct(one.promotion for one in line.discounts), LONGEST_COMMENT)
    yield (
        f"{prefix}.promotionPriceDescription",
        text(discount_texts(line.discounts, decimals), LONGEST_COMMENT),
    )
    yield f"{prefix}.userDefined1", line.gift_message
    yield f"{prefix}.userDefined2", line.wish
    yield f"{prefix}.userDefined3", ",".join(line.kinds)
    yield f"{prefix}.userDefined4", text(line.belongs_to)
    yield f"{prefix}.userDefined5", text(line.bundle)
    # ASSUMPTION: what despatches return as thirdPartyReference can be imported; else lines match by SKU.
    yield f"{prefix}.thirdPartyReference", text(line.item_id, LONGEST_REFERENCE)
    yield f"{prefix}.shipment", "entity:shipment"


def amounts(price: str, tax: str, worth: Amounts, decimals: int) -> Iterator[Property]:
    """Yield net, gross and tax under the names that begin with `price`, and `tax`."""
    yield f"{price}Net", money(worth.net, decimals)
    yield f"{price}Gross", money(worth.gross, decimals)
    yield tax, money(worth.tax, decimals)


def discount_texts(discounts: Iterable[Discount], decimals: int) -> str:
    """Return each discount as `promotion: its text -1.00`, the shopper's code in brackets."""
    told = []
    for one in discounts:
        named = ": ".join(filter(None, (one.promotion, one.text)))
        coupon = f"[{one.coupon}]" if one.coupon else ""
        told.append(" ".join(filter(None, (named, coupon, money(one.amount, decimals)))))
    return "; ".join(told)


def distinct(words: Iterable[str]) -> str:
    """Return the words that say something, each once, separated by commas."""
    return ",".join(dict.fromkeys(filter(None, words)))
