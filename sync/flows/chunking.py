"""How many allocations are written together: what the storefront lets through while their exports wait."""

from collections.abc import Iterator, Sequence

from sync.core.sites import Site

MOST = 50
# Seconds that one chunk may take by the site's rate alone: a third of what a write is protected for.
LONGEST = 20.0


def chunk_size(site: Site) -> int:
    """Return how many SKUs the site's rate lets through in 20 seconds, 50 at most and one call's at least.

    Each call may need a second one, where a record that is not there is created.
    """
    rate, policy = site.cadence.requests_per_second, site.publication
    if rate is None or policy.inventory == "omnichannel":
        # There one call takes more than a chunk has.
        return MOST
    calls = int(rate * LONGEST / (2 if site.stock.unknown_skus == "create" else 1))
    return min(MOST, max(1, calls) * (1 if policy.api == "scapi" else policy.batch))


def chunks(skus: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield them in their order, so many at a time."""
    return (skus[start : start + size] for start in range(0, len(skus), size))
