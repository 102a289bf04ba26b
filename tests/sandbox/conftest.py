"""A sandbox on free ports for the whole session, emptied before each test."""

import threading
from collections.abc import Callable, Iterator
from queue import Queue

import pytest
import requests

from sync.sandbox.serve import Running, SandboxOptions, run

STARTED = 20


@pytest.fixture(scope="session")
def start_sandbox() -> Iterator[Callable[[SandboxOptions], Running]]:
    """Start sandboxes that live until the end of the session."""
    started: list[tuple[Running, threading.Thread]] = []

    def start(options: SandboxOptions) -> Running:
        box: Queue[Running] = Queue()
        thread = threading.Thread(target=run, args=(options, box.put), daemon=True)
        thread.start()
        running = box.get(timeout=STARTED)
        started.append((running, thread))
        return running

    yield start
    for running, thread in started:
        running.stop()
        thread.join(STARTED)


@pytest.fixture(scope="session")
def running_sandbox(start_sandbox: Callable[[SandboxOptions], Running]) -> Running:
    """One sandbox for the session; tests use `sandbox`, which is empty."""
    return start_sandbox(SandboxOptions(sfcc_port=0, orderflow_port=0, crm_port=0))


@pytest.fixture
def sandbox(running_sandbox: Running) -> Running:
    """A running sandbox whose remotes know nothing yet."""
    for url in (running_sandbox.sfcc_url, running_sandbox.orderflow_url, running_sandbox.crm_url):
        assert requests.post(f"{url}/_sandbox/reset", timeout=10).status_code == 204
    return running_sandbox
