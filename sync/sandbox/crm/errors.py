"""What the REST API says when it refuses."""

from collections.abc import Sequence
from typing import Any


class CrmError(Exception):
    """A refusal; `code` is the API's own, `fields` those it is about."""

    def __init__(self, code: str, message: str, status: int = 400, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = list(fields)

    def document(self) -> list[dict[str, Any]]:
        """The body of an answer: a list, with `fields` where there are any."""
        fields = {"fields": self.fields} if self.fields else {}
        return [{"message": self.message, "errorCode": self.code, **fields}]

    def row(self) -> list[dict[str, Any]]:
        """The errors of one row of a collection."""
        return [{"statusCode": self.code, "message": self.message, "fields": self.fields}]


def not_found(message: str = "The requested resource does not exist") -> CrmError:
    """There is no such record or resource."""
    return CrmError("NOT_FOUND", message, 404)


def not_json(message: str) -> CrmError:
    """A body, or a value in it, that cannot be read as what the field holds."""
    return CrmError("JSON_PARSER_ERROR", message)


def deleted() -> CrmError:
    """The record was there once: deleted, or merged into another."""
    return CrmError("ENTITY_IS_DELETED", "entity is deleted", 404)


def no_field(name: str, kind: str) -> CrmError:
    """The object has no such field."""
    return CrmError("INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")
