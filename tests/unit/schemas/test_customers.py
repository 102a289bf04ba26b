"""Who ordered, by the ids and places that the site has for them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.base import parse_object
from schemas.orderflow.orders import properties
from schemas.sfcc.mapping import read_order
from sync.core.crm import CrmPolicy
from sync.core.errors import Rejected
from sync.core.orders import Order, WarehouseOrder
from sync.core.sites import Site

ORDER = Path(__file__).parents[2] / "cases" / "gross_with_discounts" / "order.json"
SHORT, WHOLE = "0035g00000AsDfG", "0035g00000AsDfGAAV"
Split = Callable[[Order, Site], list[WarehouseOrder]]


def document(**more: Any) -> dict[str, Any]:
    return parse_object(ORDER.read_text()) | more


def told(order: Order, site: Site, split: Split) -> dict[str, str]:
    return dict(properties(split(order, site)[0], site))


def test_ids_are_read_of_the_attributes_that_the_site_names(uk: Site) -> None:
    site = replace(uk, crm=CrmPolicy(account_attribute="c_account", contact_attribute="c_contact"))
    order = read_order(document(c_account="0015g00000QwErT", c_contact=f" {SHORT} "), site)
    assert order.customer.account_id == "0015g00000QwErTAAV"
    assert order.customer.contact_id == WHOLE


@pytest.mark.parametrize("given", [SHORT, WHOLE])
def test_15_and_18_characters_are_one_record(given: str, uk: Site) -> None:
    assert read_order(document(c_b2ccrm_contactId=given), uk).customer.contact_id == WHOLE


def test_what_is_no_record_id_is_told_beside_every_other_problem(uk: Site) -> None:
    with pytest.raises(Rejected) as refused:
        read_order(document(c_b2ccrm_contactId="x' OR Name != '", currency=None), uk)
    assert {"c_b2ccrm_contactId", "currency"} <= set(refused.value.fields)


def test_an_attribute_that_the_site_does_not_name_is_no_id(uk: Site) -> None:
    site = replace(uk, crm=CrmPolicy(contact_attribute="c_contact"))
    assert read_order(document(c_b2ccrm_contactId="anything"), site).customer.contact_id == ""


def test_the_last_name_is_that_of_the_payer(uk: Site) -> None:
    assert read_order(document(), uk).customer.last_name == "Hartley"


def test_ids_go_to_the_properties_that_the_site_names(uk: Site, split: Split) -> None:
    crm = CrmPolicy(account_property="userDefined4", contact_property="crmContact", customer_property="")
    site = replace(uk, crm=crm)
    order = read_order(document(c_b2ccrm_contactId=SHORT, c_b2ccrm_accountId="0015g00000QwErT"), site)
    sent = told(order, site, split)
    names = {key: name for key, name in sent.items() if key.endswith(".name")}
    attributes = {name: sent[key.removesuffix("name") + "value"] for key, name in names.items()}
    assert sent["userDefined4"] == "0015g00000QwErTAAV"
    assert attributes["crmContact"] == WHOLE
    assert order.customer.number
    assert order.customer.number not in {**sent, **attributes}.values()
    assert not {"userDefined2", "userDefined3", ""} & sent.keys()
