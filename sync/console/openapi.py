"""The console's door for machines as an OpenAPI 3.1 document, its forms made of marshmallow schemas."""

from importlib.metadata import version
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from sync.console.forms import LinkForm, RefusalForm, TimelineForm

_TEXT: Final = {"type": "string"}
_CHALLENGE: Final = {"www-authenticate": {"description": "Bearer.", "required": True, "schema": _TEXT}}
_UNKEPT: Final = {"cache-control": {"description": "no-store", "required": True, "schema": _TEXT}}
_STRANGER: Final = 401
_GUARDED: Final = {
    _STRANGER: "The token is missing or wrong.",
    403: "No token is set: the door is closed to everybody.",
    503: "The database is away.",
}

Part = dict[str, Any]


def document() -> Part:
    """Return the document; nothing in it names a site or a secret."""
    spec = APISpec(
        title="Orderbridge console",
        version=version("orderbridge"),
        openapi_version="3.1.0",
        info={"description": "Where is the order, and what happened to it? It only reads."},
        plugins=[MarshmallowPlugin()],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    names = [_parameter(name, "path") | {"required": True} for name in ("site", "order_no")]
    spec.path("/api/orders/{site}/{order_no}/timeline", operations={"get": _timeline()}, parameters=names)
    spec.path("/api/orders/{site}/{order_no}/link", operations={"post": _link()}, parameters=names)
    spec.path("/orders/{site}/{order_no}", operations={"get": _page()}, parameters=names)
    spec.path("/metrics", operations={"get": _metrics()})
    spec.path("/openapi.json", operations={"get": _contract()})
    return spec.to_dict()


def _timeline() -> Part:
    zone = _parameter("zone", "query") | {
        "description": "The zone of the local times; the site's by default."
    }
    told = _answer("The story, the oldest first.", "application/json", TimelineForm, _UNKEPT)
    refused = {
        400: "There is no such time zone.",
        404: "There is no such site, or the ledger has nothing of the order.",
    }
    return {
        "operationId": "timeline",
        "summary": "Everything that happened to an order on either side and inside.",
        "description": "A slash in an order's number is written %2F.",
        "security": [{"token": []}],
        "parameters": [zone],
        "responses": {"200": told, **_refusals(refused | _GUARDED)},
    }


def _link() -> Part:
    refused = {
        400: "The body is not as it must be, or the link would live too long.",
        404: "There is no such site, or its agents look elsewhere.",
        413: "The body is longer than it needs to be.",
    }
    hours = {"type": "object", "properties": {"hours": {"type": "number", "exclusiveMinimum": 0}}}
    return {
        "operationId": "link",
        "summary": "A signed link to the page of one order, for eight hours unless the body says otherwise.",
        "security": [{"token": []}],
        "requestBody": {"required": False, "content": {"application/json": {"schema": hours}}},
        "responses": {
            "201": _answer("The link.", "application/json", LinkForm, _UNKEPT),
            **_refusals(refused | _GUARDED | {403: "No token or no key is set: the door is closed."}),
        },
    }


def _page() -> Part:
    statuses = {
        200: "The order's story.",
        403: "The link is not one that was made here.",
        404: "Nothing is known of the order.",
        410: "The link has expired.",
        503: "The database is away.",
    }
    return {
        "operationId": "page",
        "summary": "The page of one order, for who has a signed link to it.",
        "security": [],
        "parameters": [
            _parameter("expires", "query") | {"description": "Until when, in seconds of Unix time."},
            _parameter("sig", "query") | {"description": "The signature."},
        ],
        "responses": {
            str(status): _answer(why, "text/html", _TEXT, _UNKEPT) for status, why in statuses.items()
        },
    }


def _metrics() -> Part:
    figures = _answer("Prometheus' text format.", "text/plain", _TEXT)
    return {
        "operationId": "metrics",
        "summary": "Open conflicts by site and severity, and the figures of stock and of stories.",
        "security": [{"token": []}],
        "responses": {"200": figures, **_refusals(_GUARDED)},
    }


def _contract() -> Part:
    this = _answer("OpenAPI 3.1.", "application/json", {"type": "object"})
    return {
        "operationId": "contract",
        "summary": "This document.",
        "security": [],
        "responses": {"200": this},
    }


def _refusals(reasons: dict[int, str]) -> Part:
    headers = {_STRANGER: _CHALLENGE}
    return {
        str(status): _answer(why, "application/json", RefusalForm, headers.get(status))
        for status, why in sorted(reasons.items())
    }


def _answer(description: str, kind: str, schema: Any, headers: Part | None = None) -> Part:
    return {"description": description, "headers": headers or {}, "content": {kind: {"schema": schema}}}


def _parameter(name: str, place: str) -> Part:
    return {"name": name, "in": place, "schema": _TEXT | {"minLength": 1}}
