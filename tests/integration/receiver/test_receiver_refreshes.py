import json
from typing import Any

import pytest

WISH = {"type": "stock.refresh_requested", "skus": ["B/2", "A,1 50%", "Ä", "B/2"]}


def test_a_wish_for_counts_is_on_the_stream_in_the_row_of_the_stock(receiver: Any) -> None:
    answer = receiver.event("US", WISH | {"site": "US"}, name="m-1")
    assert answer.status_code == 202
    (draft,) = receiver.drafts()
    assert (draft.site, draft.topic, draft.origin, draft.key) == (
        "acme",
        "stock.requested",
        "warehouse",
        "stock",
    )
    assert json.loads(draft.body)["skus"] == ["A,1 50%", "B/2", "Ä"]
    assert answer.json() == {"id": draft.correlation_id}


def test_a_repeated_delivery_of_a_wish_is_known_by_its_id_alone(receiver: Any) -> None:
    names = ["m-1", "m-1", "m-2"]
    for name in names:
        assert receiver.event("US", WISH | {"id": "same"}, name=name).status_code == 202
    assert [draft.dedupe_key for draft in receiver.drafts()] == [f"refresh:US:{name}" for name in names]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"skus": None}, "skus"),
        ({"skus": []}, "skus"),
        ({"skus": "A"}, "skus"),
        ({"skus": {"A": 1}}, "skus"),
        ({"skus": ["A"] * 501}, "skus"),
        ({"skus": ["A", 7]}, "skus.1"),
        ({"skus": ["A", None]}, "skus.1"),
        ({"skus": [["A"]]}, "skus.0"),
        ({"skus": ["A", ""]}, "skus.1"),
        ({"skus": [" A"]}, "skus.0"),
        ({"skus": ["A\u0000"]}, "skus.0"),
        ({"skus": ["x" * 257]}, "skus.0"),
    ],
    ids=str,
)
def test_a_wish_that_names_nothing_usable_is_refused_by_field(
    receiver: Any, change: dict[str, Any], field: str
) -> None:
    answer = receiver.event("US", WISH | change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "event.invalid")
    assert list(answer.json()["error"]["fields"]) == [field]
    assert receiver.drafts() == []


def test_a_wish_without_skus_or_for_another_site_or_under_an_endless_id_is_refused(receiver: Any) -> None:
    assert receiver.event("US", {"type": "stock.refresh_requested"}).status_code == 422
    assert receiver.event("US", WISH | {"site": "UK"}).json()["error"]["code"] == "site.mismatch"
    assert receiver.event("US", WISH, name="m" * 256).status_code == 422
    assert receiver.event("US", WISH, secret="whsec_d3Jvbmc=").status_code == 401
    assert receiver.drafts() == []


def test_what_other_events_say_of_skus_is_their_own_business(receiver: Any) -> None:
    assert receiver.event("US", {"type": "stock.counted", "id": "e", "skus": 7}).status_code == 202
    (draft,) = receiver.drafts()
    assert (draft.site, draft.topic, draft.origin) == ("US", "event.unsupported", "storefront")
