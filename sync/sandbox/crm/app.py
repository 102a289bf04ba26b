"""The CRM remote: the token call and the contact lookup by external id, as the REST API v64.0 has them."""

import uuid

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, Idle, SandboxOptions
from sync.sandbox.remote import control_problem, read_form, read_json, remote_app
from sync.sandbox.world import World

VERSION = "v64.0"
LOOKUP = f"/services/data/{VERSION}/sobjects/Contact/B2C_Customer_ID__c/{{id}}"


def build(
    options: SandboxOptions, journal: Journal, faults: Faults, _world: World
) -> tuple[Starlette, Background]:
    """Build the CRM remote, without contacts."""
    crm = _Crm(options)
    faults.expire_tokens.append(crm.tokens.clear)
    routes = [
        Route("/services/oauth2/token", crm.token, methods=["POST"]),
        Route(LOOKUP, crm.contact),
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
        known = (form.get("client_id"), form.get("client_secret"))
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
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return JSONResponse(
                [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401
            )
        found = self.contacts.get(request.path_params["id"])
        if found is None:
            return JSONResponse(
                [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}], 404
            )
        return JSONResponse(found)

    async def add_contacts(self, request: Request) -> Response:
        """Take a list of contacts, each with its `B2C_Customer_ID__c`."""
        try:
            contacts = {str(contact["B2C_Customer_ID__c"]): contact for contact in await read_json(request)}
        except (ValueError, KeyError, TypeError) as error:
            return control_problem(f"contacts: {error!r}")
        for key, contact in contacts.items():
            self.contacts[key] = {"attributes": {"type": "Contact"}, "Id": f"003{key[:15]:0>15}", **contact}
        return JSONResponse({"contacts": len(self.contacts)}, 201)
