"""What the storefront's settings must hold, by the interfaces that the sites speak."""

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from sync.core.sites import Api, Site

DATA_API = "/s/-/dw/data"
SCAPI_ONLY = ("SFCC_URL", "SFCC_ORGANIZATION", "SFCC_CLIENT_ID", "SFCC_CLIENT_SECRET")
CLIENT, SECRET = "SFCC_OCAPI_CLIENT_ID", "SFCC_OCAPI_CLIENT_SECRET"
INVENTORY = "SFCC_INVENTORY_URL"


class Remote(Protocol):
    """The settings that are looked at; what was not given may be missing altogether."""

    @property
    def inventory_url(self) -> str: ...  # noqa: D102  the setting
    @property
    def ocapi_client_id(self) -> str: ...  # noqa: D102  the setting
    @property
    def ocapi_client_secret(self) -> str: ...  # noqa: D102  the setting


def instance(inventory_url: str) -> str:
    """Return the instance's address that the Data API's is below, without a slash at its end."""
    return inventory_url.partition(DATA_API)[0].rstrip("/")


def needless(sites: Mapping[str, Site]) -> Collection[str]:
    """Return the settings that no site needs; all are needed while the sites are not known."""
    spoken = {site.api for site in sites.values()}
    return SCAPI_ONLY if spoken == {Api.OCAPI} else ()


def transport_problems(sites: Mapping[str, Site], remote: Remote) -> Iterator[tuple[str, str]]:
    """Yield setting and what is wrong with it for the sites of an older interface."""
    older = [name for name, site in sites.items() if site.api is Api.OCAPI]
    why = f'site {older[0]} has api = "ocapi"' if older else "the other half of the pair is set"
    for name, value, other in (
        (CLIENT, remote.ocapi_client_id, remote.ocapi_client_secret),
        (SECRET, remote.ocapi_client_secret, remote.ocapi_client_id),
    ):
        if not value and (older or other):
            yield name, f"Must not be empty: {why}. Make an API client for OCAPI in Account Manager."
    path = urlsplit(remote.inventory_url or "").path.rstrip("/")
    if older and path and DATA_API not in path:
        yield INVENTORY, f"Name only the host, or the whole path {DATA_API}/...: {why}."
