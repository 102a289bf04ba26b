"""A batch of fifty in one document: refused, taken before, forgotten in the answer, and all the others."""

from dataclasses import replace
from typing import Any

from sync.core.orders import warehouse_orders

SITE = "RefArchUK"
REFUSED, SAME, OTHER, FORGOTTEN = slice(0, 3), 3, 4, 5


def taken_before(house: Any, number: str, *, more: int) -> None:
    """Somebody else has imported an order under that number, with so many more units in its first line."""
    site = house.bridge.settings.sites[SITE]
    order = house.bridge.storefront.order(site, number)
    stamp = order.placed_at
    (part,) = warehouse_orders(order, site, {number: stamp})
    first = replace(part.lines[0], quantity=part.lines[0].quantity + more)
    house.bridge.warehouse.import_orders(site, SITE, [replace(part, lines=(first, *part.lines[1:]))])


def test_each_line_of_a_batch_of_fifty_settles_by_itself_and_no_order_goes_twice(house: Any) -> None:
    # One shipment and several lines each, so that number and reference are the same.
    numbers = [house.place(seed=1)[0] for _ in range(50)]
    for number in numbers[REFUSED]:
        house.edit(number, productItems=[{"productId": "NO-SUCH-PRODUCT"}])
    taken_before(house, numbers[SAME], more=0)
    taken_before(house, numbers[OTHER], more=1)
    house.yard("PUT", "switches", {"import_answer_lacks": numbers[FORGOTTEN]})
    house.hear(*numbers)

    first = house.hand_over()
    house.work()
    house.yard("PUT", "switches", {"import_answer_lacks": ""})

    # The forgotten one is looked for at its second try, and found.
    assert first == {"applied": 46, "dead": 4, "retry": 1}
    assert sorted(house.dead()) == sorted(
        [(number, "warehouse.refused") for number in numbers[REFUSED]] + [(numbers[OTHER], "reference.taken")]
    )
    living = [number for number in numbers if house.alive(number)]
    assert living == numbers[3:]
    imports = house.calls(f"order:{SITE}:")
    assert sorted(imports) == sorted(f"order:{SITE}:{number}" for number in living)
    house.nothing_twice()
    exported = [number for number in numbers if house.order(number)["exportStatus"] == "exported"]
    assert exported == [number for number in living if number != numbers[OTHER]]
