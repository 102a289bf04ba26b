"""Orders in SFCC: lists, statuses, custom attributes, addresses and fulfillment events."""

from typing import Any

import pytest


def _numbers(sfcc: Any, **query: Any) -> list[str]:
    answer = sfcc.call("GET", "", **query)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["data"]
    return [order["orderNo"] for order in answer.json()["data"]]


def _slug(answer: Any) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


def _place(sfcc: Any) -> str:
    number: str = sfcc.place()[0]["orderNo"]
    return number


def test_a_list_is_newest_first_and_pages_through_everything(sfcc: Any) -> None:
    placed = [row["orderNo"] for row in sfcc.place(count=5)]
    assert _numbers(sfcc) == placed[::-1]
    assert _numbers(sfcc, sortOrder="asc", limit=2, offset=2) == placed[2:4]
    assert _numbers(sfcc, siteId="RefArchEU") == []


def test_a_window_takes_its_start_and_leaves_out_its_end(sfcc: Any) -> None:
    number = _place(sfcc)
    moment = sfcc.call("GET", f"/{number}").json()["creationDate"]
    assert _numbers(sfcc, creationDateFrom=moment) == [number]
    assert _numbers(sfcc, creationDateTo=moment) == []


def test_filters_are_lists_of_values(sfcc: Any) -> None:
    first, second = (row["orderNo"] for row in sfcc.place(count=2))
    sfcc.call("PUT", f"/{first}/export-status", {"status": "exported"})
    assert _numbers(sfcc, exportStatus="ready,not_exported") == [second]
    assert _numbers(sfcc, exportStatus="exported", status="new,completed") == [first]
    sfcc.call("PUT", f"/{second}/external-status", {"status": "picked"})
    assert _numbers(sfcc, externalStatus="picked") == [second]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 201},
        {"limit": 0},
        {"offset": 9_999, "limit": 2},
        {"status": "new,completed,cancelled"},
        {"status": "created"},
        {"sortBy": "total"},
        {"creationDateFrom": "2026-08-19"},
        {"lastModifiedDateTo": "yesterday"},
    ],
)
def test_a_query_out_of_bounds_is_a_problem(sfcc: Any, query: dict[str, Any]) -> None:
    answer = sfcc.call("GET", "", **query)
    assert (answer.status_code, _slug(answer)) == (400, "value-constraint-violation")


def test_with_a_search_lag_an_order_is_readable_before_it_is_listed(sfcc: Any) -> None:
    sfcc.control("PUT", "switches", {"search_lag_seconds": 600})
    number = _place(sfcc)
    assert sfcc.call("GET", f"/{number}").status_code == 200
    assert _numbers(sfcc) == []


def test_an_order_of_another_site_is_not_found(sfcc: Any) -> None:
    answer = sfcc.call("GET", f"/{_place(sfcc)}", siteId="RefArchEU")
    assert (answer.status_code, _slug(answer)) == (404, "order-not-found")


@pytest.mark.parametrize(
    ("kind", "member", "value"),
    [
        ("export-status", "exportStatus", "exported"),
        ("shipping-status", "shippingStatus", "part_shipped"),
        ("payment-status", "paymentStatus", "part_paid"),
        ("confirmation-status", "confirmationStatus", "not_confirmed"),
        ("external-status", "externalOrderStatus", "packed"),
        ("status", "status", "completed"),
    ],
)
def test_a_status_is_set_once_and_repeating_it_changes_nothing(
    sfcc: Any, kind: str, member: str, value: str
) -> None:
    number = _place(sfcc)
    for _ in range(2):
        answer = sfcc.call("PUT", f"/{number}/{kind}", {"status": value})
        assert (answer.status_code, answer.content) == (204, b"")
    assert sfcc.call("GET", f"/{number}").json()[member] == value
    effects = [entry["effect"] for entry in sfcc.journal() if entry["idempotency_key"]]
    assert effects == ["applied", "repeated"]
    assert sfcc.control("GET", "summary")["duplicates"] == []


@pytest.mark.parametrize("kind", ["status", "export-status", "shipping-status", "external-status"])
def test_an_unknown_status_is_refused(sfcc: Any, kind: str) -> None:
    number = _place(sfcc)
    wrong: list[Any] = [{"status": "" if kind == "external-status" else "lost"}, {}, [], {"status": None}]
    for body in wrong:
        assert sfcc.call("PUT", f"/{number}/{kind}", body).status_code == 400


@pytest.mark.parametrize(
    ("walk", "refused"),
    [
        (["completed", "cancelled", "new"], "created"),
        (["cancelled", "completed", "new"], "failed"),
    ],
)
def test_a_placed_order_walks_the_machine_but_never_back_before_placing(
    sfcc: Any, walk: list[str], refused: str
) -> None:
    number = _place(sfcc)
    for status in walk:
        assert sfcc.call("PUT", f"/{number}/status", {"status": status}).status_code == 204
    assert sfcc.call("PUT", f"/{number}/status", {"status": refused}).status_code == 409


def test_failing_with_reopen_answers_with_the_basket(sfcc: Any) -> None:
    order = {"siteId": "RefArchUK", "status": "created", "productItems": []}
    number = sfcc.control("POST", "orders", order)["orders"][0]["orderNo"]
    answer = sfcc.call("PUT", f"/{number}/status", {"status": "failed_with_reopen"})
    assert answer.status_code == 201
    assert "/baskets/" in answer.headers["location"]
    assert sfcc.call("GET", f"/{number}").json()["status"] == "failed"


def test_an_external_order_management_refuses_status_changes(sfcc: Any) -> None:
    number = _place(sfcc)
    sfcc.control("PUT", "switches", {"external_oms": True})
    assert sfcc.call("PUT", f"/{number}/status", {"status": "completed"}).status_code == 409


def test_custom_attributes_are_merged_and_null_clears_them(sfcc: Any) -> None:
    number = _place(sfcc)
    before = sfcc.call("GET", f"/{number}").json()["lastModified"]
    assert sfcc.call("PATCH", f"/{number}", {"c_ofOrderRef": "OF-1", "c_b": 2}).status_code == 204
    assert sfcc.call("PATCH", f"/{number}", {"c_b": None}).status_code == 204
    order = sfcc.call("GET", f"/{number}").json()
    assert order["c_ofOrderRef"] == "OF-1"
    assert "c_b" not in order
    assert order["lastModified"] >= before


@pytest.mark.parametrize("body", [{"status": "completed"}, {"c_a": 1, "orderTotal": 0}, {"c_": 1}, []])
def test_a_patch_of_anything_else_changes_nothing(sfcc: Any, body: Any) -> None:
    number = _place(sfcc)
    before = sfcc.call("GET", f"/{number}").json()
    assert sfcc.call("PATCH", f"/{number}", body).status_code == 400
    assert sfcc.call("GET", f"/{number}").json() == before


def test_an_attribute_that_is_not_installed_is_refused(sfcc: Any) -> None:
    number = _place(sfcc)
    sfcc.control("PUT", "switches", {"installed_attributes": "c_ofOrderRef,c_ofShipments"})
    assert sfcc.call("PATCH", f"/{number}", {"c_other": 1}).status_code == 400
    assert sfcc.call("PATCH", f"/{number}", {"c_ofOrderRef": "1"}).status_code == 204


def test_a_shipping_address_is_replaced_whole(sfcc: Any) -> None:
    number = _place(sfcc)
    address = {"firstName": "Zoë", "address1": "1 New Street", "city": "Leeds", "countryCode": "GB"}
    assert sfcc.call("PUT", f"/{number}/shipments/me/shipping-address", address).status_code == 204
    assert sfcc.call("GET", f"/{number}").json()["shipments"][0]["shippingAddress"] == address
    unknown = sfcc.call("PUT", f"/{number}/shipments/you/shipping-address", address)
    assert (unknown.status_code, _slug(unknown)) == (404, "shipment-not-found")
    wrong = sfcc.call("PUT", f"/{number}/shipments/me/shipping-address", {"zip": "1"})
    assert wrong.status_code == 400


def test_payment_instruments_take_custom_attributes_only(sfcc: Any) -> None:
    number = _place(sfcc)
    name = sfcc.call("GET", f"/{number}").json()["paymentInstruments"][0]["paymentInstrumentId"]
    path = f"/{number}/payment-instruments/{name}"
    assert sfcc.call("PATCH", path, {"c_captured": True}).status_code == 204
    assert sfcc.call("PATCH", f"{path}/transaction", {"c_ref": "x"}).status_code == 204
    assert sfcc.call("PATCH", path, {"amount": 1}).status_code == 400
    assert sfcc.call("PATCH", f"/{number}/payment-instruments/none", {"c_a": 1}).status_code == 404
    instrument = sfcc.call("GET", f"/{number}").json()["paymentInstruments"][0]
    assert instrument["c_captured"] is True
    assert instrument["paymentTransaction"]["c_ref"] == "x"


def _shipped(**changes: Any) -> dict[str, Any]:
    event = {
        "id": "e-1",
        "type": "shipped",
        "occurredAt": "2026-08-20T14:02:11.000Z",
        "lineItems": [{"id": "8b77d0", "quantity": 3}],
        "carrier": "DPD",
        "trackingNumber": "15501234567890",
        "trackingUrl": "https://track.example.test/15501234567890",
    } | changes
    return {"fulfillmentEvent": {name: value for name, value in event.items() if value is not None}}


def _adjusted(**changes: Any) -> dict[str, Any]:
    adjustment = {
        "id": "a-1",
        "type": "cancellation",
        "occurredAt": "2026-08-20T14:02:11Z",
        "status": "completed",
        "lineItems": [{"id": "8b77d0", "quantity": -3}],
        "totals": [{"type": "total", "amount": -2160, "displayText": "£21.60"}],
    } | changes
    told = {name: value for name, value in adjustment.items() if value is not None}
    return {"omsOrderId": "OF-1", "adjustment": told}


@pytest.mark.parametrize(
    "body",
    [
        _shipped(),
        _shipped(type="processing", trackingNumber=None, trackingUrl=None),
        _shipped(lineItems=[{"id": str(number), "quantity": 0} for number in range(200)]),
        _adjusted(),
        _adjusted(totals=[]),
        _adjusted(lineItems=None, totals=None),
    ],
)
def test_a_right_event_is_taken_and_does_not_show_on_the_order(sfcc: Any, body: dict[str, Any]) -> None:
    number = _place(sfcc)
    before = sfcc.call("GET", f"/{number}").json()
    assert sfcc.call("POST", f"/{number}/oms-status-events", body).status_code == 202
    assert sfcc.call("GET", f"/{number}").json() == before
    assert len(sfcc.control("GET", "orders")["orders"][0]["events"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        _shipped() | _adjusted(),
        _shipped() | {"comment": "extra"},
        _shipped(weight=3),
        _shipped(trackingUrl=None),
        _shipped(trackingUrl="n/a"),
        _shipped(carrier=""),
        _shipped(type="canceled", trackingNumber=None),
        _shipped(lineItems=[]),
        _shipped(lineItems=[{"id": str(number), "quantity": 0} for number in range(201)]),
        _shipped(lineItems=[{"id": "1", "quantity": -1}]),
        _shipped(lineItems=[{"id": "1", "quantity": 1.5}]),
        _shipped(occurredAt="2026-08-20T14:02:11"),
        _shipped(trackingNumber="1" * 257),
        _adjusted(status="done"),
        _adjusted(status=None),
        _adjusted(totals=[{"type": "total", "amount": 21.60}]),
        _adjusted(totals=[{"type": "fee", "amount": 1}] * 201),
    ],
)
def test_a_wrong_event_is_refused_and_not_recorded(sfcc: Any, body: dict[str, Any]) -> None:
    number = _place(sfcc)
    answer = sfcc.call("POST", f"/{number}/oms-status-events", body)
    assert (answer.status_code, _slug(answer)) == (400, "bad-request")
    assert sfcc.control("GET", "orders")["orders"][0]["events"] == []


@pytest.mark.parametrize(
    ("switch", "duplicates"), [({"event_deduplication": True}, 0), ({"event_deduplication": False}, 1)]
)
def test_a_repeated_event_id_counts_once_unless_subscribers_do_not_look(
    sfcc: Any, switch: dict[str, bool], duplicates: int
) -> None:
    sfcc.control("PUT", "switches", switch)
    number = _place(sfcc)
    for _ in range(2):
        assert sfcc.call("POST", f"/{number}/oms-status-events", _shipped()).status_code == 202
    assert len(sfcc.control("GET", "summary")["duplicates"]) == duplicates


def test_a_created_order_must_add_up(sfcc: Any) -> None:
    sample = sfcc.call("GET", f"/{_place(sfcc)}").json() | {"orderNo": "UKX1"}
    assert _slug(sfcc.call("POST", "", sample | {"orderTotal": 1})) == "invalid-order-total"
    assert _slug(sfcc.call("POST", "", sample | {"taxTotal": 1})) == "invalid-tax-total"
    answer = sfcc.call("POST", "", sample)
    assert answer.status_code == 201
    assert sfcc.session.get(answer.headers["location"], timeout=60).json()["orderNo"] == "UKX1"
    assert sfcc.call("POST", "", sample).status_code == 400


def test_a_rejected_order_can_be_cured(sfcc: Any) -> None:
    row = sfcc.place(invalid=1, seed=3)[0]
    assert row["valid"] is False
    address = {"countryCode": "GB", "postalCode": "LS21 1AA", "city": None}
    cured = sfcc.control(
        "POST",
        f"orders/{row['orderNo']}/cure",
        {"currency": "GBP", "shipments": [{"shippingAddress": address}]},
    )
    shown = sfcc.call("GET", f"/{row['orderNo']}").json()
    assert shown == cured
    assert shown["currency"] == "GBP"
    assert shown["shipments"][0]["shippingAddress"]["postalCode"] == "LS21 1AA"
    assert "city" not in shown["shipments"][0]["shippingAddress"]
    assert shown["shipments"][0]["shipmentId"] == "me"


@pytest.mark.parametrize(
    "order",
    [
        {"productItems": "none"},
        {"productItems": [{"quantity": 1}]},
        {"productItems": [{"productId": "RA-00001", "quantity": "many"}]},
        {"shipments": ["me"]},
        {"orderNo": 7},
        {"orderNo": "U" * 51},
        {"status": None},
    ],
)
def test_an_order_that_cannot_be_understood_is_refused_and_not_kept(sfcc: Any, order: dict[str, Any]) -> None:
    for answer in (sfcc.call("POST", "", order), sfcc.place_raw({"siteId": "RefArchUK"} | order)):
        assert answer.status_code == 400, answer.text
    assert _numbers(sfcc) == []


@pytest.mark.parametrize(
    "body", [b"not json", b"[]", b'{"c_weight": NaN}', b'{"c_weight": -Infinity}', b"\xff"]
)
def test_a_body_that_is_not_an_object_of_json_is_a_problem(sfcc: Any, body: bytes) -> None:
    number = _place(sfcc)
    url = f"{sfcc.url}/checkout/orders/v1/organizations/{sfcc.organization}/orders/{number}"
    answer = sfcc.session.patch(url, params={"siteId": "RefArchUK"}, data=body, timeout=60)
    assert (answer.status_code, _slug(answer)) == (400, "bad-request")
