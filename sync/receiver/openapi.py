"""The receiver's contract as an OpenAPI 3.1 document: every address, every status, every form."""

from collections.abc import Collection, Mapping
from importlib.metadata import version
from typing import Any, Final

from apispec import APISpec

from schemas.baskets import LONGEST_BASKET, LONGEST_SKU, MOST_LINES, MOST_UNITS
from schemas.refreshes import MOST_SKUS, REFRESH_REQUEST
from sync.receiver.answers import REASONS
from sync.receiver.doors import Doors

_TEXT: Final = {"type": "string"}
_CORRELATION: Final = {
    "x-correlation-id": {
        "description": "Found again in the log and in the ledger.",
        "required": True,
        "schema": _TEXT,
    }
}
_RETRY: Final = {
    "retry-after": {
        "description": "Seconds.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
}
_CHALLENGE: Final = {"www-authenticate": {"description": "Basic.", "required": True, "schema": _TEXT}}
# Reasons that a door never gives: those of no address, of the other door, and of documents it would refuse.
_NO_DOOR: Final = frozenset({"route.unknown", "method.unsupported"})
_NOT_BASKETS: Final = _NO_DOOR | {"channel.unknown", "site.mismatch"}
_NOT_STOREFRONT: Final = _NO_DOOR | {"channel.unknown", "reservations.off"}
_NOT_WAREHOUSE: Final = _NO_DOOR | {"reservations.off", "site.unknown", "site.mismatch", "event.invalid"}

Part = dict[str, Any]


def document(doors: Doors) -> Part:
    """Return the document; nothing in it names a site, a channel or a secret."""
    spec = APISpec(
        title="Orderbridge receiver",
        version=version("orderbridge"),
        openapi_version="3.1.0",
        info={"description": "A 2xx answer to an event means: it is on disk and will not be lost."},
    )
    _forms(spec)
    spec.path("/sfcc/{site}/events", operations={"post": _storefront(doors)}, parameters=[_named("site")])
    held = {"put": _reservation(doors), "delete": _release(doors)}
    spec.path(
        "/sfcc/{site}/reservations/{basket_id}",
        operations=held,
        parameters=[_named("site"), _named("basket_id", LONGEST_BASKET)],
    )
    spec.path(
        "/orderflow/{channel}/messages", operations={"post": _warehouse()}, parameters=[_named("channel")]
    )
    spec.path(
        "/health/live", operations={"get": _window("live", "The process runs.", {"200": _json("Health")})}
    )
    ready = {"200": _json("Health"), "503": _json("Health", "Events cannot be kept now; `faults` says why.")}
    spec.path("/health/ready", operations={"get": _window("ready", "Events can be kept.", ready)})
    metrics = {"200": _answer("Prometheus' text format.", "text/plain", _TEXT)}
    spec.path("/metrics", operations={"get": _window("metrics", "Counters and gauges.", metrics)})
    contract = {"200": _answer("OpenAPI 3.1.", "application/json", {"type": "object"})}
    spec.path("/openapi.json", operations={"get": _window("contract", "This document.", contract)})
    return spec.to_dict()


def _forms(spec: APISpec) -> None:
    reasons = {"type": "object", "additionalProperties": _TEXT}
    code = {"type": "string", "enum": sorted(REASONS)}
    error = _object({"code": code, "detail": _TEXT, "fields": reasons})
    spec.components.schema("Error", _object({"error": error}))
    spec.components.schema("Kept", _object({"id": _TEXT}))
    health = _object({"status": {"type": "string", "enum": ["live", "ready", "unready"]}})
    health["properties"] |= {"faults": reasons, "entries": {"type": "integer", "minimum": 0}}
    spec.components.schema("Health", health)
    spec.components.schema(
        "XmlError", _object({"exception": code, "message": _TEXT}) | {"xml": {"name": "error"}}
    )
    spec.components.schema("XmlMessage", _TEXT | {"xml": {"name": "message"}})
    spec.components.security_scheme("password", {"type": "http", "scheme": "basic"})
    signature = {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks: v1 over `webhook-id`, `webhook-timestamp` and the body.",
    }
    spec.components.security_scheme("signature", signature)


def _storefront(doors: Doors) -> Part:
    return {
        "operationId": "receiveStorefrontEvent",
        "summary": "Keep an event of the storefront.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _event()}},
        },
        **_signed(doors, _NOT_STOREFRONT),
    }


def _reservation(doors: Doors) -> Part:
    return {
        "operationId": "reserveBasket",
        "summary": "Withhold what a basket holds, in place of what it held, for the site's window.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _basket()}},
        },
        **_signed(doors, _NOT_BASKETS),
    }


def _release(doors: Doors) -> Part:
    return {
        "operationId": "releaseBasket",
        "summary": "Withhold nothing for a basket any more; also where it held nothing.",
        **_signed(doors, _NOT_BASKETS),
    }


def _signed(doors: Doors, absent: Collection[str]) -> Part:
    refused = {
        status: _json("Error", _details(status, absent))
        for status in ("400", "401", "404", "408", "413", "415", "422", "500")
    }
    return {
        "description": f"The attempt's timestamp must be within {doors.tolerance} seconds.",
        "security": [{"signature": []}],
        "parameters": [_header(name) for name in ("webhook-id", "webhook-timestamp")],
        "responses": {
            "202": _json("Kept", "Kept."),
            "503": _json("Error", _details("503", absent), _RETRY),
            **refused,
        },
    }


def _warehouse() -> Part:
    refused = {
        status: _xml("XmlError", _details(status, _NOT_WAREHOUSE))
        for status in ("400", "404", "408", "413", "415", "500")
    }
    return {
        "operationId": "receiveWarehouseMessage",
        "summary": "Keep a message of the warehouse, whatever it says.",
        "security": [{"password": []}],
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "object", "xml": {"name": "event"}}}
                for kind in ("application/xml", "text/xml")
            },
        },
        "responses": {
            "200": _xml("XmlMessage", "Kept."),
            "401": _xml("XmlError", _details("401", _NOT_WAREHOUSE), _CHALLENGE),
            "503": _xml("XmlError", _details("503", _NOT_WAREHOUSE), _RETRY),
            **refused,
        },
    }


def _window(name: str, summary: str, responses: Mapping[str, Part]) -> Part:
    return {"operationId": name, "summary": summary, "security": [], "responses": dict(responses)}


def _event() -> Part:
    names = ("type", "id", "site", "orderNo")
    skus = {
        "type": "array",
        "description": f"Required by `{REFRESH_REQUEST}`, which asks for the counts of these.",
        "items": _TEXT | {"minLength": 1, "maxLength": LONGEST_SKU},
        "minItems": 1,
        "maxItems": MOST_SKUS,
    }
    return {
        "type": "object",
        "properties": dict.fromkeys(names, _TEXT) | {"order": {"type": "object"}, "skus": skus},
        "required": ["type"],
        "examples": [
            {"type": "order.placed", "id": "evt-1", "orderNo": "00001"},
            {"type": REFRESH_REQUEST, "skus": ["SKU-RED-M"]},
        ],
    }


def _basket() -> Part:
    units = {"type": "integer", "minimum": 1, "maximum": MOST_UNITS}
    line = _object({"sku": _TEXT | {"minLength": 1, "maxLength": LONGEST_SKU}, "quantity": units})
    lines = {"type": "array", "items": line, "minItems": 1, "maxItems": MOST_LINES}
    return _object({"lines": lines}) | {"examples": [{"lines": [{"sku": "SKU-RED-M", "quantity": 2}]}]}


def _details(status: str, absent: Collection[str]) -> str:
    return " ".join(
        f"`{code}`: {why.detail}"
        for code, why in REASONS.items()
        if str(why.status) == status and code not in absent
    )


def _json(schema: str, description: str = "", headers: Mapping[str, Any] | None = None) -> Part:
    form = {"$ref": f"#/components/schemas/{schema}"}
    return _answer(description or "As described.", "application/json", form, headers)


def _xml(schema: str, description: str, headers: Mapping[str, Any] | None = None) -> Part:
    return _answer(description, "application/xml", {"$ref": f"#/components/schemas/{schema}"}, headers)


def _answer(description: str, kind: str, schema: Part, headers: Mapping[str, Any] | None = None) -> Part:
    all_headers = {**_CORRELATION, **(headers or {})}
    return {"description": description, "headers": all_headers, "content": {kind: {"schema": schema}}}


def _object(properties: Mapping[str, Any]) -> Part:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _named(name: str, longest: int | None = None) -> Part:
    schema = _TEXT | {"minLength": 1} | ({"maxLength": longest} if longest else {})
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _header(name: str) -> Part:
    return {"name": name, "in": "header", "required": True, "schema": _TEXT}
