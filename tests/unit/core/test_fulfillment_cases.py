"""Each folder of tests/cases/fulfillment: the warehouse's documents, and the calls that follow from them."""

import json
from pathlib import Path

import pytest

from tests.contracts.scapi import BODIES, violations
from tests.unit.core.fulfillment_cases import folders, told, written

FOLDERS = folders()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_story_leads_to_the_calls_that_are_written_beside_it(folder: Path) -> None:
    story = told(folder)
    assert json.loads(written(story)) == json.loads((folder / "expected.json").read_text())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_call_of_a_story_has_a_body_the_storefront_takes(folder: Path) -> None:
    for entry in told(folder):
        for one in entry.get("calls", ()):
            assert list(violations(one["body"], BODIES[one["method"], one["path"]])) == []


def test_there_are_at_least_forty_stories() -> None:
    assert len(FOLDERS) >= 40
