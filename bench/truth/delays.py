"""How long facts take: despatches at a steady rhythm, told by pushes, or found by polls alone."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from typing import Any

from tests.stack import Live, eventually

RHYTHM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from each despatch to the call that tells the storefront `shipped`, as its journal has it."""

    way: str
    poll_seconds: float | None
    seconds: list[float]
    # Processes that wanted a core meanwhile, on the average of a minute.
    load: float

    def at(self, percent: int) -> float:
        """Return a percentile."""
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON has them."""
        figures = {f"p{percent}": round(self.at(percent), 3) for percent in (50, 90, 99)}
        figures["load"] = round(self.load, 1)
        return {"way": self.way, "poll_seconds": self.poll_seconds, "facts": len(self.seconds)} | figures


def pushed(live: Live, facts: int) -> Delays:
    """Measure with every push delivered, and no poll."""
    return Delays("pushes", None, _despatched(live, facts), os.getloadavg()[0])


def polled(live: Live, facts: int, every: float) -> Delays:
    """Measure with every push lost, polling every so many seconds."""
    live.house("PUT", "faults", {"pushes": {"drop": 1.0}})
    try:
        with _polls(live, every):
            return Delays("polls", every, _despatched(live, facts), os.getloadavg()[0])
    finally:
        live.house("DELETE", "faults")


def _despatched(live: Live, facts: int) -> list[float]:
    numbers = [live.place_plain(hooks=False) for _ in range(facts)]
    for number in numbers:
        live.announce(number)
    eventually("all handed over", lambda: live.exported(numbers))
    live.settle()
    since, left = live.now_in("sfcc"), dict[str, float]()
    for number in numbers:
        live.move(number, "despatch")
        left[number] = time.time()
        time.sleep(RHYTHM_SECONDS)
    told = eventually("all told", lambda: _told(live, numbers, since))
    live.settle()
    return [told[number] - left[number] for number in numbers]


def _told(live: Live, numbers: list[str], since: int) -> dict[str, float] | None:
    """Return when the storefront's journal first has each order as shipped, once it has them all."""
    told: dict[str, float] = {}
    for entry in live.journal("sfcc", since):
        key = entry["idempotency_key"] or ""
        number = key.partition(":")[0]
        if key.endswith("shipping-status:shipped") and entry["effect"] == "applied":
            told.setdefault(number, datetime.fromisoformat(entry["time"]).timestamp())
    return told if set(numbers) <= told.keys() else None


@contextmanager
def _polls(live: Live, every: float) -> Iterator[None]:
    ended = threading.Event()

    def poll() -> None:
        while not ended.wait(every):
            live.ring("tasks.fulfillment.collect")

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
