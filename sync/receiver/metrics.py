"""What the receiver counts; no label ever holds a sender's text."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sync.inbox import Appender
from sync.receiver.trace import Trace

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)


class Metrics:
    """The counters of one receiver process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "orderbridge_receiver_requests",
            "Requests answered, by door, known source, status and refusal code.",
            ("door", "source", "status", "code"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "orderbridge_receiver_request_seconds",
            "Time from the request's head to its answer.",
            ("door",),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def count(self, trace: Trace, status: int) -> None:
        """Count an answered request."""
        self._requests.labels(trace.door, trace.source, str(status), trace.code).inc()
        self._seconds.labels(trace.door).observe(trace.seconds())

    def watch(self, appender: Appender) -> None:
        """Show the inbox as well."""
        self.registry.register(_InboxCollector(appender))


class _InboxCollector(Collector):
    def __init__(self, appender: Appender) -> None:
        self._appender = appender

    def collect(self) -> Iterator[Metric]:
        appender, tally = self._appender, self._appender.tally
        yield GaugeMetricFamily(
            "orderbridge_inbox_entries", "Entries in the stream when last seen.", appender.condition.length
        )
        yield GaugeMetricFamily(
            "orderbridge_inbox_faults", "Reasons why no event is taken in.", len(appender.condition.faults)
        )
        yield GaugeMetricFamily(
            "orderbridge_inbox_waiting", "Events that wait for their acknowledgement.", appender.waiting
        )
        yield CounterMetricFamily(
            "orderbridge_inbox_flushes", "Round trips that stored events.", tally.flushes
        )
        yield CounterMetricFamily("orderbridge_inbox_stored", "Events acknowledged.", tally.stored)
        yield CounterMetricFamily("orderbridge_inbox_failed", "Events not acknowledged.", tally.failed)
