"""How much may wait at the door."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the append side; sizes in bytes, times in seconds.

    `waiting` and `waiting_bytes` bound what one process holds in memory; `batch` and `batch_bytes` what one
    flush carries; `stream` is the number of entries in the stream from which events are turned away;
    `timeout` bounds each exchange with the server, `patience` the time one event waits in all.
    """

    waiting: int = 2_000
    waiting_bytes: int = 64 * 1024 * 1024
    batch: int = 256
    batch_bytes: int = 4 * 1024 * 1024
    stream: int = 100_000
    timeout: float = 3.0
    patience: float = 8.0
    look_every: float = 1.0
