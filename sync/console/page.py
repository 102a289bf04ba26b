"""An order's page for those who have a signed link to it: it opens nothing else, and runs no script."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sync.core.agents import discreet
from sync.core.crm import AgentPlace
from sync.core.signed import Seal, Verdict
from sync.core.sites import Site
from sync.core.timeline import Entry, Trail, summary, timeline
from sync.core.tracking import followable

FORGED = "This link is not valid."
EXPIRED = "This link has expired. Please ask for a new one."
UNKNOWN = "Nothing is known of this order."
AWAY = "The order cannot be looked up at this moment. Please try again in a minute."

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:1rem;color:#16202c;background:#fff}
h1{font-size:1.2rem;margin:0 0 .5rem}small{font-weight:400;color:#5b6673}
.told{font-size:1.05rem}.attention{background:#fff3d6;border-left:4px solid #b26a00;padding:.4rem .6rem}
table{border-collapse:collapse;width:100%}caption{text-align:left;color:#5b6673;padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-top:1px solid #dde3ea}
td{overflow-wrap:anywhere}td:first-child{white-space:nowrap}a{color:#0b5cab}
"""
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_TEMPLATES.globals["style"] = _STYLE
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class Page:
    """What the page needs: the sites, the ledger's answers, whose links are good, and who may embed it."""

    sites: Mapping[str, Site]
    trail: Callable[[str, str], Trail]
    seal: Seal
    origins: Sequence[str]
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [Route("/orders/{site}/{order_no:path}", self.show)]

    def show(self, request: Request) -> Response:
        """Answer the order's story; nothing is looked up for a link that is not good."""
        name, order_no = request.path_params["site"], request.path_params["order_no"]
        verdict = self._verdict(request, name, order_no)
        if verdict is Verdict.FORGED:
            return self._refused(403, FORGED)
        if verdict is Verdict.EXPIRED:
            return self._refused(410, EXPIRED)
        site = self.sites.get(name)
        # No database holds a NUL, and no order has such a number.
        if site is None or site.crm.agent is not AgentPlace.CONSOLE or "\0" in order_no:
            return self._refused(404, UNKNOWN)
        try:
            trail = self.trail(name, order_no)
        except OperationalError:
            return self._refused(503, AWAY)
        if not trail.found:
            return self._refused(404, UNKNOWN)
        return self._answer(200, "order.html", **shown(trail, site))

    def _verdict(self, request: Request, site: str, order_no: str) -> Verdict:
        names = [name for name, _ in request.query_params.multi_items()]
        if sorted(names) != ["expires", "sig"]:
            return Verdict.FORGED
        expires, given = request.query_params["expires"], request.query_params["sig"]
        return self.seal.verdict(site, order_no, expires, given, self.clock())

    def _refused(self, status: int, why: str) -> Response:
        return self._answer(status, "refused.html", why=why)

    def _answer(self, status: int, template: str, **values: object) -> Response:
        text = _TEMPLATES.get_template(template).render(**values)
        return HTMLResponse(text, status, headers=headers(self.origins))


def headers(origins: Sequence[str]) -> dict[str, str]:
    """Return what keeps the page to itself: no script, no form, nothing loaded, no trace of the link."""
    around = " ".join(origins) or "'none'"
    policy = (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {around}"
    )
    alone = {} if origins else {"X-Frame-Options": "DENY"}
    return alone | {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }


def shown(trail: Trail, site: Site) -> dict[str, object]:
    """Return what the page says: as much of people as the site lets its agents' records say."""
    told, zone = discreet(trail, site.crm.records.personal), ZoneInfo(site.zone)
    said = summary(told, site, zone)
    return {
        "site": site.name,
        "order_no": trail.order_no,
        "sentence": said.sentence,
        "attention": said.attention,
        "zone": str(zone),
        "entries": [_entry(entry, zone) for entry in timeline(told, site)],
    }


def _entry(entry: Entry, zone: ZoneInfo) -> dict[str, object]:
    parcels = entry.facts.get("parcels", ())
    return {
        "stamp": entry.at.isoformat(),
        "local": f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S %z}",
        "what": str(entry.what),
        "text": entry.text,
        "source": str(entry.source),
        "parcels": [
            {"number": one["number"], "url": followable(str(one["url"]))}
            for one in (parcels if isinstance(parcels, list) else ())
        ],
    }
