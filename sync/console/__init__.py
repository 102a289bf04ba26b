"""The web console: a page per order for people who have a signed link, and doors for machines; it only reads.

`page` is an order's page, `api` tells machines of orders and figures, `linking` makes them links.
"""

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sync.console.api import REFUSALS, Api
from sync.console.linking import Linking
from sync.console.page import Page

_PAGE = """<!doctype html><html lang="en"><title>Orderbridge</title>
<h1>Orderbridge</h1><p>An order has a page for those who have a link to it: <code>orderbridge link</code>. For
all else use <code>orderbridge status</code>, <code>orderbridge order SITE ORDER_NO</code> and
<code>orderbridge dead list</code>.</p></html>"""


def application(api: Api, page: Page, base: str) -> Starlette:
    """Return the console; a browser finds it below `base`."""
    links = Linking(api.admit, api.sites, page.seal, base, page.clock)
    routes = [Route("/", _home), *api.routes(), *links.routes(), *page.routes()]
    return Starlette(routes=routes, exception_handlers=REFUSALS)


def run(console: Starlette, port: int) -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    uvicorn.run(console, host="127.0.0.1", port=port, log_level="warning")


async def _home(_request: Request) -> HTMLResponse:
    return HTMLResponse(_PAGE)
