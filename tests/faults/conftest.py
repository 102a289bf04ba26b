"""The running stack, shared with the end-to-end tests and stopped when the last process has been killed."""

from collections.abc import Iterator

import pytest

from tests.stack import Live, calm, started, stopped


@pytest.fixture(scope="package")
def running(pytestconfig: pytest.Config) -> Iterator[Live]:
    """The run's stack; this room is the last one that uses it."""
    yield started(pytestconfig)
    stopped(pytestconfig)


@pytest.fixture
def live(running: Live) -> Iterator[Live]:
    """The whole stack, idle, with a still warehouse."""
    yield from calm(running)
