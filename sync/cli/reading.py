"""What the console reads from, out of the settings."""

from collections.abc import Mapping

from config.settings import Settings
from sync.cli.stock_figures import stock_figures
from sync.console.api import Api
from sync.store.tallies import PostgresTallies
from sync.store.trails import PostgresTrails
from sync.wiring import Bridge, silent


def console_api(settings: Settings) -> Api:
    """Return the console's door for machines; it opens no connection before the first question."""
    opened = Bridge(settings=settings, bell=silent)

    def conflicts() -> Mapping[tuple[str, str], int]:
        rows = opened.conflicts_store.open_by_site()
        return {(row["site"], "alarm" if row["alarm"] else "ordinary"): row["conflicts"] for row in rows}

    trails = PostgresTrails(opened.sessions)
    tallies = PostgresTallies(opened.sessions)
    return Api(
        settings.sites,
        trails.trail,
        conflicts,
        settings.console_token,
        lambda: stock_figures(opened.audits, tallies),
    )
