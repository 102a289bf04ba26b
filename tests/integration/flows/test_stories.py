"""Made-up days in the sandbox's warehouse, told by pushes shuffled, repeated and lost, and by polls."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sync.core.fulfillment import Known

SITE = "RefArchUK"
PLACES = ["accepted", "picked", "packed", "part_cancelled", "cancelled", "part_shipped", "shipped"]
PLACES += ["part_returned", "returned"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


@dataclass(frozen=True)
class Story:
    """What becomes of an order: whether it is split, each shipment's way, and what comes back."""

    splits: bool
    ways: tuple[str, ...]
    steps: tuple[int, ...]
    parcels: tuple[int, ...]
    back: str


STORIES = st.builds(
    Story,
    splits=st.booleans(),
    ways=st.tuples(*[st.sampled_from(["ship", "ship", "cancel", "lines"])] * 2),
    steps=st.tuples(*[st.integers(0, 2)] * 2),
    parcels=st.tuples(*[st.integers(1, 3)] * 2),
    back=st.sampled_from(["", "one", "all", "one then all"]),
)


def happens(house: Any, number: str, story: Story) -> None:
    """Let the story happen in the warehouse."""
    (row,) = house.stored(number)
    first = row["shipments"][0]
    if story.splits and sum(line["quantity"] for line in first["lines"]) > 2:
        lever(house, number, "split", lines=[{"sku": first["lines"][0]["sku"], "quantity": 1}])
    (row,) = house.stored(number)
    for place, shipment in enumerate(row["shipments"]):
        goes_its_way(house, shipment, story, place)
    (row,) = house.stored(number)
    left = [line["sku"] for s in row["shipments"] if s["state"] == "despatched" for line in s["lines"]]
    for turn, what in enumerate(filter(None, story.back.split(" then "))):
        live = [line for line in row["lines"] if line["state"] == "despatched" and not line["returned"]]
        if left and live:
            lines = [{"sku": live[0]["sku"], "quantity": 1}] if what == "one" else []
            # The report tells no number: two returns of one second are told apart by their authorisation.
            # It tells no refund either, so a poll cannot make up for a lost one.
            body = {"authorisation": f"RMA-{number}-{turn}", "refund": False}
            lever(house, number, "return", **body, **({"lines": lines} if lines else {}))
            (row,) = house.stored(number)


def goes_its_way(house: Any, shipment: Any, story: Story, place: int) -> None:
    name, way = shipment["reference"], story.ways[place % 2]
    for action in ("pick", "pack")[: story.steps[place % 2]]:
        lever(house, name, action)
    if way == "cancel":
        lever(house, name, "cancel")
        return
    if way == "lines":
        lever(house, name, "cancel", lines=[{"sku": shipment["lines"][-1]["sku"], "quantity": 1}])
        if sum(line["quantity"] for line in shipment["lines"]) == 1:
            return
    lever(house, name, "despatch", parcels=story.parcels[place % 2], courier="DPD")


def lever(house: Any, reference: str, action: str, **body: Any) -> None:
    house.yard("POST", f"shipments/{reference}/{action}?channel={SITE}", body)


def works(house: Any) -> None:
    while house.join() or house.tell():
        pass


def ledger(house: Any, number: str) -> Any:
    """What is known of the order, without what differs between twins: names, numbers and moments."""
    _, known = house.bridge.orders_store.known(house.bridge.settings.sites[SITE], number)
    assert isinstance(known, Known)
    shipments = {
        name.replace(number, "N"): (
            one.stage,
            sorted((item.sku, item.quantity) for item in one.items),
            sorted((item.sku, item.quantity) for item in one.given_up),
            len(one.parcels),
            one.carrier,
        )
        for name, one in known.shipments.items()
    }
    returns = Counter(
        tuple(sorted((item.sku, item.quantity) for item in one.items))
        for one in known.returns.values()
        if one.provisional
    )
    return shipments, returns, len(known.complete)


def shop(house: Any, number: str) -> Any:
    """What the storefront and its subscribers know in the end: statuses, attributes, units and money."""
    row = house.order(number)
    names = ("status", "shippingStatus", "externalOrderStatus", "exportStatus")
    summaries = {name: summary(row[name], number) for name in ("c_ofShipments", "c_ofReturns") if name in row}
    units: Counter[tuple[str, str]] = Counter()
    money: Counter[str] = Counter()
    for event in events(house, number):
        if event["type"] == "processing":
            continue
        for line in event.get("lineItems", ()):
            units[event["type"], line["id"]] += line["quantity"]
        for total in event.get("totals", ()):
            money[event["type"]] += total["amount"] if total["type"] == "total" else 0
    places = {line: place for place, line in enumerate(sorted({line for _, line in units}))}
    counted = {(kind, places[line]): quantity for (kind, line), quantity in units.items()}
    return {name: row[name] for name in names}, summaries, counted, dict(money)


def summary(text: str, number: str) -> Any:
    rows = json.loads(TIME.sub("T", text).replace(number, "N"))
    for row in rows:
        row.pop("return", None)
        row["parcels"] = len(row.get("parcels", ()))
    return sorted(rows, key=json.dumps)


def events(house: Any, number: str) -> list[Any]:
    calls = [json.loads(one["body"]) for one in house.told(number) if "oms-status-events" in one["path"]]
    return [event for call in calls for event in call.values() if isinstance(event, dict)]


def told_once_and_in_order(house: Any, number: str) -> None:
    ids = [event["id"] for event in events(house, number)]
    assert len(ids) == len(set(ids))
    statuses = [json.loads(c["body"])["status"] for c in house.told(number) if "external-status" in c["path"]]
    places = [PLACES.index(status) for status in statuses]
    assert all(before < after for before, after in pairwise(places)), statuses
    moments = [event["occurredAt"] for event in events(house, number) if event["type"] == "shipped"]
    assert len(moments) == sum(one["stage"] == "shipped" for one in json.loads(parcels(house, number)))


def parcels(house: Any, number: str) -> str:
    return str(house.order(number).get("c_ofShipments", "[]"))


@settings(
    max_examples=12,
    derandomize=True,
    database=None,
    # A failing story is short as it is, and each try takes seconds.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=STORIES, data=st.data())
def test_shuffled_repeated_and_lost_pushes_end_where_the_faithful_ones_do(
    house: Any, story: Story, data: st.DataObject
) -> None:
    ends = []
    for loss in ("none", "order", "some"):
        number = house.handed_over()
        happens(house, number, story)
        pushes = house.pushes(number)
        early, late = heard(pushes, loss, data)
        house_hears(house, early)
        house.poll()
        works(house)
        house_hears(house, late)
        told_once_and_in_order(house, number)
        ends.append((len(pushes), ledger(house, number), shop(house, number)))
    assert ends[0][0] > 0
    assert ends[1] == ends[0]
    assert ends[2] == ends[0]
    assert house.dead() == []
    house.nothing_twice()


def heard(pushes: list[str], loss: str, data: st.DataObject) -> tuple[list[str], list[str]]:
    """Return which pushes come before the poll, and which after it."""
    if loss == "none":
        return pushes, []
    if loss == "some":
        return [push for push in pushes if data.draw(st.booleans())], []
    again = data.draw(st.lists(st.sampled_from(pushes), max_size=3))
    shuffled = data.draw(st.permutations([*pushes, *again]))
    return shuffled[::2], shuffled[1::2]


def house_hears(house: Any, pushes: list[str]) -> None:
    for push in pushes:
        house.receive(push)
        works(house)
