"""A receiver on a real port with a real inbox behind it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
import requests
import uvicorn
from standardwebhooks.webhooks import Webhook

from sync.core.messages import Draft
from sync.inbox import STREAM, Entry, Limits
from sync.receiver import Credential, Doors, Market
from sync.receiver.serve import configured
from tests.stack import eventually

OLD_SECRET, NEW_SECRET, WRONG_SECRET = "whsec_b2xkLXNlY3JldA==", "whsec_bmV3LXNlY3JldA==", "whsec_d3Jvbmc="


@dataclass(frozen=True)
class Running:
    """A receiver, and the ways to talk to it."""

    url: str
    redis_url: str
    server: uvicorn.Server

    def event(self, site: str, payload: Any, **signing: Any) -> requests.Response:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"content-type": "application/json", **signed(body, **signing)}
        return requests.post(f"{self.url}/sfcc/{site}/events", data=body, headers=headers, timeout=30)

    def message(self, body: bytes, channel: str = "web_us", **options: Any) -> requests.Response:
        options = {"auth": ("of", "secret-us"), "headers": {"content-type": "application/xml"}} | options
        return requests.post(f"{self.url}/orderflow/{channel}/messages", data=body, timeout=30, **options)

    def signed(self, body: bytes) -> dict[str, str]:
        return signed(body)

    def drafts(self) -> list[Draft]:
        with redis.Redis.from_url(self.redis_url) as client:
            return [Entry(number.decode(), fields).draft() for number, fields in client.xrange(STREAM)]

    def metric(self, name: str) -> float:
        lines = requests.get(f"{self.url}/metrics", timeout=30).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def signed(body: bytes, secret: str = NEW_SECRET, name: str = "msg-1", age: float = 0) -> dict[str, str]:
    moment = datetime.now(UTC) - timedelta(seconds=age)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, moment, body.decode(errors="replace")),
    }


@contextmanager
def serving(doors: Doors) -> Iterator[Running]:
    server = uvicorn.Server(configured(doors, "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually("a started receiver", lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Running(f"http://127.0.0.1:{port}", doors.redis_url, server)
    finally:
        server.should_exit = True
        thread.join()


def doors_to(redis_url: str) -> Doors:
    return Doors(
        sites={"US": Market(("web_us",), "acme", reservations=True), "UK": Market(("web_uk",), "acme")},
        secrets={"US": (OLD_SECRET, NEW_SECRET), "UK": (WRONG_SECRET,)},
        credentials={"web_us": (Credential("of", "secret-us"),), "web_uk": (Credential("of", "secret-uk"),)},
        redis_url=redis_url,
        limits=Limits(look_every=0.05),
    )


@pytest.fixture
def open_receiver(redis_url: str) -> Iterator[Callable[..., Running]]:
    """Start a receiver with other settings than the usual; all are stopped at the end."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(serving(replace(doors_to(redis_url), **changes)))


@pytest.fixture
def receiver(open_receiver: Callable[..., Running]) -> Running:
    return open_receiver()
