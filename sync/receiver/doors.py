"""What the receiver must be told before it opens: markets, secrets, limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from sync.inbox import Limits

# The library's own window; a narrower one can be asked for, a wider one cannot.
WIDEST_TOLERANCE: Final = 300


@dataclass(frozen=True, slots=True)
class Market:
    """A site as the doors see it."""

    channels: tuple[str, ...]
    organisation: str
    reservations: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """A user and password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Everything the receiver needs; sizes in bytes, times in seconds.

    `secrets` by site and `credentials` by channel hold every one that is valid now: two during a renewal.
    """

    sites: Mapping[str, Market]
    secrets: Mapping[str, tuple[str, ...]] = field(repr=False)
    credentials: Mapping[str, tuple[Credential, ...]]
    redis_url: str = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    max_body: int = 1024 * 1024
    tolerance: int = WIDEST_TOLERANCE
    head_timeout: float = 10.0
    body_timeout: float = 10.0
    concurrent: int = 200
    connections: int = 2_000

    def problems(self) -> list[str]:
        """Return everything that must be cured before the doors may open."""
        channels = [channel for market in self.sites.values() for channel in market.channels]
        return [
            *(f"site {site}: no webhook secret" for site in self.sites if not self.secrets.get(site)),
            *(
                f"site {site}: a webhook secret is empty or not base64"
                for site in self.sites
                if not all(map(_usable, self.secrets.get(site, ())))
            ),
            *(f"channel {name}: no credentials" for name in channels if not self.credentials.get(name)),
            *(
                f"channel {name}: a user or password is empty"
                for name in channels
                if not all(each.user and each.password for each in self.credentials.get(name, ()))
            ),
            *(
                f"channel {name}: belongs to more than one site"
                for name in sorted({name for name in channels if channels.count(name) > 1})
            ),
            *([] if 0 < self.tolerance <= WIDEST_TOLERANCE else ["tolerance: must be from 1 to 300 seconds"]),
        ]

    def site_of(self, channel: str) -> str | None:
        """Return the site whose channel this is."""
        return next((name for name, market in self.sites.items() if channel in market.channels), None)


def _usable(secret: str) -> bool:
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError):
        return False
    return True
