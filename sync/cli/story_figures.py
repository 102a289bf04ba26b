"""The figures of stories: how many orders agents have not been told of yet, and since when."""

from collections.abc import Iterator

from sync.console.figures import Figure
from sync.store.agents import PostgresStories

_SITE = ("site",)


def story_figures(stories: PostgresStories) -> Iterator[Figure]:
    """Yield the figures by site, as they are now."""
    waiting = stories.waiting()
    yield Figure(
        "orderbridge_stories_waiting",
        "Orders with news that the CRM does not show yet.",
        _SITE,
        {(site,): float(orders) for site, (orders, _) in waiting.items()},
    )
    yield Figure(
        "orderbridge_stories_oldest_timestamp_seconds",
        "Since when the one waits that has waited longest.",
        _SITE,
        {(site,): oldest.timestamp() for site, (_, oldest) in waiting.items()},
    )
