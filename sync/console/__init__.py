"""The web console: a door for people, and one for machines in `api`; it only reads.

For people it still only says where to look instead (the command line).
"""

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from sync.console.api import REFUSALS, Api

_PAGE = """<!doctype html><html lang="en"><title>Orderbridge</title>
<h1>Orderbridge</h1><p>The console is not built yet. Use <code>orderbridge status</code>,
<code>orderbridge order SITE ORDER_NO</code> and <code>orderbridge dead list</code>.</p></html>"""


def application(api: Api) -> Starlette:
    """Return the console."""
    return Starlette(routes=[Route("/", _home), *api.routes()], exception_handlers=REFUSALS)


def run(api: Api, port: int) -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    uvicorn.run(application(api), host="127.0.0.1", port=port, log_level="warning")


async def _home(_request: Request) -> HTMLResponse:
    return HTMLResponse(_PAGE)
