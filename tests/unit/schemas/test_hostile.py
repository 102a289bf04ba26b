"""Whatever arrives, a reader answers with a value or with what is wrong: never with a crash."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.base import parse_json
from schemas.events import read_sfcc_event
from schemas.orderflow.envelope import read_orderflow_envelope
from schemas.orderflow.facts import fact
from schemas.orderflow.results import import_results
from schemas.orderflow.stock import counts
from schemas.orderflow.xml import UnusableError
from schemas.sfcc.mapping import read_order, read_status
from sync.core.errors import OrderbridgeError, Rejected
from tests.unit.schemas.conftest import UK

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ORDER = parse_json((Path(__file__).parents[2] / "cases" / "gross_with_discounts" / "order.json").read_text())
EVENT = """<event messageId="7" eventTime="2026-07-01 10:29:51" entity="order" externalReference="A">
<detail><order externalReference="A" state="validated"><shipments><shipment state="packed"
externalReference="A-1" despatchReference="P"><orderLines><orderLine product="X" quantity="2" state="x"/>
</orderLines></shipment></shipments></order></detail></event>"""
STOCK = """<inventory messageId="1"><product sequenceId="2" externalReference="X" site="M" available="3"
lastOrderExported="2026-07-01T09:00:00"/></inventory>"""
RESULT = """<importResult><importSuccesses><import externalReference="A"/></importSuccesses></importResult>"""
TEXT = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, places=3) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["", "0", "-1", "9" * 30, "0001-01-01", "9999-12-31 23:59:59", "2026-07-01T10:00:00+25:00", "1.0", "٣"]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from places(inner, (*path, key))


@settings(max_examples=300)
@given(st.sampled_from(list(places(ORDER))), JSON)
def test_an_order_with_anything_anywhere_is_read_or_rejected(path: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(ORDER)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    with suppress(Rejected):
        read_order(document, UK)
    with suppress(Rejected):
        read_status(document)


@given(JSON)
def test_any_json_is_an_event_or_rejected(value: Any) -> None:
    with suppress(Rejected):
        read_sfcc_event(json.dumps(value, default=float))


@given(TEXT)
def test_any_text_is_an_event_or_rejected(text: str) -> None:
    with suppress(Rejected):
        read_sfcc_event(text)
    with suppress(Rejected):
        fact(text, UK, NOW)
    with suppress(Rejected):
        counts(text, "org", NOW)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_push_or_rejected(content: bytes) -> None:
    with suppress(Rejected):
        read_orderflow_envelope(content)
    with suppress(UnusableError, OrderbridgeError):
        import_results(content)


@settings(max_examples=300)
@given(st.sampled_from([EVENT, STOCK, RESULT]), st.data())
def test_a_document_with_anything_in_an_attribute_is_read_or_rejected(text: str, data: st.DataObject) -> None:
    root = etree.fromstring(text)
    element = data.draw(st.sampled_from(list(root.iter())))
    if element.attrib:
        element.set(data.draw(st.sampled_from(sorted(element.attrib))), data.draw(XML_TEXT))
    content = etree.tostring(root)
    with suppress(Rejected):
        read_orderflow_envelope(content)
    with suppress(Rejected):
        fact(content.decode(), UK, NOW)
    with suppress(Rejected):
        counts(content.decode(), "org", NOW)
    with suppress(UnusableError, OrderbridgeError):
        import_results(content)
