"""The storefront's clients as the settings want them: one for each interface that a site speaks."""

from collections.abc import Callable

from config.settings import Settings
from sync.clients.ocapi import OcapiClient
from sync.clients.sfcc import SfccClient
from sync.clients.storefronts import Storefronts
from sync.core.ports import Storefront
from sync.core.sites import Api


def storefronts(settings: Settings) -> Storefronts:
    """Return the storefront of all sites; a client that no site needs is not made."""
    spoken = {site.api for site in settings.sites.values()}
    return Storefronts({api: _CLIENTS[api](settings) for api in spoken})


def _scapi(settings: Settings) -> SfccClient:
    remote = settings.storefront
    return SfccClient(
        url=remote.url,
        token_url=remote.token_url,
        organization=remote.organization,
        client_id=remote.client_id,
        client_secret=remote.client_secret,
        pool_size=2 * settings.delivery.parallel,
    )


def _ocapi(settings: Settings) -> OcapiClient:
    remote = settings.storefront
    return OcapiClient(
        url=remote.ocapi_url,
        token_url=remote.token_url,
        client_id=remote.ocapi_client_id,
        client_secret=remote.ocapi_client_secret,
        pool_size=2 * settings.delivery.parallel,
    )


_CLIENTS: dict[Api, Callable[[Settings], Storefront]] = {Api.SCAPI: _scapi, Api.OCAPI: _ocapi}
