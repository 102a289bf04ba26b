"""What the console reads from, out of the settings."""

from collections.abc import Mapping

from starlette.applications import Starlette

from config.settings import Settings
from sync.cli.link import seal
from sync.cli.stock_figures import stock_figures
from sync.cli.story_figures import story_figures
from sync.console import application
from sync.console.api import Api
from sync.console.page import Page
from sync.store.agents import PostgresStories
from sync.store.tallies import PostgresTallies
from sync.store.trails import PostgresTrails
from sync.wiring import Bridge, now, silent


def console(settings: Settings) -> Starlette:
    """Return the console."""
    api = console_api(settings)
    page = Page(settings.sites, api.trail, seal(settings), settings.console.embed_origins, now)
    return application(api, page, settings.console.url)


def console_api(settings: Settings) -> Api:
    """Return the console's door for machines; it opens no connection before the first question."""
    opened = Bridge(settings=settings, bell=silent)

    def conflicts() -> Mapping[tuple[str, str], int]:
        rows = opened.conflicts_store.open_by_site()
        return {(row["site"], "alarm" if row["alarm"] else "ordinary"): row["conflicts"] for row in rows}

    trails = PostgresTrails(opened.sessions)
    tallies = PostgresTallies(opened.sessions)
    stories = PostgresStories(opened.sessions)
    return Api(
        settings.sites,
        trails.trail,
        conflicts,
        settings.console_token,
        lambda: [*stock_figures(opened.audits, tallies), *story_figures(stories)],
    )
