"""Ids of 15 and of 18 characters are one record's."""

from collections.abc import Callable
from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound
from simple_salesforce.format import format_soql

from sync.sandbox.crm.ids import canonical, numbered
from tests.sandbox.crm_org import code_of, said


def test_the_last_three_characters_tell_the_case_of_the_others() -> None:
    # Two ids that the vendor's documents show.
    assert canonical("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert canonical("001d000000iqhslIAZ") == "001D000000IqhSLIAZ"


@pytest.mark.parametrize("text", ["", "001", "001D000000IqhS-", "001D000000IqhSLIA9", "0" * 17, None, 7])
def test_what_is_no_id_is_none(text: Any) -> None:
    assert canonical(text) is None


def test_a_million_records_have_ids_of_their_own() -> None:
    made = {numbered("003", number) for number in (*range(1, 5_000), 1_000_000, 62**8 - 1)}
    assert len(made) == 5_001
    assert all(canonical(one[:15]) == one for one in made)


def test_a_record_is_found_by_either_length_in_paths_queries_and_bodies(crm: Any) -> None:
    account = crm.Account.create({"Name": "Hartley Ltd"})["id"]
    contact = crm.Contact.create({"LastName": "Hartley", "AccountId": account[:15]})["id"]
    assert crm.Contact.get(contact[:15])["AccountId"] == account
    assert crm.Contact.update(contact[:15], {"LastName": "Moss"}) == 204
    query = "SELECT LastName FROM Contact WHERE AccountId = {} AND Id IN {}"
    found = crm.query(format_soql(query, account[:15], [contact]))
    assert [row["LastName"] for row in found["records"]] == ["Moss"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("0015g0000000000", "INVALID_CROSS_REFERENCE_KEY"),
        ("0035g0000000000", "FIELD_INTEGRITY_EXCEPTION"),
        ("not an id", "MALFORMED_ID"),
    ],
)
def test_a_lookup_leads_to_a_record_of_its_object(crm: Any, given: str, code: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.Contact.create({"LastName": "Hartley", "AccountId": given})
    assert [(one["errorCode"], one["fields"]) for one in said(refused)] == [(code, ["AccountId"])]


def test_a_merged_record_is_gone_and_its_children_belong_to_the_other(
    crm: Any, lever: Callable[..., Any]
) -> None:
    ids = lever("POST", "accounts", [{"Name": "Old", "Contacts": [{"LastName": "A"}]}, {"Name": "New"}])[
        "ids"
    ]
    assert lever("POST", "merge", {"object": "Account", "master": ids[1], "loser": ids[0][:15]})["moved"] == 2
    with pytest.raises(SalesforceResourceNotFound) as gone:
        crm.Account.get(ids[0])
    assert code_of(gone) == "ENTITY_IS_DELETED"
    (contact,) = crm.query("SELECT Account.Name FROM Contact")["records"]
    assert contact["Account"]["Name"] == "New"
    assert crm.query("SELECT Id FROM Account")["totalSize"] == 1
    every = crm.query("SELECT Id, MasterRecordId, IsDeleted FROM Account", include_deleted=True)["records"]
    assert [(row["Id"], row["MasterRecordId"], row["IsDeleted"]) for row in every] == [
        (ids[0], ids[1], True),
        (ids[1], None, False),
    ]
