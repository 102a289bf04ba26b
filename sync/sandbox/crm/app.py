"""The CRM remote: token, contacts by external id, queries and limits, as the REST API has them."""

import uuid

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.sandbox.crm.contacts import KEY, Contacts, QueryError
from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, Idle, SandboxOptions
from sync.sandbox.remote import basic, control_problem, mark, read_form, read_json, remote_app
from sync.sandbox.world import World

# Contacts look the same in every version; vendors' clients ask for the one they were built for.
DATA = "/services/data/v{version:float}"
LOOKUP = f"{DATA}/sobjects/Contact/{KEY}/{{id:path}}"
# Since this version an update answers with a body.
UPDATE_HAS_BODY = 46
DAILY_CALLS = 100_000
ANY = "/services/{path:path}"
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def build(
    options: SandboxOptions, journal: Journal, faults: Faults, _world: World
) -> tuple[Starlette, Background]:
    """Build the CRM remote, without contacts."""
    crm = _Crm(options)
    faults.expire_tokens.append(crm.tokens.clear)
    routes = [
        Route("/services/oauth2/token", crm.token, methods=["POST"]),
        Route(LOOKUP, crm.contact),
        Route(LOOKUP, crm.upsert, methods=["PATCH"]),
        Route(f"{DATA}/query", crm.query),
        Route(f"{DATA}/query/", crm.query),
        Route(f"{DATA}/limits", crm.limits),
        Route(f"{DATA}/limits/", crm.limits),
        Route(ANY, crm.unknown, methods=METHODS),
    ]
    control = [Route("/_sandbox/contacts", crm.add_contacts, methods=["POST"])]
    return remote_app("crm", routes, journal=journal, faults=faults, control=control, reset=crm.reset), Idle()


class _Crm:
    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.tokens: set[str] = set()
        self.contacts = Contacts()
        self.used = 0

    def reset(self) -> None:
        self.contacts.rows.clear()
        self.used = 0

    async def token(self, request: Request) -> Response:
        form = await read_form(request)
        known = basic(request.headers.get("authorization", "")) or (
            form.get("client_id"),
            form.get("client_secret"),
        )
        if form.get("grant_type") != "client_credentials":
            return JSONResponse(
                {"error": "unsupported_grant_type", "error_description": "grant type not supported"}, 400
            )
        if known != (self.options.client_id, self.options.client_secret):
            return JSONResponse(
                {"error": "invalid_client", "error_description": "invalid client credentials"}, 400
            )
        token = f"00D000000000000!{uuid.uuid4().hex}"
        self.tokens.add(token)
        address = str(request.base_url).rstrip("/")
        return JSONResponse({"access_token": token, "instance_url": address, "token_type": "Bearer"})

    async def contact(self, request: Request) -> Response:
        found = self.contacts.get(request.path_params["id"])
        if found is None or not self._logged_in(request):
            return await self.unknown(request)
        return self._counted(JSONResponse(found))

    async def upsert(self, request: Request) -> Response:
        """Update the contact with the external id of the path, or create it."""
        key = request.path_params["id"]
        only = request.query_params.get("updateOnly") == "true"
        if not self._logged_in(request) or (only and self.contacts.get(key) is None):
            return await self.unknown(request)
        try:
            fields = await read_json(request)
        except ValueError as error:
            return self._counted(_errors("JSON_PARSER_ERROR", str(error), 400))
        if not isinstance(fields, dict) or {"Id", KEY} & set(fields):
            message = f"The fields without Id and {KEY} are expected"
            return self._counted(_errors("INVALID_FIELD", message, 400))
        row, new = self.contacts.put(key, fields)
        mark(request, f"Contact:{key}", "applied")
        if not new and request.path_params["version"] < UPDATE_HAS_BODY:
            return self._counted(Response(status_code=204))
        shown = {"id": row["Id"], "success": True, "errors": [], "created": new}
        return self._counted(JSONResponse(shown, 201 if new else 200))

    async def query(self, request: Request) -> Response:
        """Answer a query on contacts."""
        if not self._logged_in(request):
            return await self.unknown(request)
        try:
            rows = self.contacts.query(request.query_params.get("q", ""))
        except QueryError as error:
            return self._counted(_errors(error.code, str(error), 400))
        return self._counted(JSONResponse({"totalSize": len(rows), "done": True, "records": rows}))

    async def limits(self, request: Request) -> Response:
        """Tell how many calls of the day are left."""
        if not self._logged_in(request):
            return await self.unknown(request)
        answer = {"DailyApiRequests": {"Max": DAILY_CALLS, "Remaining": DAILY_CALLS - self.used}}
        return self._counted(JSONResponse(answer))

    def _counted(self, response: Response) -> Response:
        """The answer with the header that says how much of the day's allowance is used."""
        self.used += 1
        response.headers["sforce-limit-info"] = f"api-usage={self.used}/{DAILY_CALLS}"
        return response

    async def unknown(self, request: Request) -> Response:
        """Say that there is no such record, or that nobody may ask."""
        if not self._logged_in(request):
            return _errors("INVALID_SESSION_ID", "Session expired or invalid", 401)
        return _errors("NOT_FOUND", "The requested resource does not exist", 404)

    def _logged_in(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens

    async def add_contacts(self, request: Request) -> Response:
        """Take a list of contacts, each with its `B2C_Customer_ID__c`."""
        try:
            contacts = {str(contact[KEY]): contact for contact in await read_json(request)}
        except (ValueError, KeyError, TypeError) as error:
            return control_problem(f"contacts: {error!r}")
        for key, contact in contacts.items():
            self.contacts.put(key, contact)
        return JSONResponse({"contacts": len(self.contacts.rows)}, 201)


def _errors(code: str, message: str, status: int) -> Response:
    """Errors are a list of documents."""
    return JSONResponse([{"errorCode": code, "message": message}], status)
