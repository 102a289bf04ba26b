"""Logging in at the CRM, and sessions that end."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceRefusedRequest

from tests.sandbox.crm_org import code_of, said

CLIENT = {"grant_type": "client_credentials"}
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def pair() -> tuple[rsa.RSAPrivateKey, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key, key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def login(url: str, auth: Any = None, **form: str) -> requests.Response:
    return requests.post(f"{url}/services/oauth2/token", data=form, auth=auth, timeout=10)


def test_a_login_tells_all_that_the_vendor_tells(sandbox: Any) -> None:
    answer = login(sandbox.crm_url, ("sandbox", "sandbox"), grant_type="client_credentials")
    names = {"access_token", "instance_url", "id", "token_type", "issued_at", "signature"}
    assert (answer.status_code, set(answer.json())) == (200, names)
    assert answer.json()["instance_url"] == sandbox.crm_url


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        (CLIENT, "invalid_client_id"),
        ({**CLIENT, "client_id": "sandbox", "client_secret": "no"}, "invalid_client"),
        ({"grant_type": BEARER}, "invalid_grant"),
    ],
)
def test_a_login_is_refused_with_its_reason(sandbox: Any, form: dict[str, str], error: str) -> None:
    answer = login(sandbox.crm_url, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_signed_assertion_logs_in(sandbox: Any, lever: Callable[..., Any]) -> None:
    key, public = pair()
    lever("PUT", "jwt", {"public_key": public})
    claims = {"iss": "sandbox", "sub": "robot@example.test", "aud": "https://login.salesforce.com"}
    good = {**claims, "exp": str(int(time.time()) + 180)}

    def errors(told: dict[str, Any], signer: Any = key) -> str:
        assertion = jwt.encode(told, signer, algorithm="RS256")
        answer = login(sandbox.crm_url, grant_type=BEARER, assertion=assertion).json()
        return str(answer.get("error", ""))

    assert errors(good) == ""
    assert errors(good | {"aud": sandbox.crm_url}) == ""
    assert errors(good | {"exp": 1}) == "invalid_grant"
    assert errors(good | {"aud": "https://elsewhere.example"}) == "invalid_grant"
    assert errors(good | {"iss": "somebody"}) == "invalid_client_id"
    assert errors(claims) == "invalid_grant"
    assert errors(good, pair()[0]) == "invalid_grant"


def test_sessions_end_when_told_and_a_new_login_goes_on(
    crm: Any, sandbox: Any, lever: Callable[..., Any]
) -> None:
    lever("PUT", "sessions", {"after": 2, "calls": 1})
    for _ in range(2):
        crm.query("SELECT COUNT() FROM Contact")
    for _ in range(2):
        with pytest.raises(SalesforceExpiredSession) as ended:
            crm.query("SELECT COUNT() FROM Contact")
    error = {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    assert said(ended) == [error]
    told = login(sandbox.crm_url, ("sandbox", "sandbox"), grant_type="client_credentials").json()
    crm.headers["Authorization"] = f"Bearer {told['access_token']}"
    assert crm.query("SELECT COUNT() FROM Contact")["totalSize"] == 0


def test_calls_past_the_days_allowance_are_refused(crm: Any, lever: Callable[..., Any]) -> None:
    lever("PUT", "limits", {"daily_calls": 10, "used": 9})
    crm.query("SELECT COUNT() FROM Contact")
    assert crm.api_usage["api-usage"] == (10, 10)
    with pytest.raises(SalesforceRefusedRequest) as refused:
        crm.query("SELECT COUNT() FROM Contact")
    assert code_of(refused) == "REQUEST_LIMIT_EXCEEDED"
    lever("PUT", "limits", {"used": 0})
    assert crm.limits()["DailyApiRequests"] == {"Max": 10, "Remaining": 9}


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("limits", {"daily_calls": -1}),
        ("limits", {"nope": 1}),
        ("limits", []),
        ("sessions", {"calls": "two"}),
        ("sessions", {"when": 1}),
        ("row-faults", {}),
        ("row-faults", [{"rows": "x"}]),
        ("row-faults", [{"key": "("}]),
        ("row-faults", [5]),
        ("jwt", []),
    ],
)
def test_a_lever_that_is_not_understood_is_refused(sandbox: Any, path: str, document: Any) -> None:
    answer = requests.put(f"{sandbox.crm_url}/_sandbox/{path}", json=document, timeout=10)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
