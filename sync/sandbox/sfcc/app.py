"""The SFCC remote, put together."""

from decimal import Decimal
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, SandboxOptions
from sync.sandbox.remote import remote_app
from sync.sandbox.sfcc.answers import Refusals
from sync.sandbox.sfcc.assumptions import switches as all_switches
from sync.sandbox.sfcc.batch import BatchApi
from sync.sandbox.sfcc.book import OrderBook
from sync.sandbox.sfcc.control import Control
from sync.sandbox.sfcc.custom import FactsEndpoint
from sync.sandbox.sfcc.feeds import Importer
from sync.sandbox.sfcc.gate import Gate
from sync.sandbox.sfcc.hooks import Storefront
from sync.sandbox.sfcc.jobs import JobsApi
from sync.sandbox.sfcc.listed import ListedApi
from sync.sandbox.sfcc.ocapi import OcapiOrders
from sync.sandbox.sfcc.omnichannel import UPLOADS, Omnichannel
from sync.sandbox.sfcc.orders import OrdersApi
from sync.sandbox.sfcc.records import RecordsApi
from sync.sandbox.sfcc.stock import InventoryList
from sync.sandbox.sfcc.tokens import Tokens
from sync.sandbox.sfcc.webdav import LARGEST, ROOT, Folders, WebDav
from sync.sandbox.world import World

TOKEN_PATHS = ("/dwsso/oauth2/access_token", "/dw/oauth2/access_token")


def build(
    options: SandboxOptions, journal: Journal, faults: Faults, world: World
) -> tuple[Starlette, Background]:
    """Build the SFCC remote without orders and inventory records, and the storefront that sends its hooks."""
    switches = all_switches()
    stock: dict[str, InventoryList] = {}
    book = OrderBook(world, stock, options.inventory_list, switches)
    tokens = Tokens(options, world.now)
    faults.expire_tokens.append(tokens.expire)
    storefront = Storefront(options, faults, switches, world.now)
    control = Control(book, storefront, switches)

    def reset() -> None:
        stock.clear()
        stock[options.inventory_list] = InventoryList(
            options.inventory_list, on_order=options.on_order_inventory
        )
        book.clear()
        facts.clear()
        folders.clear()
        jobs.clear()
        omnichannel.clear()
        control.reset()
        storefront.reset()

    facts = FactsEndpoint()
    folders = Folders()
    importer = Importer(stock, switches, world.now, partial(_imported, journal))
    jobs = JobsApi(folders, importer, switches, world.now)
    omnichannel = Omnichannel(switches, journal, world.now)
    control.settle = jobs.settle

    reset()
    gate = Gate(tokens, options.organization, world.sites)
    records_api = RecordsApi(stock, switches, world.now)
    records = records_api.routes(gate)
    routes = [
        *(Route(path, tokens.issue, methods=["POST"]) for path in TOKEN_PATHS),
        *OrdersApi(book, switches).routes(gate),
        *facts.routes(gate),
        *OcapiOrders(book, switches).routes(gate),
        *records,
        *ListedApi(records_api, options.organization).routes(gate),
        *WebDav(folders, tokens).routes(),
        *jobs.routes(gate),
        *omnichannel.routes(gate, options.tenant_group),
        *BatchApi(records, journal).routes(gate),
    ]
    app = remote_app(
        "sfcc",
        routes,
        journal=journal,
        faults=faults,
        control=control.routes(),
        switches=switches,
        reset=reset,
        large={ROOT: LARGEST, UPLOADS: LARGEST},
        exception_handlers=Refusals(switches).handlers(),
    )
    app.state.book = book
    return app, storefront


def _imported(journal: Journal, inventory_list: str, sku: str, units: Decimal) -> None:
    """Write a line for a record as if it had been written by a call of its own."""
    path = f"/inventory_lists/{inventory_list}/product_inventory_records/{sku}"
    journal.record(
        method="IMPORT",
        path=path,
        idempotency_key=None,
        status=200,
        body=str(units),
        effect="applied",
        route="/inventory_lists/{list}/product_inventory_records/{product}",
    )
