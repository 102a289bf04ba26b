"""What the org says of itself: its resources, its allowances, its objects and their fields."""

from typing import Any

from sync.sandbox.crm.calls import Answer, Call, Resource
from sync.sandbox.crm.model import Field, SObject
from sync.sandbox.crm.org import Org

ROOTS = ("sobjects", "query", "queryAll", "composite", "limits", "actions")


class AboutApi:
    """`/`, `limits`, `sobjects` and describes."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def resources(self) -> list[Resource]:
        """What is offered."""
        return [
            Resource("GET", "", self.roots),
            Resource("GET", "limits", self.limits),
            Resource("GET", "sobjects", self.objects),
            Resource("GET", "sobjects/{object}", self.basics),
            Resource("GET", "sobjects/{object}/describe", self.describe),
        ]

    def roots(self, call: Call, _path: dict[str, str]) -> Answer:
        """Tell where the resources are."""
        return Answer(200, {name: f"{call.root}/{name}" for name in ROOTS})

    def limits(self, _call: Call, _path: dict[str, str]) -> Answer:
        """Tell what is left of the allowances; this call is counted already."""
        return Answer(200, self.org.usage.limits())

    def objects(self, call: Call, _path: dict[str, str]) -> Answer:
        """List the objects."""
        shown = [_basics(call, self.org.kind(one.name)) for one in self.org.objects.all()]
        return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown})

    def basics(self, call: Call, path: dict[str, str]) -> Answer:
        """Tell an object's name and addresses."""
        return Answer(
            200, {"objectDescribe": _basics(call, self.org.kind(path["object"])), "recentItems": []}
        )

    def describe(self, call: Call, path: dict[str, str]) -> Answer:
        """Tell an object's fields."""
        kind = self.org.kind(path["object"])
        return Answer(200, {**_basics(call, kind), "fields": [_field(one) for one in kind.fields.values()]})


def _basics(call: Call, kind: SObject) -> dict[str, Any]:
    address = f"{call.root}/sobjects/{kind.name}"
    urls = {"sobject": address, "describe": f"{address}/describe", "rowTemplate": f"{address}/{{ID}}"}
    told = {"name": kind.name, "label": kind.name, "keyPrefix": kind.prefix, "urls": urls}
    return {
        **told,
        "custom": kind.name.endswith(("__c", "__e")),
        "createable": True,
        "queryable": not kind.event,
    }


def _field(field: Field) -> dict[str, Any]:
    number = field.type == "double"
    return {
        "name": field.name,
        "label": field.name,
        "type": field.type,
        "length": 0 if number else field.length,
        "precision": field.length if number else 0,
        "scale": field.scale if number else 0,
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "nillable": not field.required,
        "createable": not field.readonly,
        "updateable": not field.readonly,
        "custom": field.name.endswith(("__c", "__pc")),
        "referenceTo": [field.object] if field.object else [],
        "relationshipName": field.relationship or None,
        "picklistValues": [{"value": value, "label": value, "active": True} for value in field.values],
    }
