"""A merchant who has not installed every attribute: the others are set, and what is missing has its cure."""

from typing import Any

import pytest

from sync.cli.doctor.markets import check_markets
from tests.integration.flows.conftest import House
from tests.integration.flows.test_ocapi_site import old_house

__all__ = ["old_house"]


@pytest.fixture(params=["house", "old_house"])
def any_house(request: pytest.FixtureRequest) -> Any:
    """The same house over the newer and over the older interface."""
    return request.getfixturevalue(request.param)


def day(house: House, installed: str) -> str:
    """An order is handed over, picked, packed and despatched; the journal keeps what took effect."""
    house.shop("PUT", "switches", {"installed_attributes": installed})
    number = house.handed_over()
    for action in ("pick", "pack", "despatch"):
        house.move(number, action)
        house.look(number)
        house.work()
    return number


def refused(house: House) -> list[dict[str, Any]]:
    return house.rows("SELECT error_code, error_detail FROM message WHERE state = 'dead' ORDER BY id")


def test_one_that_is_missing_keeps_back_no_other_and_no_other_posting(any_house: House) -> None:
    installed = "c_ofOrderRef,c_ofShipments,c_ofStages,c_ofAdjustments,c_orderbridgeReason"
    number = day(any_house, installed)

    row = any_house.edit(number)
    assert row["c_ofOrderRef"] == number
    assert '"stage":"shipped"' in row["c_ofShipments"]
    assert (row["status"], row["shippingStatus"]) == ("completed", "shipped")
    letters = refused(any_house)
    assert {row["error_code"] for row in letters} == {"attribute.refused"}
    named = [set(row["error_detail"]["fields"]) for row in letters]
    assert named == [{"c_ofPickedAt"}, *[{"c_ofPickedAt", "c_ofPackedAt"}] * 2]
    any_house.nothing_twice()


def test_without_any_attribute_all_the_rest_is_told(any_house: House) -> None:
    number = day(any_house, "c_nothingOfOurs")
    row = any_house.edit(number)
    assert (row["status"], row["shippingStatus"], row["exportStatus"]) == ("completed", "shipped", "exported")
    assert not [name for name in row if name.startswith("c_of")]
    assert {row["error_code"] for row in refused(any_house)} == {"attribute.refused"}


def test_once_it_is_installed_the_dead_letters_are_of_use(any_house: House) -> None:
    number = day(any_house, "c_ofOrderRef,c_ofShipments,c_ofStages,c_orderbridgeReason")
    any_house.shop("PUT", "switches", {"installed_attributes": "*"})
    with any_house.bridge.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE message SET state = 'due', tries = 0 WHERE state = 'dead'")
    any_house.work()
    row = any_house.edit(number)
    assert row["c_ofPickedAt"] <= row["c_ofPackedAt"]
    assert refused(any_house) == []


def test_the_doctor_says_what_to_install(house: House) -> None:
    findings = list(check_markets(house.bridge.settings.sites.values(), {"attribute.refused": 3}))
    assert (findings[-1].level, findings[-1].subject) == ("red", "attributes")
    assert "[sites.SITE.postings]" in findings[-1].cure
    assert all(one.subject != "attributes" for one in check_markets(house.bridge.settings.sites.values(), {}))
