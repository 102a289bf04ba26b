"""The quota of a site's storefront, on the wire."""

from typing import Any

from sync.clients.http import Answer
from sync.clients.stock.records import Records
from sync.core.allocations import Allocation
from sync.core.sites import Site
from tests.integration.store.conftest import T0


class Answering:
    """An interface that takes everything, and notes each call."""

    remote = "storefront"

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def send(self, call: Any) -> Any:
        self._told.append(call.method)
        return Answer(404 if call.method == "PATCH" else 200, {}, b"{}")


def test_every_request_waits_for_the_pace_of_its_site_also_the_second_of_a_new_record(site: Site) -> None:
    told: list[str] = []

    def pace(paced: Site) -> None:
        told.append(paced.name)

    records = Records(api=Answering(told), base="http://x", parallel=1, pace=pace)  # type: ignore[arg-type]
    list(records.write(site, [Allocation("A", 1, T0)]))
    assert told == ["US", "PATCH", "US", "PUT"]
