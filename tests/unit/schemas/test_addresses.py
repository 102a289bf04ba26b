import pytest

from schemas.addresses import AddressError, normalized, phone
from sync.core.addresses import Address

NAMES = ("firstName", "lastName", "fullName", "companyName")
PLACES = ("address1", "address2", "suite", "postBox", "city", "postalCode", "stateCode", "countryCode")


def address(**given: str) -> Address:
    return normalized(dict.fromkeys((*NAMES, *PLACES, "phone"), "") | given)


def good(**given: str) -> dict[str, str]:
    return {
        "fullName": "A B",
        "address1": "1 Row",
        "city": "Otley",
        "postalCode": "LS21 1AA",
        "countryCode": "GB",
    } | given


def test_the_postal_code_takes_its_countrys_form() -> None:
    assert address(**good(postalCode="ls21 1aa")).postal_code == "LS21 1AA"


def test_names_of_streets_and_cities_stay_as_typed() -> None:
    made = address(**good(city="Otley", address2="Flat 2", postBox="PO Box 1"))
    assert made.city == "Otley"
    assert made.lines == ("1 Row", "Flat 2", "PO Box 1")


def test_a_region_code_loses_its_countrys_prefix() -> None:
    made = address(**good(countryCode="us", stateCode="US-IL", postalCode="62701"))
    assert (made.country_code, made.region) == ("US", "IL")


def test_a_region_where_the_country_knows_none_is_kept() -> None:
    assert address(**good(stateCode="West Yorkshire")).region == "West Yorkshire"


def test_the_name_is_made_of_first_and_last_where_no_full_one_is_given() -> None:
    assert address(**good(fullName="", firstName="A", lastName="B")).contact_name == "A B"


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"countryCode": ""}, {"countryCode"}),
        ({"countryCode": "XX"}, {"countryCode"}),
        ({"city": "", "address1": ""}, {"city", "address1"}),
        ({"postalCode": ""}, {"postalCode"}),
        ({"postalCode": "LS21"}, {"postalCode"}),
        ({"countryCode": "FR", "postalCode": "75001X"}, {"postalCode"}),
        ({"countryCode": "US", "postalCode": "62701", "stateCode": "ZZ"}, {"stateCode"}),
        ({"countryCode": "US", "postalCode": "62701"}, {"stateCode"}),
        ({"fullName": ""}, {"fullName"}),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_what_the_post_would_not_take_is_named(change: dict[str, str], paths: set[str]) -> None:
    with pytest.raises(AddressError) as caught:
        address(**good(**change))
    assert set(caught.value.reasons) == paths


def test_a_country_without_postal_codes_needs_none() -> None:
    assert address(**good(countryCode="AE", postalCode="", stateCode="Dubai", city="Dubai")).postal_code == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("01943 555012", "+441943555012"),
        ("+1 (217) 555-0142", "+12175550142"),
        ("ask the porter", "ask the porter"),
        ("", ""),
        ("12", "12"),
    ],
)
def test_a_phone_number_is_put_in_e164_where_it_can_be(typed: str, kept: str) -> None:
    assert phone(typed, "GB") == kept
