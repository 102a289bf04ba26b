"""Pushes: what the warehouse tells the bridge by itself, kept and repeated until it is confirmed."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.sandbox.courier import Courier
from sync.sandbox.faults import Faults
from sync.sandbox.options import SandboxOptions
from sync.sandbox.orderflow.events import event_document
from sync.sandbox.orderflow.stock import StockRecord
from sync.sandbox.orderflow.stock_documents import inventory_push
from sync.sandbox.orderflow.warehouse import BY_API, Event, Warehouse
from sync.sandbox.switches import Switches

# The pauses of the vendor are minutes; a sandbox has no time for that. The last one repeats.
PAUSES_SECONDS = (1, 5, 15, 60)
CONFIRMED = range(200, 300)
NAP_SECONDS = 0.1


@dataclass(slots=True)
class Message:
    """A message on its way; `body` is its text, with the id in it."""

    id: int
    channel: str
    kind: str
    body: bytes
    attempts: int = 0
    last_status: int | None = None
    parked_at: datetime | None = None

    def renumber(self, number: int) -> None:
        """Give the message another id."""
        old, new = f'messageId="{self.id}"'.encode(), f'messageId="{number}"'.encode()
        self.body, self.id = self.body.replace(old, new, 1), number


@dataclass(slots=True)
class Counts:
    """What has become of the messages that are no longer under way."""

    delivered: int = 0
    dropped: int = 0
    parked: list[Message] = field(default_factory=list)


class Pushes:
    """Turns events and stock changes into messages and delivers them, with no promise about their order."""

    def __init__(self, house: Warehouse, switches: Switches, faults: Faults, options: SandboxOptions) -> None:
        self._house = house
        self._switches = switches
        self._faults = faults
        self._options = options
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._changed: dict[tuple[str, str], StockRecord] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self.counts = Counts()
        if options.bridge_url:
            house.on_event.append(self._on_event)
            house.on_stock.append(self._on_stock)

    def _on_event(self, event: Event) -> None:
        by_api = event.kind == "order_cancelled" and event.user == BY_API
        # ASSUMPTION: a cancel asked for through the API is told as well.
        if by_api and not self._switches["push_cancel_by_api"]:
            return
        organisation = self._house.organisation
        number = self._next_number()
        text = event_document(event, organisation, number, self._switches)
        self._send(Message(number, self._channel(event), event.kind, text))

    def _next_number(self) -> int:
        return self._house.ids.next() - int(self._switches["message_ids_behind"])

    def _channel(self, event: Event) -> str:
        if event.order is not None:
            return event.order.channel
        return (event.returned.channel if event.returned else "") or self._house.channels[0]

    def _on_stock(self, record: StockRecord) -> None:
        self._changed[record.sku, record.warehouse] = record

    def push_stock(self) -> None:
        """Send what has changed since the last time, as it is now."""
        changed, self._changed = list(self._changed.values()), {}
        size = self._switches["stock_push_products"]
        for start in range(0, len(changed), size):
            self._send_stock(changed[start : start + size])

    def push_all_stock(self) -> int:
        """Send every inventory record and return how many there are; needs no change."""
        if self._options.bridge_url:
            self._changed = {(record.sku, record.warehouse): record for record in self._house.stock}
        return len(self._changed)

    def _send_stock(self, records: list[StockRecord]) -> None:
        channel = self._house.channels[0]
        number = self._next_number()
        text = inventory_push(records, self._house.organisation, channel, number, self._switches)
        self._send(Message(number, channel, "inventory", text))

    def _send(self, message: Message) -> None:
        self._queue.put_nowait(message)

    def retry_parked(self) -> int:
        """Give every parked message its attempts again and return how many there were."""
        parked, self.counts.parked = self.counts.parked, []
        for message in parked:
            message.attempts, message.parked_at = 0, None
            self._send(message)
        return len(parked)

    def clear(self) -> None:
        """Forget every message, also those that wait to be repeated."""
        self._changed.clear()
        while not self._queue.empty():
            self._queue.get_nowait()
        for delivery in self._under_way:
            delivery.cancel()
        self.counts = Counts()

    async def run(self) -> None:
        """Deliver until canceled; returns at once when there is no bridge."""
        if not self._options.bridge_url:
            return
        courier = Courier()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._collect_stock())
                while True:
                    message = await self._queue.get()
                    delivery = group.create_task(self._deliver(courier, message))
                    self._under_way.add(delivery)
                    delivery.add_done_callback(self._under_way.discard)
        finally:
            courier.close()

    async def _collect_stock(self) -> None:
        clock = asyncio.get_running_loop().time
        last = clock()
        while True:
            # Short naps, so that a changed interval counts at once.
            await asyncio.sleep(min(self._switches["stock_push_interval"], NAP_SECONDS))
            if clock() - last >= self._switches["stock_push_interval"]:
                last = clock()
                self.push_stock()

    async def _deliver(self, courier: Courier, message: Message) -> None:
        plan = self._faults.outgoing("pushes")
        if plan.delay:
            await asyncio.sleep(plan.delay)
        if plan.drop:
            self.counts.dropped += 1
        elif await self._attempt_all(courier, message):
            for _ in range(plan.copies - 1):
                await self._post(courier, message)
            self.counts.delivered += 1
        else:
            message.parked_at = self._house.clock()
            self.counts.parked.append(message)

    async def _attempt_all(self, courier: Courier, message: Message) -> bool:
        while True:
            if await self._post(courier, message):
                return True
            # ASSUMPTION: five attempts at growing pauses, then the message is parked.
            if message.attempts >= self._switches["push_attempts"]:
                return False
            pause = PAUSES_SECONDS[min(message.attempts, len(PAUSES_SECONDS)) - 1]
            await asyncio.sleep(pause * self._switches["push_retry_scale"])
            # ASSUMPTION: a repeated message keeps its number.
            if not self._switches["push_keeps_message_id"]:
                message.renumber(self._next_number())

    async def _post(self, courier: Courier, message: Message) -> bool:
        base = (self._options.bridge_url or "").rstrip("/")
        message.attempts += 1
        message.last_status = await courier.post(
            f"{base}/orderflow/{message.channel}/messages",
            message.body,
            {"Content-Type": "application/xml"},
            (self._options.push_user, self._options.push_password),
        )
        # ASSUMPTION: any 2xx confirms a message, whatever the answer says.
        return message.last_status in CONFIRMED

    def describe(self) -> dict[str, Any]:
        """Return the counts of messages, of changed products not yet in one, and each parked message."""
        return {
            "waiting": self._queue.qsize() + len(self._under_way),
            "collected": len(self._changed),
            "delivered": self.counts.delivered,
            "dropped": self.counts.dropped,
            "parked": [
                {
                    "messageId": message.id,
                    "channel": message.channel,
                    "kind": message.kind,
                    "attempts": message.attempts,
                    "last_status": message.last_status,
                    "parked_at": message.parked_at.isoformat() if message.parked_at else None,
                    "body": message.body.decode(),
                }
                for message in self.counts.parked
            ],
        }
