from decimal import Decimal

import pytest
from marshmallow import fields

from schemas.base import WireSchema, load, parse_json, parse_object
from sync.core.errors import Rejected


class Inner(WireSchema):
    quantity = fields.Integer(required=True)


class Outer(WireSchema):
    order_no = fields.String(required=True)
    product_items = fields.List(fields.Nested(Inner))


def test_problems_are_named_by_dotted_paths_in_the_documents_own_spelling() -> None:
    with pytest.raises(Rejected) as caught:
        load(Outer(), {"productItems": [{"quantity": 1}, {"quantity": "x"}]}, code="order.invalid")
    assert caught.value.code == "order.invalid"
    assert sorted(caught.value.fields) == ["orderNo", "productItems.1.quantity"]


def test_something_else_than_an_object_is_a_problem_of_the_body() -> None:
    with pytest.raises(Rejected) as caught:
        load(Outer(), [1], code="event.invalid")
    assert list(caught.value.fields) == ["body"]


def test_decimals_are_exact() -> None:
    assert parse_json('{"a": 28.60, "b": 3}') == {"a": Decimal("28.60"), "b": 3}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        '{"a": 1e-999}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": 0.' + "1" * 5000 + "}",
        '{"a": 1, "a": 2}',
        "[" * 65 + "]" * 65,
        "[" * 200_000 + "]" * 200_000,
        '{"a": 1} trailing',
    ],
    ids=lambda text: text[:12] or "empty",
)
def test_doubtful_json_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse_json(text)
    assert caught.value.code == "event.invalid"


def test_depth_up_to_the_limit_is_read() -> None:
    assert parse_json("[" * 63 + "]" * 63)


def test_only_an_object_is_an_event() -> None:
    with pytest.raises(Rejected, match="JSON object"):
        parse_object("[1]")
