"""From any id of either system to the order: what the flows prove while they do their work."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sync.cli.finding import Finding
from sync.core.links import Entity, Kind
from sync.core.messages import Message, Settled, Topic
from sync.store.relinking import Relinking
from tests.integration.flows.conftest import ONE, SITE, TWO, House


def finding(house: House, *, only: str | None = None) -> Finding:
    sites = [only] if only else list(house.bridge.settings.sites)
    return Finding(links=house.bridge.links, names=house.bridge.names, sites=sites, narrowed=only is not None)


def leads_to(house: House, text: str) -> set[str]:
    return {order.key for one in finding(house).find(text) for order in one.orders}


def links_of(house: House, entity: Entity) -> list[dict[str, Any]]:
    return house.rows("SELECT * FROM link WHERE entity = :entity ORDER BY id", entity=entity)


def value(house: House, kind: Kind) -> str:
    (found,) = {row["value"] for row in house.rows("SELECT value FROM link WHERE kind = :kind", kind=kind)}
    return str(found)


EMAIL = "Mia+shop@Example.test"
CONTACT, ACCOUNT = "003A0000006Vm9r", "001A0000006Vm9rIAC"
MIA: dict[str, Any] = {
    "customerInfo": {"customerNo": "00051877", "customerId": "bdAbc123XyZ", "email": EMAIL, "guest": False},
    "c_b2ccrm_contactId": CONTACT,
    "c_b2ccrm_accountId": ACCOUNT,
}


def ordered(house: House, **change: Any) -> str:
    (number,) = house.place(seed=ONE)
    house.edit(number, **change)
    house.hear(number)
    house.work()
    return number


@pytest.fixture
def lived(house: House) -> tuple[House, str]:
    """An order of a known shopper that was shipped and came back."""
    number = ordered(house, **MIA)
    house.move(number, "pick", "pack", "despatch")
    house.look(number)
    house.work()
    house.move(number, "return")
    for push in house.pushes(number):
        house.receive(push)
    house.work()
    assert house.dead() == []
    return house, number


def test_an_order_that_was_shipped_and_came_back_is_found_from_every_id_of_it(
    lived: tuple[House, str],
) -> None:
    house, number = lived
    told = [value(house, kind) for kind in (Kind.SHIPMENT, Kind.TRACKING, Kind.RETURN)]
    tracking = told[1]
    told += [f"{tracking[:4]} {tracking[4:]}", number, EMAIL, EMAIL.upper(), "00051877", "bdAbc123XyZ"]
    told += [CONTACT, ACCOUNT, ACCOUNT[:15], f"{CONTACT}IAC".lower()]

    assert {text: leads_to(house, text) for text in told} == {text: {number} for text in told}
    assert {row["entity"] for row in house.rows("SELECT entity FROM link")} >= {
        Entity.ORDER,
        Entity.LINE,
        Entity.SHIPMENT,
        Entity.PARCEL,
        Entity.RETURN,
        Entity.CUSTOMER,
    }
    assert leads_to(house, "mia@example.test") == leads_to(house, CONTACT.lower()) == set()


def test_no_address_of_a_person_is_in_the_table(lived: tuple[House, str]) -> None:
    house, _ = lived

    assert house.rows("SELECT * FROM link WHERE kind = 'email'")
    assert not [row for row in house.rows("SELECT * FROM link") if "example.test" in str(row).casefold()]


def test_each_reference_of_an_order_of_two_shipments_leads_to_it(house: House) -> None:
    number = house.handed_over(TWO)

    assert leads_to(house, f"{number}-S2") == leads_to(house, number) == {number}
    references = [row["value"] for row in links_of(house, Entity.SHIPMENT)]
    assert references == [number, f"{number}-S2"]


def test_the_shipments_of_a_split_are_all_found(house: House) -> None:
    number = house.handed_over()
    house.move(number, "split")
    house.look(number)
    house.work()

    names = [row["value"] for row in links_of(house, Entity.SHIPMENT) if row["kind"] == Kind.SHIPMENT]
    assert len(names) > 1
    assert [leads_to(house, name) for name in names] == [{number}] * len(names)


def test_an_amended_order_keeps_its_reference_with_a_history(house: House) -> None:
    number = house.handed_over()
    house.edit(number, shipments=[{"shippingAddress": {"address1": "1 Other Street", "city": "Leeds"}}])
    house.news(number)
    house.work()

    rows = [row for row in links_of(house, Entity.SHIPMENT) if row["kind"] == Kind.REFERENCE]
    assert [row["value"] for row in rows] == [number, number]
    assert rows[0]["until"] == rows[1]["since"]
    assert rows[0]["replaced_by"] == rows[1]["id"]
    assert leads_to(house, number) == {number}


def test_a_second_delivery_of_everything_writes_no_link(lived: tuple[House, str]) -> None:
    house, number = lived
    before = house.rows("SELECT count(*) AS n, max(id) AS newest FROM link")
    house.look(number)
    for push in house.pushes(number):
        house.receive(push)
    house.work()

    assert house.rows("SELECT count(*) AS n, max(id) AS newest FROM link") == before


def test_links_of_before_the_table_are_filled_in_from_what_is_remembered(lived: tuple[House, str]) -> None:
    house, number = lived
    columns = "entity, scope, key, system, kind, value, belongs_entity, belongs_key, sole"
    query = f"SELECT {columns} FROM link WHERE entity NOT IN ('customer', 'address') ORDER BY {columns}"  # noqa: S608
    before = house.rows(query)
    with house.bridge.sessions.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM link")
    relinking = Relinking(house.bridge.sessions)

    ((_, planned),) = relinking.run(dry=True)
    assert house.rows("SELECT * FROM link") == []
    ((orders, written),) = relinking.run(dry=False)

    # To whom the order belongs is not remembered: that is read with the order.
    unbound = [
        {**row, "belongs_entity": None, "belongs_key": None} for row in before if row["entity"] == "order"
    ]
    bound = [row for row in before if row["entity"] != "order"]
    after = house.rows(query)
    assert [row for row in after if row["entity"] != "order"] == bound
    assert [row for row in after if row["entity"] == "order"] == unbound
    assert (orders, planned, written) == (1, len(after), len(after))
    assert list(relinking.run(dry=False)) == [(1, 0)]
    assert leads_to(house, number) == {number}


def test_a_refused_order_is_found_by_its_number(house: House) -> None:
    number = ordered(house, shipments=[{"shippingAddress": {"countryCode": "ZZ"}}])
    assert house.dead()

    (found,) = finding(house).find(number)
    assert [one.key for one in found.orders] == [number]
    assert found.ids == ()


def test_one_site_alone_can_be_asked(house: House) -> None:
    number = house.handed_over()

    assert finding(house, only=SITE).find(number)
    assert finding(house, only="RefArchEU").find(number) == []


def test_both_orders_of_a_shopper_are_found_by_the_address_and_by_the_company(house: House) -> None:
    numbers = {ordered(house, **MIA), ordered(house, **MIA)}
    guest = ordered(house, customerInfo={"email": EMAIL, "guest": True, "customerId": "visit"})
    colleague = ordered(
        house, customerInfo={"customerNo": "2", "email": "noa@example.test"}, c_b2ccrm_accountId=ACCOUNT
    )

    assert leads_to(house, EMAIL) == {*numbers, guest}
    assert leads_to(house, CONTACT) == numbers
    assert leads_to(house, ACCOUNT) == {*numbers, colleague}
    assert leads_to(house, "visit") == set()


def test_a_shopper_of_another_address_is_found_by_the_old_one_too(house: House) -> None:
    number = ordered(house, **MIA)
    later = ordered(house, **MIA | {"customerInfo": MIA["customerInfo"] | {"email": "new@example.test"}})

    (found,) = finding(house).find(EMAIL)
    assert found.by[0].until is not None
    assert leads_to(house, EMAIL) == leads_to(house, "new@example.test") == {number, later}


def test_ids_that_appear_on_an_order_later_are_linked_when_it_is_read_again(house: House) -> None:
    number = ordered(house, customerInfo=MIA["customerInfo"])
    assert leads_to(house, CONTACT) == set()
    house.edit(number, c_b2ccrm_contactId=CONTACT)
    house.news(number)
    house.work()

    assert leads_to(house, CONTACT) == {number}


def test_a_contact_of_two_customers_is_a_conflict_of_the_later_order(house: House) -> None:
    first = ordered(house, **MIA)
    other = ordered(
        house, customerInfo={"customerNo": "2", "email": "noa@example.test"}, c_b2ccrm_contactId=CONTACT
    )

    assert [field for field, _ in house.conflicts(other)] == ["link.holder"]
    assert house.conflicts(first) == []
    assert leads_to(house, CONTACT) == {first, other}


def test_a_settlement_that_fails_leaves_neither_hand_over_nor_link(house: House) -> None:
    (number,) = house.place(seed=ONE)
    house.hear(number)
    deliver = house.bridge.orders.deliver

    def poisoned(messages: Sequence[Message]) -> Any:
        for group in deliver(messages):
            yield [replace(one, records=[*one.records, _unwritable(one)]) for one in group]

    house.bridge.loop.deliver(
        [Topic.ORDER_PLACED], poisoned, replace(house.bridge.work, batch=1, time_limit=0)
    )

    assert house.rows("SELECT * FROM link") == []
    assert house.rows("SELECT * FROM handover WHERE accepted_at IS NOT NULL") == []


def _unwritable(one: Settled) -> object:
    (last, *_) = one.records
    return replace(last, site="\0")  # type: ignore[type-var]
