"""The REST API: every call passes session, allowance and document checks, then finds its resource."""

import asyncio
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync.sandbox.crm.calls import (
    MAX_URL,
    SERVICES,
    VERSIONS,
    Answer,
    Call,
    Resource,
    check_document,
    read_call,
    refused,
)
from sync.sandbox.crm.errors import CrmError, not_found, not_json
from sync.sandbox.crm.org import Org
from sync.sandbox.remote import read_json

# Calls that stand for many rows; a call of any other kind is one row at most.
BATCHES = ("composite",)


class Api:
    """Answers calls below `/services/data`."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.resources: list[Resource] = []

    def add(self, resources: Sequence[Resource]) -> None:
        """Offer further resources; of two that fit a path the earlier answers."""
        self.resources += resources

    async def versions(self, _request: Request) -> Response:
        """Tell which versions there are; nobody need log in for it."""
        return JSONResponse([{"version": f"{n}.0", "url": f"{SERVICES}v{n}.0"} for n in VERSIONS])

    async def answer(self, request: Request) -> Response:
        """Answer one call, counted, and hold the parents of its rows as long as the switch says."""
        org = self.org
        batch = False
        try:
            org.sessions.check(request.headers.get("authorization", ""))
            org.usage.check()
            org.usage.used += 1
            call = await _read(request)
            batch = call.path[:1] in [(name,) for name in BATCHES]
            request.scope["path_params"] = self.parameters(call)
            given = self.dispatch(call)
        except CrmError as error:
            given = refused(error)
        org.store.commit()
        org.ledger.close(request, batch=batch and given.ok)
        touched = org.pressure.hold()
        try:
            if touched and (seconds := org.switches["lock_seconds"]):
                await asyncio.sleep(seconds)
        finally:
            org.pressure.release(touched)
        return self._told(given)

    def parameters(self, call: Call) -> dict[str, str]:
        """What of the path is about one record, so that the journal's routes have a name for it."""
        found = (resource.match(call.path) for resource in self.resources)
        named = next((one for one in found if one is not None), {})
        return {name: value for name, value in named.items() if name in ("id", "key", "cursor")}

    def dispatch(self, call: Call) -> Answer:
        """Let the resource answer; what it refuses is an answer too."""
        others: list[str] = []
        for resource in self.resources:
            found = resource.match(call.path)
            if found is None:
                continue
            if resource.method == call.method:
                try:
                    return resource.handler(call, found)
                except CrmError as error:
                    return refused(error)
            others.append(resource.method)
        if not others:
            return refused(not_found())
        message = f"HTTP Method '{call.method}' not allowed. Allowed are {','.join(others)}"
        return refused(CrmError("METHOD_NOT_ALLOWED", message, 405))

    def _told(self, given: Answer) -> Response:
        headers = {**given.headers, "sforce-limit-info": self.org.usage.header}
        if given.body is None:
            return Response(status_code=given.status, headers=headers)
        text = json.dumps(given.body)
        return Response(text, given.status, headers, "application/json;charset=UTF-8")


async def _read(request: Request) -> Call:
    raw = request.scope.get("raw_path", b"").decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    url = f"{raw}?{query}" if query else raw
    if len(url) > MAX_URL:
        raise CrmError("URI_TOO_LONG", f"The URI is longer than {MAX_URL} characters", 414)
    body = None
    if await request.body():
        try:
            body = await read_json(request)
        except (ValueError, RecursionError) as error:
            raise not_json(str(error) or "The document is too deep") from error
        check_document(body)
    return read_call(request.method, url, body, dict(request.headers))
