"""The options that several commands share, and how their values are read."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from config.settings import Settings
from sync.core.ports import Selection
from sync.core.sites import Site
from sync.core.times import moment as iso_moment

_AGE = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """Return the time that `text` names: ISO 8601 (UTC unless it says otherwise), or an age like 36h."""
    try:
        if match := _AGE.fullmatch(text):
            return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
        return iso_moment(text)
    except (ValueError, OverflowError):
        reason = (
            f"'{text}' is neither a date like 2026-01-31 or 2026-01-31T12:00 (UTC) nor an age like 36h or 7d"
        )
        raise typer.BadParameter(reason) from None


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
SiteName = Annotated[str, typer.Argument(metavar="SITE", help="A site of the sites file.")]
Ids = Annotated[list[int] | None, typer.Option("--id", help="A message id; may be repeated.")]
Code = Annotated[str | None, typer.Option(help="Only this error code, like address.invalid.")]
OnlySite = Annotated[str | None, typer.Option("--site", help="Only this site.")]
OnlyTopic = Annotated[str | None, typer.Option("--topic", help="Only this topic, like order.placed.")]
OnlyKey = Annotated[str | None, typer.Option("--key", help="Only this order number or reference.")]
Before = Annotated[
    datetime | None,
    typer.Option(
        parser=moment, metavar="TIME", help="Only what died before: a UTC time, or an age like 36h."
    ),
]
Rate = Annotated[float | None, typer.Option(min=0.1, help="At most so many a second.")]


def selection(
    ids: list[int] | None,
    code: str | None,
    site: str | None,
    topic: str | None,
    key: str | None,
    before: datetime | None,
) -> Selection:
    """Return the selection that the filters describe."""
    return Selection(ids=ids or None, code=code, site=site, topic=topic, key=key, before=before)


def site_named(settings: Settings, name: str) -> Site:
    """Return the site; a usage error that names those there are when it is unknown."""
    if name not in settings.sites:
        known = ", ".join(sorted(settings.sites))
        raise typer.BadParameter(f"unknown site '{name}'; the sites file has: {known}", param_hint="SITE")
    return settings.sites[name]


def sites_named(settings: Settings, name: str | None) -> list[Site]:
    """Return the named site, or all of them."""
    return [site_named(settings, name)] if name else list(settings.sites.values())
