"""What the sites of one file must agree on."""

from collections.abc import Iterator, Mapping

from sync.core.sites import Site


def between_sites(sites: Mapping[str, Site]) -> dict[str, str]:
    """Return what two sites cannot both have, by dotted path."""
    return dict([*_stock(sites), *_channels(sites)])


def _stock(sites: Mapping[str, Site]) -> Iterator[tuple[str, str]]:
    """Sites that share an inventory list must compute it alike, or the last one to publish would win."""
    first: dict[str, Site] = {}
    for site in sites.values():
        other = first.setdefault(site.stock.inventory_list, site)
        shared = f"shares list '{site.stock.inventory_list}' with {other.name}"
        if (other.stock, other.organisation) != (site.stock, site.organisation):
            yield f"sites.{site.name}.stock", f"{shared}, but not its stock rules or organisation"
        elif other.publication != site.publication:
            yield f"sites.{site.name}.publication", f"{shared}, but not its way of publishing"


def _channels(sites: Mapping[str, Site]) -> Iterator[tuple[str, str]]:
    """A push to a channel must belong to one site, or it would be credited to the first that has it."""
    first: dict[str, Site] = {}
    for site in sites.values():
        for channel in site.channels:
            other = first.setdefault(channel, site)
            if other is not site:
                reason = f"channel '{channel}' is {other.name}'s already; give each site channels of its own"
                yield f"sites.{site.name}.channel", reason
