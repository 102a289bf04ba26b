"""Who may call SFCC: tokens, scopes, organization, site, and calls that do not exist."""

from typing import Any

import pytest
import requests

BASIC = ("sandbox", "sandbox")


def _token(url: str, auth: tuple[str, str] | None = BASIC, **form: str) -> requests.Response:
    form = {"grant_type": "client_credentials", **form}
    return requests.post(f"{url}/dwsso/oauth2/access_token", data=form, auth=auth, timeout=60)


def _slug(answer: requests.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


def test_a_token_is_a_bearer_token_of_three_parts_for_half_an_hour(sfcc: Any) -> None:
    answer = _token(sfcc.url, scope=sfcc.scope).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 1800
    assert answer["access_token"].count(".") == 2
    assert answer["scope"] == sfcc.scope


def test_the_client_may_also_stand_in_the_form_or_percent_encoded(sfcc: Any) -> None:
    assert _token(sfcc.url, None, client_id="sandbox", client_secret="sandbox").status_code == 200
    assert _token(sfcc.url, ("s%61ndbox", "sandbo%78")).status_code == 200


@pytest.mark.parametrize(
    ("auth", "form", "error"),
    [
        (("sandbox", "wrong"), {}, "invalid_client"),
        (None, {}, "invalid_client"),
        (BASIC, {"scope": "SALESFORCE_COMMERCE_API:zzte_053 sfcc.everything"}, "invalid_scope"),
        (BASIC, {"scope": "SALESFORCE_COMMERCE_API:abcd_001 sfcc.orders"}, "invalid_scope"),
        (BASIC, {"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_refused_token_is_an_oauth_error_document(
    sfcc: Any, auth: tuple[str, str] | None, form: dict[str, str], error: str
) -> None:
    answer = _token(sfcc.url, auth, **form)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_a_token_form_that_is_no_text_is_refused(sfcc: Any) -> None:
    form = b"grant_type=client_credentials&scope=%ff\xff"
    answer = requests.post(f"{sfcc.url}/dwsso/oauth2/access_token", data=form, auth=BASIC, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_without_a_token_nothing_is_read(sfcc: Any) -> None:
    sfcc.session.headers["authorization"] = "Bearer nonsense"
    answer = sfcc.call("GET", "")
    assert (answer.status_code, _slug(answer)) == (401, "unauthorized")


def test_an_expired_token_is_refused_and_a_new_one_works(sfcc: Any) -> None:
    sfcc.control("PUT", "faults", {"rules": [{"kind": "expire_token", "times": 1}]})
    assert sfcc.call("GET", "").status_code == 401
    sfcc.session.headers["authorization"] = f"Bearer {sfcc.token(sfcc.scope)}"
    assert sfcc.call("GET", "").status_code == 200


def test_the_reading_scope_does_not_write(sfcc: Any) -> None:
    number = sfcc.place()[0]["orderNo"]
    read_only = sfcc.token("SALESFORCE_COMMERCE_API:zzte_053 sfcc.orders")
    sfcc.session.headers["authorization"] = f"Bearer {read_only}"
    assert sfcc.call("GET", f"/{number}").status_code == 200
    answer = sfcc.call("PUT", f"/{number}/shipping-status", {"status": "shipped"})
    assert (answer.status_code, _slug(answer)) == (403, "forbidden")


def test_another_organization_is_not_found(sfcc: Any) -> None:
    sfcc.organization = "f_ecom_zzte_054"
    assert sfcc.call("GET", "").status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "slug"),
    [
        ({"siteId": ""}, 400, "missing-query-parameter"),
        ({"siteId": "RefArchMars"}, 404, "not-found"),
        ({"color": "red"}, 400, "undefined-query-parameter"),
    ],
)
def test_wrong_query_parameters_are_refused(sfcc: Any, query: dict[str, str], status: int, slug: str) -> None:
    answer = sfcc.call("GET", "", **query)
    assert (answer.status_code, _slug(answer)) == (status, slug)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/notes", 404), ("POST", "/notes", 404), ("PUT", "", 405), ("DELETE", "", 405)],
)
def test_calls_that_the_specification_lacks_do_not_exist(
    sfcc: Any, method: str, path: str, status: int
) -> None:
    number = sfcc.place()[0]["orderNo"]
    assert sfcc.call(method, f"/{number}{path}", {}).status_code == status


def test_the_correlation_id_comes_back(sfcc: Any) -> None:
    sfcc.session.headers["correlation-id"] = "abc-1"
    assert sfcc.call("GET", "").headers["x-correlation-id"] == "abc-1"
    assert sfcc.call("GET", "/none").headers["x-correlation-id"] == "abc-1"


def test_a_huge_body_is_refused(sfcc: Any) -> None:
    answer = sfcc.call("POST", "", {"orderNo": "x" * (5 * 1024 * 1024)})
    assert answer.status_code == 413


def test_a_head_over_24_kilobytes_is_refused(sfcc: Any) -> None:
    sfcc.session.headers["x-long"] = "x" * 25_000
    assert sfcc.call("GET", "").status_code == 400
