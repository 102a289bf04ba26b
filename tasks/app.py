"""The Celery application: JSON only, late acknowledgement, no results, one queue per flow.

Messages of Celery are doorbells, not cargo: losing one costs at most one beat of the relay.
"""

from functools import lru_cache
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging
from kombu import Queue

from config.logs import configure_logs
from config.queues import (
    AT_START,
    HARD_LIMIT,
    QUEUES,
    SOFT_LIMIT,
    TASK_QUEUES,
    VISIBILITY_TIMEOUT,
    beat_schedule,
)
from config.settings import Settings, SettingsError, load_settings
from tasks.broker import use_doorbell_acknowledgements


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings, read once per process; a process with wrong ones ends and lists every problem."""
    try:
        return load_settings()
    except SettingsError as error:
        raise SystemExit(str(error)) from None


def _timed(entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the schedule with every cron line as Celery's own value."""
    return {
        name: entry | {"schedule": crontab.from_string(entry["schedule"])}
        if isinstance(entry["schedule"], str)
        else entry
        for name, entry in entries.items()
    }


def make_app(settings: Settings) -> Celery:
    """Return the configured application."""
    app = Celery("orderbridge", broker=settings.redis_url, include=_MODULES)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_create_missing_queues=False,
        task_queues=[Queue(name) for name in QUEUES],
        task_default_queue="messages",
        task_routes={name: {"queue": queue} for name, queue in TASK_QUEUES.items()},
        task_soft_time_limit=SOFT_LIMIT,
        task_time_limit=HARD_LIMIT,
        task_publish_retry_policy={"max_retries": 2, "interval_start": 0.1, "interval_max": 0.5},
        task_send_sent_event=True,
        worker_send_task_events=True,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_soft_shutdown_timeout=15.0,
        worker_enable_soft_shutdown_on_idle=True,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        visibility_timeout=VISIBILITY_TIMEOUT,
        beat_schedule=_timed(beat_schedule(settings.schedule, settings.sites)),
        timezone="UTC",
    )
    return app


use_doorbell_acknowledgements()

_FLOWS = ("orders", "fulfillment", "storefront", "customers", "inventory", "agents")
_MODULES = [f"tasks.{name}" for name in ("intake", *_FLOWS, "messages", "maintenance")]

app = make_app(settings())


@beat_init.connect
def _collect_at_start(**_: Any) -> None:
    """Ask for a first sweep, poll and pull: the schedule's first ticks come late."""
    for name in AT_START:
        app.send_task(name)


@setup_logging.connect
def _configure_logs(**_: Any) -> None:
    configure_logs(settings().log_format)
