"""The OCAPI form of orders: reading, searching and writing for merchants that have not moved."""

from typing import Any

import pytest
import requests


def _shop(sfcc: Any, method: str, path: str, body: Any = None, site: str = "RefArchUK") -> requests.Response:
    url = f"{sfcc.url}/s/{site}/dw/shop/v25_6{path}"
    answer: requests.Response = sfcc.session.request(method, url, json=body, timeout=60)
    return answer


def _data(sfcc: Any, method: str, path: str, body: Any) -> requests.Response:
    url = f"{sfcc.url}/s/-/dw/data/v25_6/sites/RefArchUK/orders/{path}"
    answer: requests.Response = sfcc.session.request(method, url, json=body, timeout=60)
    return answer


def test_an_order_is_the_same_in_the_other_spelling(sfcc: Any) -> None:
    number = sfcc.place(seed=5)[0]["orderNo"]
    modern = sfcc.call("GET", f"/{number}").json()
    shown = _shop(sfcc, "GET", f"/orders/{number}").json()
    assert (shown["_v"], shown["_type"], shown["order_no"]) == ("25.6", "order", number)
    assert shown["order_total"] == modern["orderTotal"]
    assert shown["product_items"][0]["price"] == modern["productItems"][0]["grossPrice"]
    assert "gross_price" not in shown["product_items"][0]
    assert (
        shown["payment_instruments"][0]["amount"]
        == (modern["paymentInstruments"][0]["paymentTransaction"]["amount"])
    )
    method = shown["shipments"][0]["shipping_method"]
    assert method["id"] == modern["shipments"][0]["shippingMethod"]["id"]
    assert method["name"]


def _search(sfcc: Any, **wanted: Any) -> Any:
    answer = _shop(sfcc, "POST", "/order_search", {"query": {"match_all_query": {}}, **wanted})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _found(result: Any) -> list[str]:
    return [hit["data"]["order_no"] for hit in result["hits"]]


def test_the_search_of_an_exporter_finds_what_is_ready(sfcc: Any) -> None:
    first, second = (row["orderNo"] for row in sfcc.place(count=2))
    sfcc.call("PUT", f"/{first}/export-status", {"status": "exported"})
    since = sfcc.call("GET", f"/{second}").json()["lastModified"]
    query = {
        "filtered_query": {
            "filter": {"range_filter": {"field": "last_modified", "from": since}},
            "query": {
                "bool_query": {
                    "must": [
                        {
                            "term_query": {
                                "fields": ["export_status"],
                                "operator": "one_of",
                                "values": ["ready", "not_exported"],
                            }
                        },
                        {
                            "term_query": {
                                "fields": ["status"],
                                "operator": "one_of",
                                "values": ["new", "open"],
                            }
                        },
                    ]
                }
            },
        }
    }
    result = _search(sfcc, query=query, sorts=[{"field": "last_modified", "sort_order": "asc"}])
    assert _found(result) == [second]
    assert (result["total"], result["count"], result["start"]) == (1, 1, 0)


def test_a_search_goes_through_in_pages(sfcc: Any) -> None:
    placed = [row["orderNo"] for row in sfcc.place(count=3)]
    sorts = [{"field": "order_no", "sort_order": "asc"}]
    result = _search(sfcc, count=2, sorts=sorts)
    assert _found(result) == placed[:2]
    assert _found(_search(sfcc, sorts=sorts, start=result["next"]["start"], count=2)) == placed[2:]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": {"guess_query": {}}},
        {"query": {"bool_query": {"must": 5}}},
        {"query": {"range_filter": {"field": "order_total", "from": "2026-08-19T00:00:00.000Z"}}},
        {"query": {"match_all_query": {}}, "count": 201},
        {"query": {"match_all_query": {}}, "start": 9_999, "count": 2},
        {"query": {"term_query": {"fields": ["status"], "operator": "resembles", "values": []}}},
    ],
)
def test_a_search_that_is_not_understood_is_a_fault(sfcc: Any, body: Any) -> None:
    sfcc.place()
    answer = _shop(sfcc, "POST", "/order_search", body)
    assert (answer.status_code, answer.json()["fault"]["type"]) == (400, "MalformedParameterException")


@pytest.mark.parametrize(
    ("kind", "value", "member"),
    [
        ("export_status", "exported", "exportStatus"),
        ("shipping_status", "shipped", "shippingStatus"),
        ("external_status", "packed", "externalOrderStatus"),
        ("status", "cancelled", "status"),
    ],
)
def test_a_status_written_here_shows_there(sfcc: Any, kind: str, value: str, member: str) -> None:
    number = sfcc.place()[0]["orderNo"]
    assert _data(sfcc, "PUT", f"{number}/{kind}", {"status": value}).status_code == 204
    assert sfcc.call("GET", f"/{number}").json()[member] == value
    assert _data(sfcc, "PUT", f"{number}/{kind}", {"status": ""}).status_code == 400


def test_open_is_another_word_for_new(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    assert _data(sfcc, "PUT", f"{number}/status", {"status": "open"}).status_code == 204
    assert sfcc.call("GET", f"/{number}").json()["status"] == "new"


def test_refusals_are_typed_faults(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    for answer, status, kind in (
        (_shop(sfcc, "GET", "/orders/none"), 404, "OrderNotFoundException"),
        (_shop(sfcc, "GET", "/orders/none", site="Mars"), 404, "SiteNotFoundException"),
        (_shop(sfcc, "GET", "/baskets/none"), 404, "ResourcePathNotFoundException"),
        (_data(sfcc, "PUT", f"{number}/status", {"status": "failed"}), 409, "OrderStatusTransitionException"),
        (_data(sfcc, "PATCH", number, {"status": "new"}), 400, "UnknownPropertyException"),
    ):
        assert (answer.status_code, answer.json()["fault"]["type"]) == (status, kind)


def test_a_stale_order_state_is_a_conflict(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    state = _shop(sfcc, "GET", f"/orders/{number}").json()["_resource_state"]
    assert _data(sfcc, "PATCH", number, {"_resource_state": state, "c_a": "1"}).status_code == 204
    answer = _data(sfcc, "PATCH", number, {"_resource_state": state, "c_a": "2"})
    assert (answer.status_code, answer.json()["fault"]["type"]) == (409, "ResourceStateConflictException")
    assert _shop(sfcc, "GET", f"/orders/{number}").json()["c_a"] == "1"


def test_clients_that_can_only_post_say_what_they_mean_in_a_header(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    for path, meant, body, status in (
        (number, "PATCH", {"c_a": "1"}, 204),
        (f"{number}/export_status", "PUT", {"status": "exported"}, 204),
        (number, "DELETE", {"c_a": "2"}, 405),
        (number, None, {"c_a": "2"}, 405),
    ):
        headers = {"x-dw-http-method-override": meant} if meant else {}
        url = f"{sfcc.url}/s/-/dw/data/v25_6/sites/RefArchUK/orders/{path}"
        assert sfcc.session.post(url, json=body, headers=headers, timeout=60).status_code == status
    shown = _shop(sfcc, "GET", f"/orders/{number}").json()
    assert (shown["c_a"], shown["export_status"]) == ("1", "exported")


def test_a_stale_state_may_also_come_in_a_header(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    url = f"{sfcc.url}/s/-/dw/data/v25_6/sites/RefArchUK/orders/{number}/status"
    state = _shop(sfcc, "GET", f"/orders/{number}").json()["_resource_state"]
    _data(sfcc, "PATCH", number, {"c_a": "1"})
    answer = sfcc.session.put(
        url, json={"status": "completed"}, headers={"x-dw-resource-state": state}, timeout=60
    )
    assert answer.json()["fault"]["type"] == "ResourceStateConflictException"
    assert _shop(sfcc, "GET", f"/orders/{number}").json()["status"] == "new"


def test_the_journal_tells_a_repeated_write_from_a_first_one(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    for _ in range(2):
        _data(sfcc, "PUT", f"{number}/shipping_status", {"status": "shipped"})
        _data(sfcc, "PATCH", number, {"c_a": "1"})
    written = [entry for entry in sfcc.journal() if entry["method"] in {"PUT", "PATCH"}]
    assert [entry["effect"] for entry in written] == ["applied", "applied", "repeated", "repeated"]
    keys = [entry["idempotency_key"] for entry in written]
    assert keys[:2] == keys[2:]
    assert keys[0] == f"{number}:shipping-status:shipped"


def test_a_write_of_the_same_value_does_not_make_the_order_a_changed_one(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    _data(sfcc, "PUT", f"{number}/external_status", {"status": "packed"})
    state = _shop(sfcc, "GET", f"/orders/{number}").json()["_resource_state"]
    _data(sfcc, "PUT", f"{number}/external_status", {"status": "packed"})
    assert _shop(sfcc, "GET", f"/orders/{number}").json()["_resource_state"] == state


@pytest.mark.parametrize("kind", ["status", "export_status", "confirmation_status", "payment_status"])
def test_a_status_takes_its_own_words_and_no_other_members(sfcc: Any, kind: str) -> None:
    number = sfcc.place()[0]["orderNo"]
    for body, fault in (
        ({"status": "flown"}, "PropertyConstraintViolationException"),
        ({}, "PropertyConstraintViolationException"),
        ({"status": "new", "note": "x"}, "UnknownPropertyException"),
    ):
        answer = _data(sfcc, "PUT", f"{number}/{kind}", body)
        assert (answer.status_code, answer.json()["fault"]["type"]) == (400, fault)


def test_an_attribute_that_is_not_installed_is_unknown(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    sfcc.control("PUT", "switches", {"installed_attributes": "c_ofOrderRef"})
    assert _data(sfcc, "PATCH", number, {"c_ofOrderRef": "1"}).status_code == 204
    for name in ("c_other", "c_", "note"):
        answer = _data(sfcc, "PATCH", number, {name: "1"})
        assert (answer.status_code, answer.json()["fault"]["type"]) == (400, "UnknownPropertyException")


def test_a_call_must_name_its_client_and_bear_a_token(sfcc: Any) -> None:
    url = f"{sfcc.url}/s/RefArchUK/dw/shop/v25_6/orders/1"
    for headers, status, fault in (
        ({}, 400, "MissingClientIdException"),
        ({"x-dw-client-id": "sandbox"}, 401, "InvalidAccessTokenException"),
        ({"authorization": "Bearer x"}, 401, "InvalidAccessTokenException"),
    ):
        answer = requests.get(url, headers=headers, timeout=60)
        assert (answer.status_code, answer.json()["fault"]["type"]) == (status, fault)


def test_a_version_is_written_like_one(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    for version, status in (("v24_5", 200), ("v25_10", 200), ("25.6", 404), ("latest", 404)):
        url = f"{sfcc.url}/s/RefArchUK/dw/shop/{version}/orders/{number}"
        assert sfcc.session.get(url, timeout=60).status_code == status


def test_a_search_sorts_by_its_fields_one_after_the_other(sfcc: Any) -> None:
    placed = [row["orderNo"] for row in sfcc.place(count=4)]
    _data(sfcc, "PUT", f"{placed[1]}/external_status", {"status": "a"})
    _data(sfcc, "PUT", f"{placed[2]}/external_status", {"status": "a"})
    sorts = [
        {"field": "external_order_status", "sort_order": "desc"},
        {"field": "order_no", "sort_order": "desc"},
    ]
    assert _found(_search(sfcc, sorts=sorts)) == [placed[2], placed[1], placed[3], placed[0]]
    wrong = _shop(sfcc, "POST", "/order_search", {"query": {"match_all_query": {}}, "sorts": [{}]})
    assert wrong.status_code == 400


def test_the_index_knows_totals_and_customers_by_names_of_its_own(sfcc: Any) -> None:
    sfcc.place(count=12)
    orders = [hit["data"] for hit in _search(sfcc)["hits"]]
    by_size = _search(sfcc, sorts=[{"field": "total_gross_price", "sort_order": "asc"}])
    totals = [hit["data"]["order_total"] for hit in by_size["hits"]]
    assert totals == sorted(totals)
    email = orders[0]["customer_info"]["email"]
    term = {"term_query": {"fields": ["customer_email"], "operator": "is", "values": [email]}}
    assert orders[0]["order_no"] in _found(_search(sfcc, query=term))
    over = {"range_filter": {"field": "total_gross_price", "from": totals[6]}}
    query = {"filtered_query": {"query": {"match_all_query": {}}, "filter": over}}
    assert len(_found(_search(sfcc, query=query))) == sum(total >= totals[6] for total in totals)
