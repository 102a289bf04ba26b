"""The CRM's client as the settings want it."""

from config.settings import Settings
from sync.clients.crm import CrmClient
from sync.clients.crm.login import Credentials
from sync.clients.crm.usage import Usage


def crm_client(settings: Settings) -> CrmClient:
    """Return the client; nothing is opened before the first call, which logs in."""
    remote = settings.crm
    return CrmClient(
        url=remote.url,
        version=remote.version,
        credentials=Credentials(
            consumer_key=remote.consumer_key,
            consumer_secret=remote.consumer_secret,
            username=remote.username,
            private_key=remote.private_key,
            audience=remote.audience,
        ),
        usage=Usage(remote.slow_at, remote.stop_at),
        pool_size=2 * settings.delivery.parallel,
    )
