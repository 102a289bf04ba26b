"""The CRM remote: the token call and the contact lookup by external id, as the REST API has them."""

import uuid

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, Idle, SandboxOptions
from sync.sandbox.remote import basic, control_problem, read_form, read_json, remote_app
from sync.sandbox.world import World

# Contacts look the same in every version; vendors' clients ask for the one they were built for.
LOOKUP = "/services/data/v{version:float}/sobjects/Contact/B2C_Customer_ID__c/{id:path}"
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
        Route(ANY, crm.unknown, methods=METHODS),
    ]
    control = [Route("/_sandbox/contacts", crm.add_contacts, methods=["POST"])]
    return remote_app("crm", routes, journal=journal, faults=faults, control=control, reset=crm.reset), Idle()


class _Crm:
    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.tokens: set[str] = set()
        self.contacts: dict[str, dict[str, object]] = {}

    def reset(self) -> None:
        self.contacts.clear()

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
        # The key field is not case-sensitive.
        found = self.contacts.get(request.path_params["id"].casefold())
        if found is None or not self._logged_in(request):
            return await self.unknown(request)
        return JSONResponse(found)

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
            contacts = {str(contact["B2C_Customer_ID__c"]): contact for contact in await read_json(request)}
        except (ValueError, KeyError, TypeError) as error:
            return control_problem(f"contacts: {error!r}")
        for key, contact in contacts.items():
            known = {"attributes": {"type": "Contact"}, "Id": f"003{key[:15]:0>15}"}
            self.contacts[key.casefold()] = known | contact
        return JSONResponse({"contacts": len(self.contacts)}, 201)


def _errors(code: str, message: str, status: int) -> Response:
    """Errors are a list of documents."""
    return JSONResponse([{"errorCode": code, "message": message}], status)
