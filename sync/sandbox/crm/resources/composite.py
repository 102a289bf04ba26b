"""Composite calls: several in one, some of which use what the earlier ones answered."""

import re
from typing import Any

from sync.sandbox.crm.api import Api
from sync.sandbox.crm.calls import Answer, Call, Resource, read_call, refused
from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.org import Org

MAX_CALLS = 25
MAX_QUERIES = 5
MAX_GRAPHS = 75
MAX_NODES = 500
REFERENCE = re.compile(r"@\{(\w{1,80})((?:\.\w{1,80}|\[\d{1,4}\]){1,8})\}", re.ASCII)
STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)
HALTED = "The transaction was rolled back since another operation in the same transaction failed."


class _HaltError(CrmError):
    """One of the calls that count together was refused."""


class CompositeApi:
    """`composite`, `composite/batch` and `composite/graph`."""

    def __init__(self, org: Org, api: Api) -> None:
        self.org = org
        self.api = api

    def resources(self) -> list[Resource]:
        """What is offered."""
        return [
            Resource("POST", "composite", self.composite),
            Resource("POST", "composite/batch", self.batch),
            Resource("POST", "composite/graph", self.graph),
        ]

    def composite(self, call: Call, _path: dict[str, str]) -> Answer:
        """Make up to 25 calls in order; `allOrNone` takes all back when one is refused."""
        calls = _listed(call.body, "compositeRequest", MAX_CALLS)
        many = sum(
            "/query" in one.get("url", "") or "/composite/sobjects" in one.get("url", "") for one in calls
        )
        if many > MAX_QUERIES:
            raise CrmError("INVALID_INPUT", f"No more than {MAX_QUERIES} queries and collections in one call")
        answers = self._run(call, calls, together=call.body.get("allOrNone") is True)
        return Answer(200, {"compositeResponse": answers})

    def batch(self, call: Call, _path: dict[str, str]) -> Answer:
        """Make up to 25 calls that know nothing of each other."""
        results = []
        for one in _listed(call.body, "batchRequests", MAX_CALLS, named=False):
            url = "/services/data/" + one["url"].removeprefix("/services/data/").removeprefix("/")
            given = self._made(call, one["method"], url, one.get("richInput"))
            results.append({"statusCode": given.status, "result": given.body})
        return Answer(200, {"hasErrors": any(r["statusCode"] >= 300 for r in results), "results": results})  # noqa: PLR2004

    def graph(self, call: Call, _path: dict[str, str]) -> Answer:
        """Make graphs of calls, each in whole or not at all."""
        graphs = call.body.get("graphs") if isinstance(call.body, dict) else None
        if not isinstance(graphs, list) or not 0 < len(graphs) <= MAX_GRAPHS:
            raise CrmError("INVALID_INPUT", f"1 to {MAX_GRAPHS} graphs are expected")
        listed = [_listed(one, "compositeRequest", MAX_NODES) for one in graphs]
        if sum(map(len, listed)) > MAX_NODES:
            raise CrmError("INVALID_INPUT", f"No more than {MAX_NODES} nodes in one call")
        shown = []
        for graph, calls in zip(graphs, listed, strict=True):
            answers = self._run(call, calls, together=True)
            good = all(one["httpStatusCode"] < 300 for one in answers)  # noqa: PLR2004
            response = {"compositeResponse": answers}
            shown.append({"graphId": graph.get("graphId"), "graphResponse": response, "isSuccessful": good})
        return Answer(200, {"graphs": shown})

    def _run(self, call: Call, calls: list[dict[str, Any]], *, together: bool) -> list[dict[str, Any]]:
        answers: dict[str, Answer] = {}
        try:
            with self.org.together():
                for one in calls:
                    answers[one["referenceId"]] = given = self._one(call, one, answers)
                    _halt(given if together else None)
        except _HaltError as halted:
            for one in calls:
                kept = answers.get(one["referenceId"])
                if kept is None or kept.ok:
                    answers[one["referenceId"]] = refused(halted)
        return [_told(name, given) for name, given in answers.items()]

    def _one(self, call: Call, one: dict[str, Any], answers: dict[str, Answer]) -> Answer:
        try:
            return self._made(
                call, one["method"], _filled(one["url"], answers), _filled(one.get("body"), answers)
            )
        except CrmError as error:
            return refused(error)

    def _made(self, call: Call, method: str, url: str, body: Any) -> Answer:
        try:
            made = read_call(method, url, body, call.headers)
        except CrmError as error:
            return refused(error)
        if made.path[:1] == ("composite",) and made.path[1:2] != ("sobjects",):
            return refused(CrmError("INVALID_INPUT", "Composite calls do not hold each other"))
        return self.api.dispatch(made)


def _halt(given: Answer | None) -> None:
    """End a transaction with a call that was refused."""
    if given is not None and not given.ok:
        raise _HaltError("PROCESSING_HALTED", HALTED)


def _listed(body: Any, name: str, most: int, *, named: bool = True) -> list[dict[str, Any]]:
    calls = body.get(name) if isinstance(body, dict) else None
    if not isinstance(calls, list) or not 0 < len(calls) <= most:
        raise CrmError("INVALID_INPUT", f"{name}: 1 to {most} calls are expected")
    needed = ("method", "url", "referenceId") if named else ("method", "url")
    for one in calls:
        if not isinstance(one, dict) or any(not isinstance(one.get(part), str) for part in needed):
            raise CrmError("JSON_PARSER_ERROR", f"{name}: each call has {', '.join(needed)}")
    names = [one.get("referenceId") for one in calls]
    if named and len(set(names)) < len(names):
        raise CrmError("INVALID_INPUT", "Provided referenceId is not unique")
    return calls


def _told(name: str, given: Answer) -> dict[str, Any]:
    headers = {"Location": given.headers["location"]} if "location" in given.headers else {}
    return {"body": given.body, "httpHeaders": headers, "httpStatusCode": given.status, "referenceId": name}


def _filled(value: Any, answers: dict[str, Answer]) -> Any:
    """The value with every reference replaced by what the named call answered."""
    if isinstance(value, str):
        return REFERENCE.sub(lambda found: _looked_up(found, answers), value)
    if isinstance(value, dict):
        return {name: _filled(one, answers) for name, one in value.items()}
    return [_filled(one, answers) for one in value] if isinstance(value, list) else value


def _looked_up(found: re.Match[str], answers: dict[str, Answer]) -> str:
    given = answers.get(found[1])
    value = given.body if given is not None else None
    for name, number in STEP.findall(found[2]):
        if name and isinstance(value, dict):
            value = value.get(name)
        elif number and isinstance(value, list) and int(number) < len(value):
            value = value[int(number)]
        else:
            value = None
    if value is None or isinstance(value, dict | list):
        message = f"Invalid reference specified. No value for {found[0][2:-1]} found in {found[1]}"
        raise CrmError("PROCESSING_HALTED", message)
    return str(value)
