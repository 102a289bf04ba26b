"""From events, order details, despatches and returns to what they say of one reference."""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.base import reject
from schemas.orderflow import CANCELED, LONDON, PICKED_LINE, REPORTED, STAGES
from schemas.orderflow.envelope import order_reference, return_key, sequence_of
from schemas.orderflow.xml import Element, UnusableError, attribute, child_text, moment, parse_text, tag_of
from sync.core.fulfillment import Fact, Item, ReturnFact, ShipmentFact, Stage
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
    }
    if tag_of(root) not in readers:
        reject("event.invalid", {"body": f"'{tag_of(root)}' says nothing of an order"})
    return readers[tag_of(root)]()


LONGEST_NUMBER = 9
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
            return self.returned(returned, at, sequence, "event.detail.return")
        order = root.find("detail/order")
        # A bare event about an order says at least its state.
        return self.order(root if order is None else order, at, sequence, "event.detail.order")

    def order(self, order: Element, at: datetime, sequence: int, path: str) -> Fact:
        reference = order_reference(order) or _required(f"{path}.externalReference")
        shipments = tuple(
            self.shipment(element, f"{path}.shipments.{index}")
            for index, element in enumerate(order.iterfind("shipments/shipment"))
        )
        if not shipments and attribute(order, "state") == CANCELED:
            # Nothing was ever made of the order: the cancellation is about all of it.
            shipments = (ShipmentFact(shipment=reference, stage=Stage.CANCELED),)
        return Fact(reference=reference, at=at, shipments=shipments, sequence=sequence)

    def shipment(self, element: Element, path: str) -> ShipmentFact:
        name = attribute(element, "externalReference") or _required(f"{path}.externalReference")
        lines = list(element.iterfind("orderLines/orderLine"))
        number = attribute(element, "despatchReference")
        return ShipmentFact(
            shipment=name,
            stage=self.stage(attribute(element, "state"), lines, f"{path}.state"),
            items=tuple(_items(lines, path, attribute)),
            carrier=attribute(element, "courier"),
            service=attribute(element, "courierService"),
            parcels=(number,) if number else (),
        )

    def stage(self, state: str, lines: list[Element], path: str) -> Stage:
        named = self.site.stages.get(state, STAGES.get(state))
        if named is None:
            reject("stage.unknown", {path: f"'{state}' is not a known state of a shipment"})
        stage = Stage(named)
        picked = bool(lines) and all(attribute(line, "state") == PICKED_LINE for line in lines)
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

    def returned(self, element: Element, at: datetime, sequence: int, path: str) -> Fact:
        lines = list(element.iterfind("returnLine"))
        reasons = dict.fromkeys(filter(None, (attribute(line, "reason") for line in lines)))
        done = self.time(attribute(element, "completedDate"), f"{path}.completedDate") or at
        number = attribute(element, "id") or _required(f"{path}.id")
        fact_of_return = ReturnFact(
            return_id=number,
            provisional=number.startswith(REPORTED),
            items=tuple(_items(lines, path, attribute)),
            at=done,
            reason=", ".join(reasons),
            refund=any(attribute(line, "refund") == "true" for line in lines),
        )
        return Fact(reference=return_key(element), at=done, returns=(fact_of_return,), sequence=sequence)

    def time(self, text: str, path: str) -> datetime | None:
        try:
            return moment(text, self.zone)
        except ValueError:
            reject("event.invalid", {path: "is not a time"})


def _items(lines: list[Element], path: str, read: _Read) -> Iterator[Item]:
    """The lines' units; lines of the same SKU stay apart, empty ones are left out."""
    for index, line in enumerate(lines):
        where = f"{path}.{index}"
        sku = read(line, "product") or read(line, "productReference") or _required(f"{where}.product")
        units = whole(read(line, "quantity"), f"{where}.quantity")
        if units:
            yield Item(sku=sku, quantity=units, item_id=read(line, "thirdPartyReference"))


def _parcels(root: Element) -> Iterator[str]:
    numbers = [attribute(package, "despatchReference") for package in root.iterfind("packages/package")]
    yield from dict.fromkeys(filter(None, [child_text(root, "despatchReference"), *numbers]))


def _web_address(text: str) -> str:
    return text if text.startswith(("https://", "http://")) else ""


def whole(text: str, path: str) -> int:
    """Return a number of units, a useless `.0` behind it ignored; raises `Rejected` event.invalid."""
    digits, _, zeros = text.partition(".")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER) or zeros.strip("0"):
        reject("event.invalid", {path: "must be a whole number"})
    return int(digits)


def _required(path: str) -> str:
    reject("event.invalid", {path: "is required"})
