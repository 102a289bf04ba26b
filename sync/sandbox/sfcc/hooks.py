"""The storefront's cartridge: tells Orderbridge of placed orders, as reliably as a cartridge does."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from sync.sandbox.courier import Courier
from sync.sandbox.faults import Faults
from sync.sandbox.options import SandboxOptions
from sync.sandbox.sfcc.answers import dumps
from sync.sandbox.switches import Switches
from sync.sandbox.world import stamp


class Storefront:
    """Posts one event per placed order; after two retries an event is lost, as it would be in a shop."""

    def __init__(
        self, options: SandboxOptions, faults: Faults, switches: Switches, now: Callable[[], datetime]
    ) -> None:
        self.bridge = (options.bridge_url or "").rstrip("/")
        self.signer = Webhook(options.hook_secret) if options.hook_secret else None
        self.faults = faults
        self.switches = switches
        self.now = now
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._courier = Courier()

    def announce(self, site: str, number: str, document: dict[str, Any] | None) -> None:
        """Queue the event of a placed order; without a bridge nobody listens and nothing is queued."""
        if not self.bridge:
            return
        event: dict[str, Any] = {
            "type": "order.placed",
            "id": str(uuid.uuid4()),
            "site": site,
            "orderNo": number,
            "occurredAt": stamp(self.now()),
        }
        if document is not None and self.switches["hook_body"] == "full":
            event["order"] = document
        self._events.put_nowait(event)

    async def run(self) -> None:
        """Deliver events as they come, several at a time."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    event = await self._events.get()
                    plan = self.faults.outgoing("hooks")
                    for _ in range(plan.copies):
                        group.create_task(self._deliver(event, plan.delay))
        finally:
            self._courier.close()

    async def _deliver(self, event: dict[str, Any], delay: float) -> None:
        await asyncio.sleep(delay)
        body = dumps(event)
        url = f"{self.bridge}/sfcc/{event['site']}/events"
        await self._courier.deliver(url, body.encode(), self._headers(event["id"], body))

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
