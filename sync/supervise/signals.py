"""What Ctrl-C and a request to terminate do while children are under way."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Hold back Ctrl-C and termination until the block is done, then deliver them once."""
    pending: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        pending.append(number)

    with restored_signals():
        _handle(remember)
        yield
    if pending:
        signal.raise_signal(pending[0])


@contextmanager
def interrupted_by_termination() -> Iterator[None]:
    """Make SIGTERM and SIGHUP end the block as Ctrl-C does, by KeyboardInterrupt, so that it can clean up."""
    with restored_signals():
        _handle(signal.default_int_handler)
        yield


@contextmanager
def restored_signals() -> Iterator[None]:
    """Put the signal handlers back as they were when the block ends."""
    saved = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        if _in_main_thread():
            for number, handler in saved.items():
                if handler is not None:  # None: set by C code, nothing that Python could put back
                    signal.signal(number, handler)


def _handle(handler: Callable[[int, FrameType | None], object]) -> None:
    if _in_main_thread():  # no other thread may set handlers, and none receives signals
        for number in STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs want it
                signal.signal(number, handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
