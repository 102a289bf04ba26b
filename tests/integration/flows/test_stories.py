"""Made-up days in the sandbox's warehouse, told by pushes shuffled, repeated and lost, and by polls."""

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.twins import known_alike, shop_alike, told_once_and_in_order

SITE = "RefArchUK"


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
        row, calls = house.order(number), house.told(number)
        _, known = house.bridge.orders_store.known(house.bridge.settings.sites[SITE], number)
        told_once_and_in_order(row, calls)
        ends.append((len(pushes), known_alike(known, number), shop_alike(row, calls)))
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
