"""An order's records: one of its own, one per shipment, one per fact of its timeline."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sync.core.agent_policy import AgentPolicy, Level, Names, Written
from sync.core.agents.events import ONCE, OUR_OWN, REVOCABLE, about
from sync.core.agents.keys import event_key, order_key, shipment_key
from sync.core.agents.standing import standing
from sync.core.fulfillment import Shipment, Stage
from sync.core.sites import Site
from sync.core.timeline import Entry, Trail, What, summary, timeline
from sync.core.timeline.facts import listed
from sync.core.times import stamp
from sync.core.tracking import followable, page

Values = Mapping[str, object]
WITHDRAWN = "withdrawn"
_CUT = "…"
# Control characters that no document may hold stand as what is not known.
_UNWRITABLE = dict.fromkeys(
    (n for n in (*range(32), 127) if chr(n) not in "\t\n\r"), "\N{REPLACEMENT CHARACTER}"
)
_URL = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is known of an order beside its trail: what was paid, and the CRM's own ids of its shopper."""

    total: Decimal | None = None
    contact: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record as it shall be; `what` is the kind of its fact, empty for order and shipment."""

    level: Level
    kind: str
    key_field: str
    key: str
    values: Values
    what: str = ""

    @property
    def digest(self) -> str:
        """What changes when anything of the record does, or where it goes."""
        told = [self.kind, self.key_field, self.values]
        content = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:32]


def records(trail: Trail, site: Site, looked: Looked, written: Mapping[str, Written]) -> list[Row]:
    """Return the records that differ from what was `written`, by key, parents first.

    The trail must be discreet already. A fact that turned out not to be one is written once more, as that.
    """
    policy = site.crm.records
    entries = [entry for entry in timeline(trail, site) if entry.what is not What.PENDING]
    rows = [_order(trail, site, policy, looked, entries), *_shipments(trail, site, policy)]
    if policy.event:
        facts = list(_events(trail, policy, policy.event, entries))
        rows += [*facts, *_withdrawn(trail, policy, policy.event, {row.key for row in facts}, written)]
    return [row for row in rows if _differs(row, written.get(row.key))]


def _differs(row: Row, before: Written | None) -> bool:
    if before is None:
        return True
    return before.digest != row.digest and before.what not in ONCE


def _order(trail: Trail, site: Site, policy: AgentPolicy, looked: Looked, entries: Iterable[Entry]) -> Row:
    told = summary(trail, site, ZoneInfo(site.zone))
    placed = min((part.placed_at for part in trail.handed_over), default=None)
    newest = _newest(trail)
    values: dict[str, object] = {
        "order_no": trail.order_no,
        "status": standing(trail),
        "placed_at": placed,
        "total": looked.total,
        "last_event_at": max((entry.at for entry in entries if entry.what not in OUR_OWN), default=None),
        "sentence": told.sentence,
        "attention": "; ".join(told.attention),
        "site": site.name,
        **(
            _parcels(site, newest)
            if newest
            else dict.fromkeys(("carrier", "tracking_number", "tracking_url"))
        ),
        "shipped_at": newest.reached[Stage.SHIPPED] if newest else None,
    }
    # Who ordered may become known late; that it is not known now is no reason to take it away.
    values |= {
        name: value for name, value in (("contact", looked.contact), ("account", looked.account)) if value
    }
    key = order_key(trail.site, trail.order_no)
    return _row(trail, policy, policy.order, key, values)


def _newest(trail: Trail) -> Shipment | None:
    left = [one for one in trail.known.shipments.values() if Stage.SHIPPED in one.reached]
    return max(left, key=lambda one: (one.reached[Stage.SHIPPED], one.name), default=None)


def _shipments(trail: Trail, site: Site, policy: AgentPolicy) -> Iterator[Row]:
    if policy.shipment is None:
        return
    for name, shipment in sorted(trail.known.shipments.items()):
        values: dict[str, object] = {
            **_parcels(site, shipment),
            "shipped_at": shipment.reached.get(Stage.SHIPPED),
            "name": name,
            "service": shipment.service,
            "stage": str(shipment.stage),
            "items": listed(shipment.items),
        }
        key = shipment_key(trail.site, trail.order_no, name)
        yield _row(trail, policy, policy.shipment, key, values)


def _parcels(site: Site, shipment: Shipment) -> dict[str, object]:
    first = next(iter(shipment.parcels), "")
    return {
        "carrier": site.carrier(shipment.carrier),
        "tracking_number": ", ".join(shipment.parcels),
        "tracking_url": _link(page(site, shipment, first)),
    }


def _events(trail: Trail, policy: AgentPolicy, names: Names, entries: Iterable[Entry]) -> Iterator[Row]:
    for entry in entries:
        key = event_key(trail.site, trail.order_no, entry.what, *about(entry))
        values: dict[str, object] = {
            "type": str(entry.what),
            "occurred_at": entry.at,
            "text": entry.text,
            "quantity": _quantity(entry),
            "source": str(entry.source),
            "shipment": entry.facts.get("shipment", ""),
            "known_at": entry.known_at,
        }
        yield _row(trail, policy, names, key, values, entry.what)


def _withdrawn(
    trail: Trail, policy: AgentPolicy, names: Names, there: set[str], written: Mapping[str, Written]
) -> Iterator[Row]:
    for key, before in written.items():
        if key not in there and before.what in REVOCABLE:
            values: dict[str, object] = {"type": WITHDRAWN, "text": f"not {before.what} any more"}
            yield _row(trail, policy, names, key, values, before.what)


def _quantity(entry: Entry) -> int | None:
    items = entry.facts.get("items")
    return sum(one["quantity"] for one in items) if isinstance(items, list) and items else None


def _row(trail: Trail, policy: AgentPolicy, names: Names, key: str, values: Values, what: str = "") -> Row:
    named = {
        names.fields[name]: _plain(value, policy.text_length)
        for name, value in values.items()
        if names.fields.get(name)
    }
    if names.parent:
        named[names.parent] = {policy.order.key: order_key(trail.site, trail.order_no)}
    return Row(
        level=names.level,
        kind=names.kind,
        key_field=names.key,
        key=key,
        values={names.key: key, **named},
        what=what,
    )


def _plain(value: object, longest: int) -> object:
    """Return a value as a field takes it; a text that its field cannot hold ends in three dots."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, str):
        value = value.translate(_UNWRITABLE)
        return value if len(value) <= longest else value[: longest - 1] + _CUT
    return value


def _link(url: str) -> str | None:
    """Return an address that a browser may be sent to; a cut one would lead elsewhere."""
    return followable(url) or None if len(url) <= _URL else None
