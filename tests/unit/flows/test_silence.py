from dataclasses import replace
from datetime import timedelta

import pytest

from sync.flows.watching import silence_of
from tests.unit.core.warehouse_stories import SITE


@pytest.mark.parametrize(
    ("of_site", "given", "allowed"),
    [(None, None, 3600), (600.0, None, 600), (600.0, 30.0, 30), (600.0, 0.0, 0), (0.0, None, 0)],
)
def test_a_site_may_allow_another_silence_than_all_and_a_hand_overrules_both(
    of_site: float | None, given: float | None, allowed: float
) -> None:
    site = replace(SITE, silence=of_site)
    assert silence_of(site, 3600.0, given) == timedelta(seconds=allowed)
