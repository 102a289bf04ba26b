"""The two flows of the storefront's connector: find a contact, and find it or make it."""

from collections.abc import Callable
from typing import Any

from sync.sandbox.crm.calls import Answer, Call, Resource
from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.resources.shapes import record
from sync.sandbox.crm.rows import Writer
from sync.sandbox.crm.store import Row

LIST, NUMBER, CUSTOMER = "B2C_CustomerList_ID__c", "B2C_Customer_No__c", "B2C_Customer_ID__c"
# The connector's rule: the first of these that all have values and fit somebody decides.
RULES = ((CUSTOMER,), (LIST, NUMBER), (LIST, "Email", "LastName"), (LIST, "Email"), ("Email", "LastName"))
BLANK_LIST = ("Email", "LastName")
MAX_INPUTS = 200


class FlowsApi:
    """`actions/custom/flow/…`."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.writer = Writer(org)

    def resources(self) -> list[Resource]:
        """What is offered."""
        root = "actions/custom/flow"
        return [
            Resource("POST", f"{root}/B2CContactResolve", self._flow("B2CContactResolve", self.find)),
            Resource("POST", f"{root}/B2CContactProcess", self._flow("B2CContactProcess", self.find_or_make)),
        ]

    def find(self, source: dict[str, Any]) -> Row | None:
        """The contact that the source is about; the oldest where several fit."""
        people = list(self.org.store.tables["Contact"].live())
        for rule in RULES:
            if not all(source.get(name) for name in rule):
                continue
            for person in people:
                if rule == BLANK_LIST and person[LIST]:
                    continue
                if all(_plain(person[name]) == _plain(source[name]) for name in rule):
                    return person
        return None

    def find_or_make(self, source: dict[str, Any]) -> Row | None:
        """The contact that the source is about, changed as it says, or made with an account of its own."""
        kind, known = self.org.kind("Contact"), self.find(source)
        if known is not None:
            self.writer.update(kind, known["Id"], source)
            return known
        account = self.writer.create(self.org.kind("Account"), {"Name": _account_name(source)})
        made = self.writer.create(kind, {**source, "AccountId": account.id})
        return self.org.record(kind, made.id)

    def _flow(
        self, name: str, work: Callable[[dict[str, Any]], Row | None]
    ) -> Callable[[Call, dict[str, str]], Answer]:
        def run(call: Call, _path: dict[str, str]) -> Answer:
            inputs = call.body.get("inputs") if isinstance(call.body, dict) else None
            if not isinstance(inputs, list) or not 0 < len(inputs) <= MAX_INPUTS:
                raise CrmError("JSON_PARSER_ERROR", f"1 to {MAX_INPUTS} inputs are expected")
            return Answer(200, [self._result(call, name, work, one) for one in inputs])

        return run

    def _result(
        self, call: Call, name: str, work: Callable[[dict[str, Any]], Row | None], given: Any
    ) -> dict[str, Any]:
        source = given.get("sourceContact") if isinstance(given, dict) else None
        try:
            with self.org.together():
                person = work(self._checked(source))
        except CrmError as error:
            return {"actionName": name, "isSuccess": False, "errors": error.row(), "outputValues": None}
        outputs: dict[str, Any] = {"isSuccess": person is not None, "errors": None}
        outputs["Flow__InterviewStatus"] = "Finished"
        if person is not None:
            outputs |= self._people(call, person)
        return {"actionName": name, "isSuccess": True, "errors": None, "outputValues": outputs}

    def _checked(self, source: Any) -> dict[str, Any]:
        if not isinstance(source, dict):
            raise CrmError("REQUIRED_FIELD_MISSING", "sourceContact is missing")
        self.writer.values(self.org.kind("Contact"), source)
        return source

    def _people(self, call: Call, person: Row) -> dict[str, Any]:
        contact, account = self.org.kind("Contact"), self.org.kind("Account")
        shown = {"Contact": record(self.org, call, contact, person)}
        owner = self.org.store.get(account, person["AccountId"] or "")
        return shown | ({"Account": record(self.org, call, account, owner)} if owner is not None else {})


def _plain(value: Any) -> Any:
    return value.casefold().strip() if isinstance(value, str) else value


def _account_name(source: dict[str, Any]) -> str:
    return (
        " ".join(str(source[name]) for name in ("FirstName", "LastName") if source.get(name)) or "Household"
    )
