"""The sites file against what has been seen: are the crosswalks complete?"""

from collections.abc import Iterable, Iterator, Mapping

from sync.cli.doctor.finding import Finding, bad, doubtful, well
from sync.core.codes import CODES
from sync.core.sites import Site

_ATTRIBUTE = "attribute.refused"
_CROSSWALK = {"crosswalk.missing", "stage.unknown"}


def check_markets(sites: Iterable[Site], dead: Mapping[str, int]) -> Iterator[Finding]:
    """Yield one summary per site, and what died since a crosswalk or the storefront lacks something.

    `dead` is code → number.
    """
    for site in sites:
        yield _summary(site)
    for code in sorted(_CROSSWALK & dead.keys()):
        cure = f"See `orderbridge dead list --code {code}`, add the lines, restart the workers, reprocess."
        yield bad("crosswalks", f"{dead[code]} dead letters with {code}", cure)
    if number := dead.get(_ATTRIBUTE):
        # The storefront tells nobody which attributes it has; only a refusal proves that one is missing.
        yield bad("attributes", f"{number} dead letters with {_ATTRIBUTE}", CODES[_ATTRIBUTE].cure)


def _summary(site: Site) -> Finding:
    subject = f"site {site.name}"
    if not site.shipping_methods:
        cure = f"Add [sites.{site.name}.shipping_methods]: without it no order can be handed over."
        return bad(subject, "has no shipping method", cure)
    if "*" not in site.tracking_urls:
        cure = f'Add "*" to [sites.{site.name}.tracking_urls] for carriers without a line of their own.'
        return doubtful(subject, "parcels of some carriers would have no tracking page", cure)
    return well(
        subject,
        f"{site.currency}, {len(site.shipping_methods)} shipping methods,"
        f" {len(site.tracking_urls)} tracking pages, {len(site.stages)} own stages,"
        f" {len(site.payment_methods)} payment methods,"
        f" stock of {', '.join(site.stock.warehouses)} on list {site.stock.inventory_list}",
    )
