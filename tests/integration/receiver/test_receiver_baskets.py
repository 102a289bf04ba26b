import json
from typing import Any

import pytest
import requests

from tests.integration.receiver.conftest import signed

LINES = {"lines": [{"sku": "A,1/2 50%", "quantity": 2}, {"sku": "B", "quantity": 1}]}


def held(receiver: Any, body: bytes | Any, path: str = "US/reservations/b-1", **signing: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json", **signed(data, **signing)}
    return requests.put(f"{receiver.url}/sfcc/{path}", data=data, headers=headers, timeout=10)


def released(receiver: Any, path: str = "US/reservations/b-1", **signing: Any) -> Any:
    return requests.delete(f"{receiver.url}/sfcc/{path}", headers=signed(b"", **signing), timeout=10)


def test_a_reservation_and_its_release_are_on_the_stream_in_the_row_of_the_stock(receiver: Any) -> None:
    assert held(receiver, LINES, name="m-1").status_code == 202
    assert released(receiver, name="m-2").status_code == 202
    first, second = receiver.drafts()
    assert (first.site, first.topic, first.origin, first.key) == (
        "acme",
        "basket.changed",
        "warehouse",
        "stock",
    )
    assert (first.dedupe_key, second.dedupe_key) == ("US:m-1", "US:m-2")
    assert json.loads(first.body) == {"site": "US", "basket": "b-1", **LINES}
    assert json.loads(second.body)["lines"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "lines"),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "A", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": -3}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": 1.5}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": "2"}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": 10**12}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "", "quantity": 1}]}, "lines.0.sku"),
        ({"lines": [{"sku": "x" * 257, "quantity": 1}]}, "lines.0.sku"),
        ({"lines": [{"sku": "A\u0000", "quantity": 1}]}, "lines.0.sku"),
        ({"lines": [{"sku": "A", "quantity": 1}] * 501}, "lines"),
        ({"lines": "A"}, "lines"),
    ],
)
def test_a_reservation_that_says_nothing_usable_is_refused_by_field(
    receiver: Any, body: Any, field: str
) -> None:
    answer = held(receiver, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "event.invalid")
    assert list(answer.json()["error"]["fields"]) == [field]
    assert receiver.drafts() == []


@pytest.mark.parametrize("name", ["x" * 101, "a%00b", "%20", "b%0A"])
def test_a_basket_is_called_by_a_name_that_can_be_kept(receiver: Any, name: str) -> None:
    assert held(receiver, LINES, f"US/reservations/{name}").status_code == 422
    assert released(receiver, f"US/reservations/{name}").status_code == 422
    assert receiver.drafts() == []


def test_what_the_doors_refuse_of_events_they_refuse_of_baskets(receiver: Any) -> None:
    wrong = "whsec_d3Jvbmc="
    assert held(receiver, LINES, secret=wrong).status_code == 401
    assert released(receiver, secret=wrong).status_code == 401
    assert released(receiver, age=400).status_code == 401
    assert held(receiver, LINES, "FR/reservations/b-1").status_code == 404
    assert held(receiver, b'{"lines": [').status_code == 400
    assert held(receiver, b"x" * (1024 * 1024 + 1)).status_code == 413
    assert held(receiver, LINES, "US/reservations/").status_code == 404
    body = json.dumps(LINES).encode()
    headers = {"content-type": "text/plain", **signed(body)}
    url = f"{receiver.url}/sfcc/US/reservations/b-1"
    assert requests.put(url, data=body, headers=headers, timeout=10).status_code == 415
    assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 405
    assert receiver.drafts() == []


def test_a_site_that_takes_no_reservations_says_so_and_only_to_its_own(receiver: Any) -> None:
    answer = held(receiver, LINES, "UK/reservations/b-1", secret="whsec_d3Jvbmc=")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "reservations.off")
    assert held(receiver, LINES, "UK/reservations/b-1").status_code == 401
