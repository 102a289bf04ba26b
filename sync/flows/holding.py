"""Long work keeps its leases: while it runs they are renewed, and with its process they end."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from sync.core.messages import Message
from sync.core.ports import Queue

log = structlog.get_logger()


@contextmanager
def held(queue: Queue, messages: Sequence[Message], every: float) -> Iterator[None]:
    """Renew the leases of `messages`, which may grow meanwhile, every so many seconds until the block ends.

    A process that dies or is frozen renews nothing. One whose lease was lost stops renewing: what it settles
    is fenced off, and its writes are recognized by their token.
    """
    ended = threading.Event()
    renewing = threading.Thread(target=_renew, args=(queue, messages, every, ended), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()


def _renew(queue: Queue, messages: Sequence[Message], every: float, ended: threading.Event) -> None:
    while not ended.wait(every):
        try:
            if not queue.hold(list(messages)):
                log.warning("lease.lost", message_ids=[message.id for message in messages])
                return
        except Exception as error:  # noqa: BLE001  a database away for a moment; the lease has time left
            log.warning("lease.unrenewed", error=type(error).__name__)
