"""The running stack, shared with the tests of faults."""

from collections.abc import Iterator

import pytest

from tests.stack import Live, calm, started


@pytest.fixture
def live(pytestconfig: pytest.Config) -> Iterator[Live]:
    """The whole stack, idle, with a still warehouse."""
    yield from calm(started(pytestconfig))
