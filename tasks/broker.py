"""Acknowledging doorbells, also while the broker is away: kombu 5.7 ends the worker there instead."""

from typing import Any

from kombu.transport.redis import Channel, QoS
from redis.exceptions import ConnectionError as BrokerAwayError


class DoorbellQoS(QoS):
    """Acknowledges; a channel that lost its broker says so by the error that workers expect.

    A worker that loses its broker in the middle of a task closes the channel under it. What the task's end
    then does with its message fails by an AttributeError, which nobody catches. As a lost connection it is
    logged, and the message comes again: a doorbell that rings twice finds nothing to do. For the same
    reason nothing is put back at shutdown, into a broker that may be gone: the relay rings.
    """

    restore_at_shutdown = False

    def ack(self, delivery_tag: Any) -> None:
        """Acknowledge; raises redis' ConnectionError when the channel is closed."""
        self._check_open()
        super().ack(delivery_tag)

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  kombu's signature
        """Reject; raises as `ack`."""
        self._check_open()
        super().reject(delivery_tag, requeue=requeue)

    def _check_open(self) -> None:
        if self.channel.connection is None:
            raise BrokerAwayError("the channel lost its broker")


def use_doorbell_acknowledgements() -> None:
    """Let every channel of this process acknowledge so."""
    Channel.QoS = DoorbellQoS
