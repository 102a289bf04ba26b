"""Figures of the ledger as Prometheus reads them: computed when asked for, kept by nobody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class Figure:
    """Values of one name by the values of its labels; `grows` where it only ever does."""

    name: str
    text: str
    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]
    grows: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Figures(Collector):
    """Figures that a registry can show."""

    given: Sequence[Figure]

    def collect(self) -> Iterator[Metric]:
        """Yield each of them."""
        for one in self.given:
            family = CounterMetricFamily if one.grows else GaugeMetricFamily
            metric = family(one.name, one.text, labels=one.labels)
            for labels, value in one.values.items():
                metric.add_metric(labels, value)
            yield metric
