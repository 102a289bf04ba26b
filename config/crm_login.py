"""What the CRM's settings must hold, by what the sites want of it."""

from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from sync.core.crm import AgentPlace
from sync.core.sites import Site

URL, KEY, SECRET = "CRM_URL", "CRM_CONSUMER_KEY", "CRM_CONSUMER_SECRET"
USERNAME, PRIVATE = "CRM_USERNAME", "CRM_PRIVATE_KEY"
SLOW, STOP = "CRM_SLOW_AT", "CRM_STOP_AT"
# They give tokens to users, and none to the client credentials of an org.
SHARED_HOSTS = ("login.salesforce.com", "test.salesforce.com")

Problem = tuple[str, str]


class Remote(Protocol):
    """The settings that are looked at; what was refused before may be missing altogether."""

    @property
    def url(self) -> str: ...  # noqa: D102  the setting
    @property
    def consumer_key(self) -> str: ...  # noqa: D102  the setting
    @property
    def consumer_secret(self) -> str: ...  # noqa: D102  the setting
    @property
    def username(self) -> str: ...  # noqa: D102  the setting
    @property
    def private_key(self) -> str: ...  # noqa: D102  the setting
    @property
    def slow_at(self) -> float: ...  # noqa: D102  the setting
    @property
    def stop_at(self) -> float: ...  # noqa: D102  the setting


def crm_needs(sites: Mapping[str, Site]) -> Iterator[str]:
    """Yield why the CRM is needed, a site at a time; nothing while no site wants anything of it."""
    for name, site in sites.items():
        if site.crm.match:
            yield f"site {name} looks contacts up (crm.match)"
        elif site.crm.agent is AgentPlace.CRM:
            yield f'site {name} has crm.agent = "crm"'


def crm_problems(sites: Mapping[str, Site], remote: Remote) -> Iterator[Problem]:
    """Yield setting and what is wrong with it; none is needed while no site wants anything of the CRM."""
    why = next(crm_needs(sites), "")
    if why:
        yield from _missing(remote, why)
    yield from _address(remote)
    if remote.private_key:
        yield from _unusable(remote.private_key)
    if remote.slow_at and remote.stop_at and remote.slow_at > remote.stop_at:
        yield SLOW, f"Must not be above ORDERBRIDGE_{STOP}, which is {remote.stop_at:g}."


def _missing(remote: Remote, why: str) -> Iterator[Problem]:
    if not remote.url:
        yield URL, f"Must not be empty: {why}. Give the org's My Domain."
    if not remote.consumer_key:
        yield KEY, f"Must not be empty: {why}."
    if not remote.consumer_secret and not (remote.username or remote.private_key):
        yield SECRET, f"Must not be empty: {why}. Or give ORDERBRIDGE_{USERNAME} and _PRIVATE_KEY."
    elif not remote.consumer_secret:
        for name, value in ((USERNAME, remote.username), (PRIVATE, remote.private_key)):
            if not value:
                yield name, f"Must not be empty: {why}, and the other half of the login is set."


def _address(remote: Remote) -> Iterator[Problem]:
    parts = urlsplit(remote.url or "")
    if parts.path.rstrip("/") or parts.query or "@" in parts.netloc:
        yield URL, "Name only the host, like https://acme.my.salesforce.com."
    elif parts.hostname in SHARED_HOSTS and not remote.private_key:
        yield URL, f"Give the org's My Domain: {parts.hostname} knows no client credentials."


def _unusable(pem: str) -> Iterator[Problem]:
    # Only who logs in by a key needs the library, which takes its time to load.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        yield PRIVATE, "Is encrypted: give it without a passphrase, best by ORDERBRIDGE_CRM_PRIVATE_KEY_FILE."
    except (ValueError, UnsupportedAlgorithm):
        yield PRIVATE, "Is no private key in PEM; give its file by ORDERBRIDGE_CRM_PRIVATE_KEY_FILE."
    else:
        if not isinstance(key, RSAPrivateKey):
            yield PRIVATE, "Must be an RSA key: the CRM takes RS256 alone."
