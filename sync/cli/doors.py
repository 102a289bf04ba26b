"""What the receiver must know, out of the settings: without a database, a broker or a remote."""

from config.settings import Settings
from sync.receiver.doors import Credential, Doors, Market


def doors(settings: Settings) -> Doors:
    """Return what the receiver must know; every site believes the same secrets and credentials."""
    listening = settings.receiver
    credential = Credential(listening.push_user, listening.push_password)
    return Doors(
        sites={
            name: Market(site.channels, site.organisation, site.stock.reservations > 0)
            for name, site in settings.sites.items()
        },
        secrets=dict.fromkeys(settings.sites, listening.webhook_secrets),
        credentials={channel: (credential,) for site in settings.sites.values() for channel in site.channels},
        redis_url=settings.redis_url,
        max_body=listening.max_body,
    )
