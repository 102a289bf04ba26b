"""The CRM's stand-in through the vendors' own library."""

from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError


class Plain(requests.Session):
    """The library knows https alone; the stand-in speaks plain HTTP on loopback."""

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, url.replace("https://", "http://"), **{"timeout": 10, **kwargs})


def logged_in(url: str) -> Any:
    """The library, logged in by client credentials."""
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    told = requests.post(f"{url}/services/oauth2/token", data=form, timeout=10).json()
    address = told["instance_url"].replace("http://", "https://")
    return Salesforce(session_id=told["access_token"], instance_url=address, session=Plain(), version="64.0")


def said(caught: "pytest.ExceptionInfo[SalesforceError]") -> Any:
    """The document of a refusal; the library's types call it bytes."""
    content: Any = caught.value.content
    return content


def code_of(caught: "pytest.ExceptionInfo[SalesforceError]") -> str:
    """The code of a refusal's one error."""
    (error,) = said(caught)
    return str(error["errorCode"])


def row_codes(results: Any) -> list[str]:
    """The code that each row of a collection was answered with, empty for none."""
    return [row["errors"][0]["statusCode"] if row["errors"] else "" for row in results]
