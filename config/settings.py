"""Settings from the environment, read once and checked whole: every problem is reported together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from environs import EnvValidationError, FileAwareEnv
from marshmallow.validate import Length, OneOf, Range, Regexp

from config.console import ConsoleSettings, read_console
from config.crm_login import crm_problems
from config.remotes import (
    FILLED,
    USER,
    CrmSettings,
    StorefrontSettings,
    WarehouseSettings,
    address,
    crm,
    storefront,
    warehouse,
)
from config.sites import SitesError, load_sites
from config.transports import needless, transport_problems
from sync.core.sites import Site

PREFIX = "ORDERBRIDGE_"
DEFAULT_SITES = Path(__file__).with_name("sites.toml")

_TOKEN = Regexp(r"$|[!-~]{16,}$", error="Give 16 characters or more without blanks, or leave it out.")


class SettingsError(Exception):
    """The settings cannot be used; `problems` maps each setting to what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep all problems, one line each in the message."""
        self.problems = dict(problems)
        lines = [f"  {name}: {reason}" for name, reason in sorted(problems.items())]
        super().__init__("\n".join(["the settings have these problems:", *lines]))


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
    console: ConsoleSettings
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
    wrong = chain(transport_problems(sites, read["storefront"]), crm_problems(sites, read["crm"]))
    for name, reason in wrong:
        problems.setdefault(PREFIX + name, reason)
    if problems:
        raise SettingsError(problems)
    return Settings(sites=sites, **read)


def _read(env: FileAwareEnv) -> dict[str, Any]:
    return {
        "database_url": env.str("DATABASE_URL", validate=[Regexp(r"postgresql(\+psycopg2)?://"), address]),
        "redis_url": env.str("REDIS_URL", validate=[Regexp(r"rediss?://|unix://"), address]),
        "storefront": storefront(env),
        "warehouse": warehouse(env),
        "crm": crm(env),
        "receiver": _receiver(env),
        "delivery": _delivery(env),
        "schedule": _schedule(env),
        "console": read_console(env),
        "console_token": env.str("CONSOLE_TOKEN", "", validate=_TOKEN),
        "privacy_key": env.str("PRIVACY_KEY", "", validate=[_TOKEN, Length(max=64)]),
        "log_format": env.str("LOG_FORMAT", "json", validate=OneOf(["json", "console"])),
    }


def _receiver(env: FileAwareEnv) -> ReceiverSettings:
    secrets = env.list(
        "WEBHOOK_SECRETS", subcast=str.strip, validate=Length(min=1, error="Name at least one secret.")
    )
    return ReceiverSettings(
        host=env.str("RECEIVER_HOST", "127.0.0.1"),
        port=env.int("RECEIVER_PORT", 8100, validate=Range(1, 65535)),
        webhook_secrets=tuple(secrets or ()),
        push_user=env.str("PUSH_USER", validate=USER),
        push_password=env.str("PUSH_PASSWORD", validate=FILLED),
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
