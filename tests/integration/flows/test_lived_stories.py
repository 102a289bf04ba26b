"""Stories of tests/cases/fulfillment, lived in the sandbox's warehouse: the storefront is told the same."""

import json
from typing import Any

import pytest

from tests.integration.flows.conftest import PLENTY, SITE
from tests.integration.flows.lived import LIVED, document, parts_known, plain, wanted, without_steps

SKUS = dict(zip("ABC", PLENTY, strict=False))


def hears(house: Any, number: str, heard: set[str]) -> None:
    """Take in what the warehouse has pushed since, the newest first, and tell the storefront each time."""
    for push in reversed(house.pushes(number)):
        if push not in heard:
            heard.add(push)
            house.receive(push)
            works(house)


def works(house: Any) -> None:
    while house.join() or house.tell():
        pass


def happens(house: Any, reference: str, action: str, body: dict[str, Any]) -> None:
    """Move a lever, with the sandbox's products in place of the story's."""
    lines = [line | {"sku": SKUS[line["sku"]]} for line in body.get("lines", ())]
    house.yard("POST", f"shipments/{reference}/{action}?channel={SITE}", body | {"lines": lines})


@pytest.mark.parametrize("case", LIVED)
def test_a_story_that_is_lived_is_told_as_the_case_has_it(house: Any, case: str) -> None:
    number = f"LIVED{list(LIVED).index(case):02d}"
    house.shop("POST", "orders", document(case, number, SITE, SKUS))
    house.hear(number)
    house.work()
    before, heard = len(house.told(number)), set[str]()
    for name, action, body in LIVED[case]:
        if action == "poll":
            house.poll()
            works(house)
            continue
        if action != "late":
            happens(house, number + name, action, body)
        if "late" not in body:
            hears(house, number, heard)
    told = [one for one in house.told(number)[before:] if one["method"] != "PATCH"]
    parts, known = parts_known(case), wanted(case)
    calls = [plain(path_of(one), json.loads(one["body"]), number, parts=parts) for one in told]
    assert without_steps(calls, known) == known
    assert house.dead() == []
    house.nothing_twice()


def path_of(call: dict[str, Any]) -> str:
    return str(call["path"]).partition("?")[0].rpartition("/")[2]
