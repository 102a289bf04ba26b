"""What the sites of one file must agree on."""

from collections.abc import Iterator, Mapping, Sequence

from sync.core.sites import Site

WHOLE = 100


def between_sites(sites: Mapping[str, Site]) -> dict[str, str]:
    """Return what two sites cannot both have, by dotted path."""
    return dict([*_stock(sites), *_shares(sites), *_channels(sites)])


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


def _shares(sites: Mapping[str, Site]) -> Iterator[tuple[str, str]]:
    """Lists that divide the stock of a warehouse must divide all of it, and in one way."""
    groups: dict[tuple[str, str], dict[str, Site]] = {}
    for site in sites.values():
        for warehouse in site.stock.warehouses:
            groups.setdefault((site.organisation, warehouse), {}).setdefault(site.stock.inventory_list, site)
    for (_, warehouse), lists in groups.items():
        for site in lists.values():
            if reason := _unfair(site, list(lists.values())):
                yield f"sites.{site.name}.stock.share", f"of warehouse '{warehouse}': {reason}"


def _unfair(site: Site, sharing: Sequence[Site]) -> str:
    """Return what is wrong with how these sites divide a warehouse, told to the first that is at fault."""
    first = sharing[0]
    if site.stock.share.kind != first.stock.share.kind:
        return f"{first.name} divides it by {first.stock.share.kind}; all of its lists must do the same"
    if site.stock.share.kind != "pool" and set(site.stock.warehouses) != set(first.stock.warehouses):
        return f"sells from other warehouses than {first.name}; a divided stock must be the same stock"
    if site is first:
        return ""
    before = sharing[: sharing.index(site)]
    if site.stock.share.kind == "priority":
        same = [one.name for one in before if one.stock.share.priority == site.stock.share.priority]
        return f"has the priority of {same[0]}; give each list its own" if same else ""
    if site.stock.share.kind == "quota":
        given = sum(one.stock.share.quota.value for one in [*before, site])
        return f"the quotas of its lists add up to {given}%" if given > WHOLE else ""
    return ""


def _channels(sites: Mapping[str, Site]) -> Iterator[tuple[str, str]]:
    """A push to a channel must belong to one site, or it would be credited to the first that has it."""
    first: dict[str, Site] = {}
    for site in sites.values():
        for channel in site.channels:
            other = first.setdefault(channel, site)
            if other is not site:
                reason = f"channel '{channel}' is {other.name}'s already; give each site channels of its own"
                yield f"sites.{site.name}.channel", reason
