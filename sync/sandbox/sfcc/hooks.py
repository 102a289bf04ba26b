"""The storefront's cartridge: tells Orderbridge of placed orders, as reliably as a cartridge does."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from sync.sandbox.courier import SUCCESS, Courier
from sync.sandbox.faults import Faults
from sync.sandbox.options import SandboxOptions
from sync.sandbox.sfcc.answers import dumps
from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp


@dataclass(frozen=True, slots=True)
class Hook:
    """One copy of an event on its way, as it was when announced; `counts` notes its fate."""

    id: str
    url: str
    body: str
    delay: float
    counts: Counter[str]


class Storefront:
    """Posts one event per placed or changed order; after two retries it is lost, as it would be in a shop."""

    def __init__(
        self, options: SandboxOptions, faults: Faults, switches: Switches, now: Callable[[], datetime]
    ) -> None:
        self.bridge = (options.bridge_url or "").rstrip("/")
        self.signer = Webhook(options.hook_secret) if options.hook_secret else None
        self.faults = faults
        self.switches = switches
        self.now = now
        self._events: asyncio.Queue[Hook] = asyncio.Queue()
        self._courier = Courier()
        self.reset()

    def reset(self) -> None:
        """Count from zero; events on their way still arrive."""
        self._counts = Counter({"announced": 0, "dropped": 0, "delivered": 0, "lost": 0, "pending": 0})

    def counts(self) -> dict[str, int]:
        """Events announced and dropped by a fault; copies delivered, lost or on their way."""
        return dict(self._counts)

    def announce(
        self, site: str, number: str, document: dict[str, Any] | None, kind: str = "order.placed"
    ) -> None:
        """Queue an event of an order; without a bridge nobody listens and nothing is queued."""
        if not self.bridge:
            return
        event_id = str(uuid.uuid4())
        event: dict[str, Any] = {
            "type": kind,
            "id": event_id,
            "site": site,
            "orderNo": number,
            "occurredAt": stamp(self.now()),
        }
        if document is not None and self.switches["hook_body"] == "full":
            event["order"] = document
        self._counts["announced"] += 1
        plan = self.faults.outgoing("hooks")
        self._counts["dropped"] += plan.drop
        self._counts["pending"] += plan.copies
        url = f"{self.bridge}/sfcc/{site}/events"
        for _ in range(plan.copies):
            self._events.put_nowait(Hook(event_id, url, dumps(event), plan.delay, self._counts))

    async def run(self) -> None:
        """Deliver events as they come, several at a time."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    group.create_task(self._deliver(await self._events.get()))
        finally:
            self._courier.close()

    async def _deliver(self, hook: Hook) -> None:
        await asyncio.sleep(hook.delay)
        headers = self._headers(hook.id, hook.body)
        status = await self._courier.deliver(hook.url, hook.body.encode(), headers)
        hook.counts["delivered" if status in SUCCESS else "lost"] += 1
        hook.counts["pending"] -= 1

    def _headers(self, event_id: str, body: str) -> dict[str, str]:
        moment = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(moment.timestamp())),
        }
        if self.signer is not None:
            headers["webhook-signature"] = self.signer.sign(event_id, moment, body)
        return headers
