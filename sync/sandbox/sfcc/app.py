"""The SFCC remote, put together."""

from starlette.applications import Starlette
from starlette.routing import Route

from sync.sandbox.faults import Faults
from sync.sandbox.journal import Journal
from sync.sandbox.options import Background, SandboxOptions
from sync.sandbox.remote import remote_app
from sync.sandbox.sfcc.answers import Refusals
from sync.sandbox.sfcc.assumptions import switches as all_switches
from sync.sandbox.sfcc.book import OrderBook
from sync.sandbox.sfcc.control import Control
from sync.sandbox.sfcc.gate import Gate
from sync.sandbox.sfcc.hooks import Storefront
from sync.sandbox.sfcc.ocapi import OcapiOrders
from sync.sandbox.sfcc.orders import OrdersApi
from sync.sandbox.sfcc.records import RecordsApi
from sync.sandbox.sfcc.stock import InventoryList
from sync.sandbox.sfcc.tokens import Tokens
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
        control.reset()
        storefront.reset()

    reset()
    gate = Gate(tokens, options.organization, world.sites)
    routes = [
        *(Route(path, tokens.issue, methods=["POST"]) for path in TOKEN_PATHS),
        *OrdersApi(book, switches).routes(gate),
        *OcapiOrders(book, switches).routes(gate),
        *RecordsApi(stock, switches, world.now).routes(gate),
    ]
    app = remote_app(
        "sfcc",
        routes,
        journal=journal,
        faults=faults,
        control=control.routes(),
        switches=switches,
        reset=reset,
        exception_handlers=Refusals(switches).handlers(),
    )
    app.state.book = book
    return app, storefront
