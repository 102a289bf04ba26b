"""The web console: a door for people. For now it only says where to look instead (the command line)."""

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

_PAGE = """<!doctype html><html lang="en"><title>Orderbridge</title>
<h1>Orderbridge</h1><p>The console is not built yet. Use <code>orderbridge status</code>,
<code>orderbridge order SITE ORDER_NO</code> and <code>orderbridge dead list</code>.</p></html>"""


def run(port: int) -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    uvicorn.run(Starlette(routes=[Route("/", _home)]), host="127.0.0.1", port=port, log_level="warning")


async def _home(_request: Request) -> HTMLResponse:
    return HTMLResponse(_PAGE)
