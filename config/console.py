"""How the console shows an order's page to those who have a signed link."""

import re
from dataclasses import dataclass, field

from environs import FileAwareEnv
from marshmallow import ValidationError
from marshmallow.validate import Range, Regexp

_KEYS = Regexp(
    r"$|[!-+\--~]{32,}(\s*,\s*[!-+\--~]{32,})*$",
    error="Give 32 characters or more without blanks, several parted by commas, or leave it out.",
)
_URL = Regexp(r"https?://[^/\s?#]+(/[^\s?#]*)?$", error="Give an http(s) URL, like https://host.example.")
# A host, or all below one, as the header's grammar has them: nothing of it may end the directive.
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """Where the console is for a browser, the keys of its links, the newest first, and who may embed it.

    `link_hours` is the longest life of a link.
    """

    url: str
    link_keys: tuple[str, ...] = field(default=(), repr=False)
    link_hours: float = 24.0
    embed_origins: tuple[str, ...] = ()


def read_console(env: FileAwareEnv) -> ConsoleSettings:
    """Return the settings of the console's pages."""
    keys = env.str("CONSOLE_LINK_KEY", "", validate=_KEYS)
    origins = env.str("CONSOLE_EMBED_ORIGINS", "", validate=_origins)
    url = env.str("CONSOLE_URL", "http://127.0.0.1:8110", validate=_URL)
    return ConsoleSettings(
        url=(url or "").rstrip("/"),
        link_keys=tuple(_parted(keys)),
        link_hours=env.float("CONSOLE_LINK_HOURS", 24.0, validate=Range(0.01, 24 * 31)),
        embed_origins=tuple(_parted(origins)),
    )


def _parted(text: str) -> list[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _origins(text: str) -> None:
    wrong = [one for one in _parted(text) if not _ORIGIN.fullmatch(one)]
    if wrong:
        raise ValidationError(f"'{wrong[0]}' is no origin; write https://acme.lightning.force.com.")
