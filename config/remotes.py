"""Settings of the remotes: where they are, and how we log in."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from environs import FileAwareEnv
from marshmallow import ValidationError
from marshmallow.validate import Length, OneOf, Range, Regexp

from config.transports import instance

HTTP = Regexp(r"https?://[^/\s]+", error="Give an http(s) URL, like https://host.example/path.")
HTTP_OR_NONE = Regexp(r"$|https?://[^/\s]+", error="Give an http(s) URL, like https://host.example/path.")
FILLED = Length(min=1, error="Must not be empty.")
CREDENTIAL = Regexp(r"[!-~]*$", error="Has letters of no connected app: blanks, accents or line ends.")
# Basic authentication ends the user's name at the first colon.
USER = Regexp(r"[^:]+$", error="Must not be empty, and hold no colon.")


def address(url: str) -> None:
    """Check that a URL names a host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValidationError(f"Not a URL: {error}.") from None
    if port == 0 or (parts.scheme in {"http", "https"} and not parts.hostname):
        raise ValidationError("Name a host, and a port from 1 to 65535 if any.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontSettings:
    """Where SFCC is and how we log in; URLs end without a slash."""

    url: str
    inventory_url: str
    token_url: str
    organization: str
    client_id: str
    client_secret: str
    ocapi_client_id: str
    ocapi_client_secret: str
    webdav_url: str = ""
    omnichannel_url: str = ""
    tenant_group: str = ""

    @property
    def ocapi_url(self) -> str:
        """The instance that OCAPI's paths are below."""
        return instance(self.inventory_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSettings:
    """Where Orderflow is and how we log in; `zone` is the zone of its zoneless times."""

    url: str
    user: str
    password: str
    zone: str
    push_age: float
    return_report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmSettings:
    """Where the CRM is, by its My Domain, and how we log in: by secret, or as `username` by private key.

    `slow_at` and `stop_at` are percent of the calls that it allows a day.
    """

    url: str
    version: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    username: str
    private_key: str = field(repr=False)
    audience: str = ""
    slow_at: float = 80.0
    stop_at: float = 95.0


def storefront(env: FileAwareEnv) -> StorefrontSettings:
    """Return the storefront's settings."""
    return StorefrontSettings(
        url=env.str("SFCC_URL", validate=[HTTP, address]),
        inventory_url=env.str("SFCC_INVENTORY_URL", validate=[HTTP, address]),
        token_url=env.str("SFCC_TOKEN_URL", validate=[HTTP, address]),
        organization=env.str(
            "SFCC_ORGANIZATION", validate=Regexp(r"f_ecom_[a-z]{4}_(prd|stg|dev|s\d\d|\d{3})$")
        ),
        client_id=env.str("SFCC_CLIENT_ID", validate=FILLED),
        client_secret=env.str("SFCC_CLIENT_SECRET", validate=FILLED),
        # Salesforce wants a client of its own for OCAPI; without one the first is used for both.
        ocapi_client_id=env.str("SFCC_OCAPI_CLIENT_ID", ""),
        ocapi_client_secret=env.str("SFCC_OCAPI_CLIENT_SECRET", ""),
        # Where these differ from the usual: empty stands for the instance of the inventory address.
        webdav_url=env.str("SFCC_WEBDAV_URL", "", validate=HTTP_OR_NONE),
        omnichannel_url=env.str("SFCC_OMNICHANNEL_URL", "", validate=HTTP_OR_NONE),
        tenant_group=env.str("SFCC_TENANT_GROUP", ""),
    )


def warehouse(env: FileAwareEnv) -> WarehouseSettings:
    """Return the warehouse's settings."""
    return WarehouseSettings(
        url=env.str("ORDERFLOW_URL", validate=[HTTP, address]),
        user=env.str("ORDERFLOW_USER", validate=USER),
        password=env.str("ORDERFLOW_PASSWORD", validate=FILLED),
        # ASSUMPTION: Orderflow's zoneless times are the server's local time, in the United Kingdom.
        zone=env.str("ORDERFLOW_ZONE", "Europe/London", validate=OneOf(sorted(available_timezones()))),
        # ASSUMPTION: a pushed count, which carries no time, was computed at most this many seconds before
        # it arrived; raise it where the warehouse delivers stock messages late.
        push_age=env.float("ORDERFLOW_PUSH_AGE", 0.0, validate=Range(min=0)),
        # ASSUMPTION: the report of processed returns is configured only on some instances.
        return_report=env.bool("ORDERFLOW_RETURN_REPORT", default=False),
    )


def crm(env: FileAwareEnv) -> CrmSettings:
    """Return the CRM's settings; which are needed is known once the sites are (`crm_problems`)."""
    return CrmSettings(
        url=env.str("CRM_URL", "", validate=[HTTP_OR_NONE, address]),
        version=env.str("CRM_VERSION", "64.0", validate=Regexp(r"\d\d\.0$", error="Like 64.0.")),
        consumer_key=env.str("CRM_CONSUMER_KEY", "", validate=CREDENTIAL),
        consumer_secret=env.str("CRM_CONSUMER_SECRET", "", validate=CREDENTIAL),
        username=env.str("CRM_USERNAME", "", validate=CREDENTIAL),
        private_key=env.str("CRM_PRIVATE_KEY", ""),
        # ASSUMPTION: an assertion is for login.salesforce.com, or test.salesforce.com for a sandbox org.
        audience=env.str("CRM_AUDIENCE", "", validate=HTTP_OR_NONE),
        slow_at=env.float("CRM_SLOW_AT", 80.0, validate=Range(1, 100)),
        stop_at=env.float("CRM_STOP_AT", 95.0, validate=Range(1, 100)),
    )
