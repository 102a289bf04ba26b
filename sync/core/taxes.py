"""The warehouse's name for how something is taxed."""

import re
from decimal import Decimal

from sync.core.errors import Rejected
from sync.core.sites import Site

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def tax_code(site: Site, tax_class: str, rate: Decimal | None, path: str) -> str:
    """Return the warehouse's tax code by tax class, else by rate; empty for a site without a table.

    Raises `Rejected` crosswalk.missing naming `path`. Rates of the table are numbers: 0.2 is 0.20.
    """
    if not site.tax_codes:
        return ""
    if tax_class in site.tax_codes:
        return site.tax_codes[tax_class]
    for key, code in site.tax_codes.items():
        if rate is not None and _NUMBER.fullmatch(key) and Decimal(key) == rate:
            return code
    told = "unknown" if rate is None else f"{rate:f}"
    tried = f"tax class '{tax_class}' and rate {told}" if tax_class else f"tax rate {told}"
    reason = f"{tried} has no line in [sites.{site.name}.tax_codes]"
    raise Rejected("crosswalk.missing", reason, fields={path: reason})
