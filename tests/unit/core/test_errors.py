"""Errors keep what they know on their way between processes."""

import pickle

import pytest

from sync.core.errors import Alarm, OrderbridgeError, OutcomeUnknown, Rejected, Retryable, Unfinished


@pytest.mark.parametrize("kind", [Retryable, OutcomeUnknown, Unfinished, Rejected, Alarm])
def test_an_error_comes_back_from_another_process_with_all_its_facts(kind: type[OrderbridgeError]) -> None:
    error = kind("remote.throttled", "slow", fields={"a": "b"}, remote_status=429, retry_after=3.5)
    error.add_note("why")
    back = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert type(back) is kind
    assert vars(back) == vars(error)
    assert str(back) == "remote.throttled: slow"
