"""Settings from the environment, read once and checked whole: every problem is reported together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from environs import EnvValidationError, FileAwareEnv
from marshmallow import ValidationError
from marshmallow.validate import Length, OneOf, Range, Regexp

from config.sites import SitesError, load_sites
from config.transports import instance, needless, transport_problems
from sync.core.sites import Site

PREFIX = "ORDERBRIDGE_"
DEFAULT_SITES = Path(__file__).with_name("sites.toml")

_HTTP = Regexp(r"https?://[^/\s]+", error="Give an http(s) URL, like https://host.example/path.")
_HTTP_OR_NONE = Regexp(r"$|https?://[^/\s]+", error="Give an http(s) URL, like https://host.example/path.")
_FILLED = Length(min=1, error="Must not be empty.")
_TOKEN = Regexp(r"$|[!-~]{16,}$", error="Give 16 characters or more without blanks, or leave it out.")
# Basic authentication ends the user's name at the first colon.
_USER = Regexp(r"[^:]+$", error="Must not be empty, and hold no colon.")


def _address(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValidationError(f"Not a URL: {error}.") from None
    if port == 0 or (parts.scheme in {"http", "https"} and not parts.hostname):
        raise ValidationError("Name a host, and a port from 1 to 65535 if any.")


class SettingsError(Exception):
    """The settings cannot be used; `problems` maps each setting to what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep all problems, one line each in the message."""
        self.problems = dict(problems)
        lines = [f"  {name}: {reason}" for name, reason in sorted(problems.items())]
        super().__init__("\n".join(["the settings have these problems:", *lines]))


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
    """Where the CRM is, by its My Domain, and how we log in: by secret, or as `username` by private key."""

    url: str
    version: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    username: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSettings:
    """How the receiver listens and whom it believes."""

    host: str
    port: int
    webhook_secrets: tuple[str, ...]
    push_user: str
    push_password: str
    max_body: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How the delivery loop works: batch sizes, leases in seconds, attempts."""

    batch: int
    lease: float
    attempts: int
    first_delay: float
    longest_delay: float
    parallel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """Seconds between the ticks of beat, and how polls look back and ask."""

    relay: float
    sweep: float
    poll: float
    stock: float
    overlap: float
    silence: float
    ask_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a process needs to know, as values."""

    database_url: str
    redis_url: str
    sites: Mapping[str, Site]
    storefront: StorefrontSettings
    warehouse: WarehouseSettings
    crm: CrmSettings
    receiver: ReceiverSettings
    delivery: DeliverySettings
    schedule: ScheduleSettings
    log_format: str
    console_token: str = field(default="", repr=False)
    privacy_key: str = field(default="", repr=False)


class _Environment(FileAwareEnv):
    """The environment, in which a file that cannot be read is a problem like any other."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(prefix=PREFIX, eager=False, strip_whitespace=True)
        self._problems = problems

    def _get_value(self, env_key: str, default: Any) -> Any:
        try:
            return super()._get_value(env_key, default)
        except (OSError, ValueError) as error:
            self._problems[f"{env_key}_FILE"] = f"Cannot be read: {error}"
            return ""


def load_settings() -> Settings:
    """Read and check the environment; raises `SettingsError` naming every problem.

    Any variable may be given as NAME_FILE instead, the path of a file that holds the value.
    """
    problems: dict[str, str] = {}
    env = _Environment(problems)
    sites: Mapping[str, Site] = {}
    sites_file = env.path("SITES", DEFAULT_SITES)
    read = _read(env)
    try:
        env.seal()
    except EnvValidationError as error:
        messages = error.error_messages
        named = messages if isinstance(messages, Mapping) else {PREFIX: messages}
        unread = {name.removesuffix("_FILE") for name in problems}
        problems |= {
            name: " ".join(map(str, reasons)) for name, reasons in named.items() if name not in unread
        }
    try:
        sites = load_sites(sites_file)
    except SitesError as error:
        problems |= error.problems
    given = {name.removesuffix("_FILE") for name, value in os.environ.items() if value}
    unasked = {PREFIX + name for name in needless(sites)} - given
    problems = {name: reason for name, reason in problems.items() if name not in unasked}
    for name, reason in transport_problems(sites, read["storefront"]):
        problems.setdefault(PREFIX + name, reason)
    if problems:
        raise SettingsError(problems)
    return Settings(sites=sites, **read)


def _read(env: FileAwareEnv) -> dict[str, Any]:
    return {
        "database_url": env.str("DATABASE_URL", validate=[Regexp(r"postgresql(\+psycopg2)?://"), _address]),
        "redis_url": env.str("REDIS_URL", validate=[Regexp(r"rediss?://|unix://"), _address]),
        "storefront": _storefront(env),
        "warehouse": _warehouse(env),
        "crm": _crm(env),
        "receiver": _receiver(env),
        "delivery": _delivery(env),
        "schedule": _schedule(env),
        "console_token": env.str("CONSOLE_TOKEN", "", validate=_TOKEN),
        "privacy_key": env.str("PRIVACY_KEY", "", validate=[_TOKEN, Length(max=64)]),
        "log_format": env.str("LOG_FORMAT", "json", validate=OneOf(["json", "console"])),
    }


def _storefront(env: FileAwareEnv) -> StorefrontSettings:
    return StorefrontSettings(
        url=env.str("SFCC_URL", validate=[_HTTP, _address]),
        inventory_url=env.str("SFCC_INVENTORY_URL", validate=[_HTTP, _address]),
        token_url=env.str("SFCC_TOKEN_URL", validate=[_HTTP, _address]),
        organization=env.str(
            "SFCC_ORGANIZATION", validate=Regexp(r"f_ecom_[a-z]{4}_(prd|stg|dev|s\d\d|\d{3})$")
        ),
        client_id=env.str("SFCC_CLIENT_ID", validate=_FILLED),
        client_secret=env.str("SFCC_CLIENT_SECRET", validate=_FILLED),
        # Salesforce wants a client of its own for OCAPI; without one the first is used for both.
        ocapi_client_id=env.str("SFCC_OCAPI_CLIENT_ID", ""),
        ocapi_client_secret=env.str("SFCC_OCAPI_CLIENT_SECRET", ""),
        # Where these differ from the usual: empty stands for the instance of the inventory address.
        webdav_url=env.str("SFCC_WEBDAV_URL", "", validate=_HTTP_OR_NONE),
        omnichannel_url=env.str("SFCC_OMNICHANNEL_URL", "", validate=_HTTP_OR_NONE),
        tenant_group=env.str("SFCC_TENANT_GROUP", ""),
    )


def _warehouse(env: FileAwareEnv) -> WarehouseSettings:
    return WarehouseSettings(
        url=env.str("ORDERFLOW_URL", validate=[_HTTP, _address]),
        user=env.str("ORDERFLOW_USER", validate=_USER),
        password=env.str("ORDERFLOW_PASSWORD", validate=_FILLED),
        # ASSUMPTION: Orderflow's zoneless times are the server's local time, in the United Kingdom.
        zone=env.str("ORDERFLOW_ZONE", "Europe/London", validate=OneOf(sorted(available_timezones()))),
        # ASSUMPTION: a pushed count, which carries no time, was computed at most this many seconds before
        # it arrived; raise it where the warehouse delivers stock messages late.
        push_age=env.float("ORDERFLOW_PUSH_AGE", 0.0, validate=Range(min=0)),
        # ASSUMPTION: the report of processed returns is configured only on some instances.
        return_report=env.bool("ORDERFLOW_RETURN_REPORT", default=False),
    )


def _crm(env: FileAwareEnv) -> CrmSettings:
    return CrmSettings(
        url=env.str("CRM_URL", "", validate=_HTTP_OR_NONE),
        version=env.str("CRM_VERSION", "64.0", validate=Regexp(r"\d\d\.0$")),
        consumer_key=env.str("CRM_CONSUMER_KEY", ""),
        consumer_secret=env.str("CRM_CONSUMER_SECRET", ""),
        username=env.str("CRM_USERNAME", ""),
        private_key=env.str("CRM_PRIVATE_KEY", ""),
    )


def _receiver(env: FileAwareEnv) -> ReceiverSettings:
    secrets = env.list(
        "WEBHOOK_SECRETS", subcast=str.strip, validate=Length(min=1, error="Name at least one secret.")
    )
    return ReceiverSettings(
        host=env.str("RECEIVER_HOST", "127.0.0.1"),
        port=env.int("RECEIVER_PORT", 8100, validate=Range(1, 65535)),
        webhook_secrets=tuple(secrets or ()),
        push_user=env.str("PUSH_USER", validate=_USER),
        push_password=env.str("PUSH_PASSWORD", validate=_FILLED),
        max_body=env.int("MAX_BODY", 1024 * 1024, validate=Range(min=1024)),
    )


def _delivery(env: FileAwareEnv) -> DeliverySettings:
    return DeliverySettings(
        batch=env.int("BATCH", 25, validate=Range(1, 500)),
        # A run ends by its lease, and must end by itself before its task's time limit does it.
        lease=env.float("LEASE", 120.0, validate=Range(1, 180)),
        attempts=env.int("ATTEMPTS", 20, validate=Range(min=1)),
        first_delay=env.float("FIRST_DELAY", 1.0, validate=Range(min=0)),
        longest_delay=env.float("LONGEST_DELAY", 900.0, validate=Range(min=0)),
        parallel=env.int("PARALLEL", 4, validate=Range(1, 64)),
    )


def _schedule(env: FileAwareEnv) -> ScheduleSettings:
    return ScheduleSettings(
        # Intake waits for events for the whole of a tick, within its task's time limit.
        relay=env.float("RELAY_EVERY", 5.0, validate=Range(0.1, 60)),
        sweep=env.float("SWEEP_EVERY", 60.0, validate=Range(min=1)),
        poll=env.float("POLL_EVERY", 120.0, validate=Range(min=1)),
        stock=env.float("STOCK_EVERY", 300.0, validate=Range(min=1)),
        # ASSUMPTION: the order list's index may lag by minutes, and a despatch may appear late with an
        # older time; two hours also cover the hour that repeats when summer time ends.
        overlap=env.float("OVERLAP", 7200.0, validate=Range(min=0)),
        silence=env.float("SILENCE", 3600.0, validate=Range(min=0)),
        ask_rate=env.float("ASK_RATE", 20.0, validate=Range(0.1, 1000)),
    )
