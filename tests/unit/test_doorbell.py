"""A worker whose broker went away in the middle of a task."""

from collections import OrderedDict
from types import SimpleNamespace

import pytest
from redis.exceptions import ConnectionError as BrokerAwayError

from tasks.broker import DoorbellQoS


@pytest.fixture
def closed() -> DoorbellQoS:
    qos = DoorbellQoS.__new__(DoorbellQoS)
    vars(qos).update(channel=SimpleNamespace(connection=None), _delivered=OrderedDict())
    return qos


def test_an_acknowledgement_without_a_broker_is_a_lost_connection(closed: DoorbellQoS) -> None:
    with pytest.raises(BrokerAwayError):
        closed.ack("tag")


def test_a_rejection_without_a_broker_is_a_lost_connection(closed: DoorbellQoS) -> None:
    with pytest.raises(BrokerAwayError):
        closed.reject("tag", requeue=True)
