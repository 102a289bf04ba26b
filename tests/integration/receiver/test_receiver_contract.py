from collections.abc import Callable
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync.receiver.answers import REASONS

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BASKETS = "/sfcc/{site}/reservations/{basket_id}"
STOREFRONT, WAREHOUSE = "/sfcc/{site}/events", "/orderflow/{channel}/messages"
WINDOWS = ["/health/live", "/health/ready", "/metrics", "/openapi.json"]
INSIDE = {STOREFRONT: {"site": "US"}, WAREHOUSE: {"channel": "web_us"}}
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
bounded = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


class Signed(AuthBase):
    """Signs whatever is about to be sent."""

    def __init__(self, sign: Callable[[bytes], dict[str, str]]) -> None:
        self._sign = sign

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        request.headers.update(self._sign(body.encode() if isinstance(body, str) else body))
        return request


@pytest.fixture
def contract(receiver: Any) -> Any:
    return schemathesis.openapi.from_url(f"{receiver.url}/openapi.json")


def test_every_address_is_described(contract: Any) -> None:
    assert set(contract) == {STOREFRONT, BASKETS, WAREHOUSE, *WINDOWS}


@pytest.mark.parametrize("path", WINDOWS)
def test_every_window_answers_as_described(contract: Any, path: str) -> None:
    @given(contract[path]["GET"].as_strategy())
    @settings(bounded, max_examples=3)
    def check(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    check()


@pytest.mark.parametrize("path", [STOREFRONT, WAREHOUSE])
@pytest.mark.parametrize("mode", MODES)
def test_a_stranger_always_gets_a_documented_answer(contract: Any, path: str, mode: GenerationMode) -> None:
    statuses: set[int] = set()

    @given(contract[path]["POST"].as_strategy(mode))
    @bounded
    def check(case: Any) -> None:
        statuses.add(case.call_and_validate(checks=CHECKS).status_code)

    check()
    assert statuses <= {401, 404}


@pytest.mark.parametrize("path", [STOREFRONT, WAREHOUSE])
@pytest.mark.parametrize("mode", MODES)
def test_a_caller_with_credentials_always_gets_a_documented_answer(
    contract: Any, receiver: Any, path: str, mode: GenerationMode
) -> None:
    auth: Any = Signed(receiver.signed) if path == STOREFRONT else ("of", "secret-us")
    statuses: set[int] = set()

    @given(contract[path]["POST"].as_strategy(mode, path_parameters=INSIDE[path]))
    @bounded
    def check(case: Any) -> None:
        answer = case.call(auth=auth)
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    check()
    assert 404 not in statuses
    if mode == GenerationMode.POSITIVE:  # else bodies that are not text, which nobody can have signed
        assert 401 not in statuses
        assert receiver.drafts()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("mode", MODES)
def test_whoever_holds_a_basket_always_gets_a_documented_answer(
    contract: Any, receiver: Any, method: str, mode: GenerationMode
) -> None:
    @given(contract[BASKETS][method].as_strategy(mode))
    @bounded
    def check(case: Any) -> None:
        case.path_parameters = {**(case.path_parameters or {}), "site": "US"}
        answer = case.call(auth=Signed(receiver.signed))
        case.validate_response(answer, checks=CHECKS)

    check()


@pytest.mark.parametrize(
    ("path", "method", "others"),
    [
        (STOREFRONT, "post", {"channel.unknown", "reservations.off"}),
        (BASKETS, "put", {"channel.unknown", "site.mismatch"}),
        (BASKETS, "delete", {"channel.unknown", "site.mismatch"}),
        (WAREHOUSE, "post", {"site.unknown", "site.mismatch", "event.invalid", "reservations.off"}),
    ],
)
def test_the_contract_names_every_reason_of_a_door(
    contract: Any, path: str, method: str, others: set[str]
) -> None:
    answers = contract.raw_schema["paths"][path][method]["responses"]
    said = {code for code in REASONS for answer in answers.values() if f"`{code}`" in answer["description"]}
    assert said == set(REASONS) - others - {"route.unknown", "method.unsupported"}
