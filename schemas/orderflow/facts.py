"""From events, order details, despatches and returns to what they say of one reference."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from schemas.base import reject
from schemas.orderflow import CANCELED, LONDON, PICKED_LINE, REPORTED, STAGES
from schemas.orderflow.commerce import said
from schemas.orderflow.envelope import PAYMENT_REQUEST, order_reference, return_key, sequence_of
from schemas.orderflow.xml import Element, UnusableError, attribute, child_text, moment, parse_text, tag_of
from sync.core.fulfillment import Coming, Fact, Item, PaymentRequest, ReturnFact, ShipmentFact, Stage
from sync.core.sites import Site


def fact(text: str, site: Site, received_at: datetime, zone: ZoneInfo = LONDON) -> Fact:
    """Return what an event, order detail, despatched shipment or return says, as of its own time.

    Raises `Rejected` event.invalid or stage.unknown, with the path of each problem.
    """
    try:
        root = parse_text(text)
    except UnusableError as error:
        reject("event.invalid", {"body": str(error)})
    reading = _Reading(site, zone, received_at)
    readers: dict[str, Callable[[], Fact]] = {
        "event": lambda: reading.event(root),
        "order": lambda: reading.order(root, received_at, 0, "order"),
        "shipment": lambda: reading.despatch(root),
        "return": lambda: reading.returned(root, received_at, 0, "return"),
        PAYMENT_REQUEST: lambda: reading.payment(root),
    }
    if tag_of(root) not in readers:
        reject("event.invalid", {"body": f"'{tag_of(root)}' says nothing of an order"})
    return readers[tag_of(root)]()


LONGEST_NUMBER = 9
# A clock that is wrong by more tells no time at all; then the time of receipt is the best guess.
AHEAD = timedelta(days=1)
BEHIND = timedelta(days=730)
DESPATCHED = "despatched"
FINAL = frozenset({Stage.SHIPPED, Stage.CANCELED})

# ASSUMPTION: what the happenings of a return are called; only return_applied is in a readable example.
COMING: dict[str, Coming] = {
    "": Coming.RECEIVED,
    "return_applied": Coming.RECEIVED,
    "return_received": Coming.RECEIVED,
    "return_completed": Coming.RECEIVED,
    "return_created": Coming.EXPECTED,
    "return_imported": Coming.EXPECTED,
    "return_authorised": Coming.EXPECTED,
    "return_expected": Coming.EXPECTED,
    "return_rejected": Coming.REFUSED,
    "return_refused": Coming.REFUSED,
    "return_cancelled": Coming.REFUSED,
}
LONGEST_ADDRESS = 2048
_Read = Callable[[Element, str], str]


class _Reading:
    """What every part of a document is read with."""

    def __init__(self, site: Site, zone: ZoneInfo, received_at: datetime) -> None:
        self.site = site
        self.zone = zone
        self.received_at = received_at

    def event(self, root: Element) -> Fact:
        at = self.time(attribute(root, "eventTime"), "event.eventTime") or self.received_at
        sequence = sequence_of(root) or 0
        if (returned := root.find("detail/return")) is not None:
            kind = attribute(root, "eventType")
            back = self.returned(returned, at, sequence, "event.detail.return", self.coming(kind))
            return replace(back, actor=attribute(root, "userName"))
        order = root.find("detail/order")
        # A bare event about an order says at least its state.
        seen = self.order(root if order is None else order, at, sequence, "event.detail.order")
        return replace(seen, actor=attribute(root, "userName"))

    def coming(self, kind: str) -> Coming:
        """A site's own word goes before the table's."""
        named = self.site.stages.get(kind, COMING.get(kind, ""))
        if named not in list(Coming):
            reason = f"'{kind}' is not known to happen to a return; add it to [sites.{self.site.name}.stages]"
            reject("stage.unknown", {"event.eventType": reason})
        return Coming(named)

    def payment(self, root: Element) -> Fact:
        path = f"{PAYMENT_REQUEST}.order"
        if (order := root.find("order")) is None:
            _required(path)
        reference = order_reference(order) or _required(f"{path}.externalReference")
        at = self.time(attribute(root, "date"), f"{PAYMENT_REQUEST}.date") or self.received_at
        requests = [
            PaymentRequest(
                shipment=attribute(one, "externalReference") or reference,
                at=at,
                items=tuple(
                    _items(list(one.iterfind("orderLines/orderLine")), f"{path}.shipments.{index}", attribute)
                ),
            )
            for index, one in enumerate(order.iterfind("shipments/shipment"))
        ]
        whole = PaymentRequest(shipment=reference, at=at)
        return Fact(reference=reference, at=at, payments=tuple(requests) or (whole,))

    def order(self, order: Element, at: datetime, sequence: int, path: str) -> Fact:
        reference = order_reference(order) or _required(f"{path}.externalReference")
        channel = attribute(order, "channel")
        if channel and channel not in self.site.channels:
            reject("order.foreign", {f"{path}.channel": f"'{channel}' is no channel of {self.site.name}"})
        shipments = tuple(
            self.shipment(element, f"{path}.shipments.{index}")
            for index, element in enumerate(order.iterfind("shipments/shipment"))
        )
        if not shipments and attribute(order, "state") == CANCELED:
            # Nothing was ever made of the order: the cancellation is about all of it.
            shipments = (ShipmentFact(shipment=reference, stage=Stage.CANCELED),)
        # ASSUMPTION: the order is despatched once no shipment of it is open any more.
        done = attribute(order, "state") == DESPATCHED and all(seen.stage in FINAL for seen in shipments)
        present = attribute(order, "externalReference")
        return Fact(
            reference=reference,
            at=at,
            shipments=shipments,
            sequence=sequence,
            complete=done,
            says=tuple(said(order)),
            # An event may be about some of the shipments only, a split order holds only its part.
            whole=path == "order" and present == reference and _unbroken(order),
        )

    def shipment(self, element: Element, path: str) -> ShipmentFact:
        name = attribute(element, "externalReference") or _required(f"{path}.externalReference")
        lines = list(element.iterfind("orderLines/orderLine"))
        number = _number(attribute(element, "despatchReference"))
        stage = self.stage(attribute(element, "state"), lines, f"{path}.state")
        given_up = [line for line in lines if attribute(line, "state") == CANCELED]
        if given_up == lines and lines and stage is not Stage.SHIPPED:
            stage = Stage.CANCELED
        if stage is Stage.CANCELED:
            given_up = []
        return ShipmentFact(
            shipment=name,
            stage=stage,
            items=tuple(_items([line for line in lines if line not in given_up], path, attribute)),
            canceled=tuple(_items(given_up, path, attribute)),
            carrier=attribute(element, "courier"),
            service=attribute(element, "courierService"),
            parcels=(number,) if number else (),
        )

    def stage(self, state: str, lines: list[Element], path: str) -> Stage:
        named = self.site.stages.get(state, STAGES.get(state))
        if named is None or named not in list(Stage):
            reason = (
                f"'{state}' is not a known state of a shipment; add it to [sites.{self.site.name}.stages]"
            )
            reject("stage.unknown", {path: reason})
        stage = Stage(named)
        live = [line for line in lines if attribute(line, "state") != CANCELED]
        picked = bool(live) and all(attribute(line, "state") == PICKED_LINE for line in live)
        return Stage.PICKED if stage is Stage.ACCEPTED and picked else stage

    def despatch(self, root: Element) -> Fact:
        reference = child_text(root, "originatingOrderReference") or child_text(root, "orderReference")
        name = child_text(root, "reference") or _required("shipment.reference")
        completed = self.time(child_text(root, "completed"), "shipment.completed")
        lines = list(root.iterfind("orderLines/orderLine"))
        seen = ShipmentFact(
            shipment=name,
            stage=self.stage(child_text(root, "state") or "despatched", [], "shipment.state"),
            items=tuple(_items(lines, "shipment", child_text)),
            carrier=child_text(root, "courier") or child_text(root, "carrier"),
            service=child_text(root, "service"),
            parcels=tuple(_parcels(root)),
            tracking_url=_web_address(child_text(root, "trackingUrl")),
            at=completed,
        )
        at = completed or self.received_at
        return Fact(reference=reference or _required("shipment.orderReference"), at=at, shipments=(seen,))

    def returned(
        self,
        element: Element,
        at: datetime,
        sequence: int,
        path: str,
        state: Coming = Coming.RECEIVED,
    ) -> Fact:
        lines = list(element.iterfind("returnLine"))
        refunded = [line for line in lines if attribute(line, "refund") == "true"]
        done = self.time(attribute(element, "completedDate"), f"{path}.completedDate") or at
        number = attribute(element, "id") or _required(f"{path}.id")
        reference = return_key(element)
        if not reference or reference == f"return {number}":
            reject("return.unmatched", {f"{path}.orderReference": "neither order nor authorisation is named"})
        fact_of_return = ReturnFact(
            return_id=number,
            provisional=number.startswith(REPORTED),
            items=tuple(_items(lines, path, attribute)),
            at=done,
            reason=_words(lines, "reason"),
            condition=_words(lines, "condition"),
            refund=bool(refunded),
            refunded=tuple(_items(refunded, path, attribute)),
            state=state,
        )
        return Fact(reference=reference, at=done, returns=(fact_of_return,), sequence=sequence)

    def time(self, text: str, path: str) -> datetime | None:
        try:
            at = moment(text, self.zone)
        except ValueError:
            reject("event.invalid", {path: "is not a time"})
        believable = at and self.received_at - BEHIND < at < self.received_at + AHEAD
        return at if believable else None


def _items(lines: list[Element], path: str, read: _Read) -> Iterator[Item]:
    """The lines' units; lines of the same SKU stay apart, empty ones are left out."""
    for index, line in enumerate(lines):
        where = f"{path}.{index}"
        sku = read(line, "product") or read(line, "productReference") or _required(f"{where}.product")
        units = whole(read(line, "quantity"), f"{where}.quantity")
        if units:
            yield Item(sku=sku, quantity=units, item_id=read(line, "thirdPartyReference"))


def _unbroken(order: Element) -> bool:
    """Shipments of an order are numbered through: with a gap, or split upstream, some are elsewhere."""
    told = [attribute(one, "sequence") for one in order.iterfind("shipments/shipment")]
    if attribute(order, "partialOrder").lower() == "true":
        return False
    numbered = sorted(
        int(one) for one in told if one.isascii() and one.isdigit() and len(one) <= LONGEST_NUMBER
    )
    # Nothing is said of a document whose shipments bear no numbers.
    return not any(told) or numbered == list(range(1, len(told) + 1))


def _parcels(root: Element) -> Iterator[str]:
    numbers = [attribute(package, "despatchReference") for package in root.iterfind("packages/package")]
    told = map(_number, [child_text(root, "despatchReference"), *numbers])
    yield from dict.fromkeys(filter(None, told))


def _number(text: str) -> str:
    """The same parcel may be written with more or fewer blanks around and within its number."""
    return " ".join(text.split())


def _words(lines: list[Element], name: str) -> str:
    return ", ".join(dict.fromkeys(filter(None, (attribute(line, name) for line in lines))))


def _web_address(text: str) -> str:
    address = "%20".join(text.split())
    return address if address.startswith(("https://", "http://")) and len(address) <= LONGEST_ADDRESS else ""


def whole(text: str, path: str) -> int:
    """Return a number of units, a useless `.0` behind it ignored; raises `Rejected` event.invalid."""
    digits, _, zeros = text.partition(".")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER) or zeros.strip("0"):
        reject("event.invalid", {path: "must be a whole number"})
    return int(digits)


def _required(path: str) -> NoReturn:
    reject("event.invalid", {path: "is required"})
