"""The CRM remote, put together."""

from starlette.applications import Starlette
from starlette.routing import Route

from sync.sandbox.crm.api import Api
from sync.sandbox.crm.control import Control
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.resources.about import AboutApi
from sync.sandbox.crm.resources.collections import CollectionsApi
from sync.sandbox.crm.resources.composite import CompositeApi
from sync.sandbox.crm.resources.flows import FlowsApi
from sync.sandbox.crm.resources.queries import QueriesApi
from sync.sandbox.crm.resources.records import RecordsApi
from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, Idle, SandboxOptions
from sync.sandbox.remote import remote_app
from sync.sandbox.world import World

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def build(
    options: SandboxOptions, journal: Journal, faults: Faults, world: World
) -> tuple[Starlette, Background]:
    """Build the CRM remote, without records."""
    org = Org(options, journal, world)
    faults.expire_tokens.append(org.sessions.expire)
    api = Api(org)
    parts = (AboutApi(org), QueriesApi(org), CompositeApi(org, api), CollectionsApi(org), RecordsApi(org))
    for part in (*parts, FlowsApi(org)):
        api.add(part.resources())
    routes = [
        Route("/services/oauth2/token", org.sessions.issue, methods=["POST"]),
        Route("/services/data", api.versions),
        Route("/services/data/", api.versions),
        Route("/services/{path:path}", api.answer, methods=METHODS),
    ]
    app = remote_app(
        "crm",
        routes,
        journal=journal,
        faults=faults,
        control=Control(org, journal).routes(),
        switches=org.switches,
        reset=org.reset,
    )
    return app, Idle()
