from pathlib import Path

import pytest

from config.sites import SitesError, load_sites
from sync.core.sites import Api

ROOT = Path(__file__).parents[3]
HEAD = """
[sites.A]
currency = "EUR"
locale = "de-DE"
taxation = "gross"
country = "DE"
channel = "a"
organisation = "o"
stock = { inventory_list = "l", warehouses = ["W"] }
tracking_urls = { "*" = "https://t.example/{number}" }
shipping_methods = { STD = { code = "S" } }
"""
ROUTES = 'currencies = ["CHF"]\nroutes = [%s]\n'


def sites_file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "sites.toml"
    file.write_text(text)
    return file


def problems(tmp_path: Path, text: str) -> dict[str, str]:
    with pytest.raises(SitesError) as refused:
        load_sites(sites_file(tmp_path, text))
    return refused.value.problems


def test_both_files_that_ship_load() -> None:
    assert load_sites(ROOT / "config" / "sites.toml").keys() == {"RefArchGlobal", "RefArchUK", "RefArchEU"}
    markets = load_sites(ROOT / "config" / "markets.toml").values()
    assert {site.country for site in markets} == {"GB", "IE", "DE", "FR", "NL", "US", "CA", "JP", "AU"}
    assert {site.currency: site.digits(site.currency) for site in markets}["JPY"] == 0


def test_a_locale_may_be_spelled_with_a_hyphen(tmp_path: Path) -> None:
    assert load_sites(sites_file(tmp_path, HEAD))["A"].locale == "de_DE"


@pytest.mark.parametrize(
    ("lines", "path", "nearest"),
    [
        ("taxasion = 1", "sites.A.taxasion", "taxation"),
        ("hold = { untill = 1 }", "sites.A.hold.untill", "until"),
        ("addresses = { line_lenght = 1 }", "sites.A.addresses.line_lenght", "line_length"),
        ('routes = [{ stor = "1" }]', "sites.A.routes.0.stor", "store"),
        ("postings = { event = true }", "sites.A.postings.event", "events"),
        ('[defaults]\nchanel = "c"', "defaults.chanel", "channel"),
        ("[default]", "default", "defaults"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    tmp_path: Path, lines: str, path: str, nearest: str
) -> None:
    assert f"did you mean '{nearest}'?" in problems(tmp_path, f"{HEAD}{lines}\n")[path]


def test_a_key_near_to_none_is_told_which_there_are(tmp_path: Path) -> None:
    assert "there are" in problems(tmp_path, f"{HEAD}hold = {{ zzz = 1 }}\n")["sites.A.hold.zzz"]


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ('{ warehouse_site = "X" }', "sites.A.routes.0"),
        ('{ currency = "EUX", channel = "b" }', "sites.A.routes.0.currency"),
        ('{ currency = "USD", channel = "b" }', "sites.A.routes.0"),
        ('{ locale = "tlh_KL", channel = "b" }', "sites.A.routes.0.locale"),
        ('{ locale = "de_AT" }, { locale = "de-AT", store = "1", channel = "b" }', "sites.A.routes.1"),
        ('{ store = "1" }, { store = "1" }', "sites.A.routes.1"),
    ],
)
def test_a_route_that_cannot_be_taken_is_refused(tmp_path: Path, rules: str, path: str) -> None:
    assert problems(tmp_path, HEAD + ROUTES % rules).keys() == {path}


def test_the_narrower_route_comes_first_and_the_sites_own_last(tmp_path: Path) -> None:
    rules = '{ store = "1", currency = "CHF", channel = "c" }, { store = "1", channel = "b" }'
    site = load_sites(sites_file(tmp_path, HEAD + ROUTES % rules))["A"]
    ways = [("1", "CHF"), ("1", "EUR"), ("2", "CHF")]
    assert [site.route(store=s, locale="de_DE", currency=c).channel for s, c in ways] == ["c", "b", "a"]
    assert site.channels == ("c", "b", "a")


def test_two_sites_may_not_share_a_channel(tmp_path: Path) -> None:
    other = HEAD.replace("sites.A", "sites.B").replace('"a"', '"b"')
    stolen = other + 'routes = [{ store = "1", channel = "a" }]\n'
    assert problems(tmp_path, HEAD + stolen).keys() == {"sites.B.channel"}
    assert load_sites(sites_file(tmp_path, HEAD + other)).keys() == {"A", "B"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (('country = "DE"', 'country = "UK"'), "sites.A.country"),
        (('country = "DE"', 'country = "DE"\nships_to = ["XX"]'), "sites.A.ships_to.0"),
        (('currency = "EUR"', 'currency = "N/A"'), "sites.A.currency"),
        (('locale = "de-DE"', 'locale = "default"'), "sites.A.locale"),
        (('channel = "a"', 'channel = ""'), "sites.A.channel"),
        (("{ STD = ", "{ EXP = {}, STD = "), "sites.A.shipping_methods.EXP.code"),
        (("[sites.A]", "[sites]\nB = 1\n[sites.A]"), "sites.B"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_path(
    tmp_path: Path, change: tuple[str, str], path: str
) -> None:
    assert problems(tmp_path, HEAD.replace(*change)).keys() == {path}


@pytest.mark.parametrize("country", ["JP", "GR", "RU", "CN"])
def test_only_latin_letters_can_be_freed_of_accents(tmp_path: Path, country: str) -> None:
    text = HEAD.replace('"DE"', f'"{country}"') + "addresses = { transliterate = true }\n"
    assert problems(tmp_path, text).keys() == {"sites.A.addresses.transliterate"}


def test_a_site_ships_to_its_own_country_always_and_without_a_list_everywhere(tmp_path: Path) -> None:
    everywhere = load_sites(sites_file(tmp_path, HEAD))["A"]
    listed = load_sites(sites_file(tmp_path, HEAD + 'ships_to = ["AT"]\n'))["A"]
    assert [everywhere.ships(country) for country in ("DE", "AT", "FR")] == [True, True, True]
    assert [listed.ships(country) for country in ("DE", "AT", "FR")] == [True, True, False]


def test_a_site_may_name_how_long_an_open_order_may_be_silent(tmp_path: Path) -> None:
    assert load_sites(sites_file(tmp_path, HEAD))["A"].silence is None
    assert load_sites(sites_file(tmp_path, f"{HEAD}silence = 1800"))["A"].silence == 1800
    assert problems(tmp_path, f"{HEAD}silence = -1").keys() == {"sites.A.silence"}


def test_a_site_that_has_not_moved_speaks_ocapi_and_is_posted_no_events(tmp_path: Path) -> None:
    modern = load_sites(sites_file(tmp_path, HEAD))["A"]
    older = load_sites(sites_file(tmp_path, f'{HEAD}api = "ocapi"\nocapi_version = "24.5"\n'))["A"]
    assert (modern.api, modern.takes_events) == (Api.SCAPI, True)
    assert (older.api, older.ocapi_version, older.takes_events) == (Api.OCAPI, "24.5", False)


@pytest.mark.parametrize(
    ("lines", "path", "cure"),
    [
        ('api = "OCAPI"', "sites.A.api", "scapi, ocapi"),
        ("api = true", "sites.A.api", "scapi, ocapi"),
        ('ocapi_version = "v25_6"', "sites.A.ocapi_version", '"25.6"'),
        ("ocapi_version = 25.6", "sites.A.ocapi_version", '"25.6"'),
        ('api = "ocapi"\npostings = { events = true }', "sites.A.postings.events", "leave it out"),
        ('postings = { stages_attribute = "stages" }', "sites.A.postings.stages_attribute", "c_"),
        (
            'api = "ocapi"\npostings = { endpoint = "/custom/{order_no}" }',
            "sites.A.postings.endpoint",
            "leave it out",
        ),
    ],
)
def test_what_ocapi_cannot_be_told_is_refused_with_its_cure(
    tmp_path: Path, lines: str, path: str, cure: str
) -> None:
    found = problems(tmp_path, f"{HEAD}{lines}\n")
    assert found.keys() == {path}
    assert cure in found[path]


def test_an_ocapi_site_needs_no_tracking_page_since_it_is_told_by_no_event(tmp_path: Path) -> None:
    pageless = HEAD.replace('tracking_urls = { "*" = "https://t.example/{number}" }\n', "")
    assert problems(tmp_path, pageless).keys() == {"sites.A.tracking_urls"}
    assert load_sites(sites_file(tmp_path, f'{pageless}api = "ocapi"\n'))["A"].tracking_url("dpd", "1") == ""


@pytest.mark.parametrize(
    ("line", "key", "cure"),
    [
        ('endpoint = "https://other.example/{order_no}"', "endpoint", "beginning with a slash"),
        ('endpoint = "/custom/facts"', "endpoint", "{order_no}"),
        ('endpoint = "/custom/{order}/{order_no}"', "endpoint", "no {order}"),
        ('shipments_attribute = "ofShipments"', "shipments_attribute", "c_"),
        ("attribute_length = 10", "attribute_length", "1000"),
        ('shipping_refund = "sometimes"', "shipping_refund", "never, last_unit, proportional"),
        ("kinds = [1]", "kinds", "no such key"),
    ],
)
def test_what_a_site_cannot_have_posted_is_refused_with_its_cure(
    tmp_path: Path, line: str, key: str, cure: str
) -> None:
    found = problems(tmp_path, f"{HEAD}postings = {{ {line} }}\n")
    assert found.keys() == {f"sites.A.postings.{key}"}
    assert cure in found[f"sites.A.postings.{key}"]


def test_two_attributes_of_one_name_are_refused(tmp_path: Path) -> None:
    line = 'postings = { shipments_attribute = "c_of", returns_attribute = "c_of" }'
    found = problems(tmp_path, f"{HEAD}{line}\n")
    assert found.keys() == {"sites.A.postings.shipments_attribute", "sites.A.postings.returns_attribute"}


def test_carriers_are_found_however_the_warehouse_writes_them(tmp_path: Path) -> None:
    site = load_sites(sites_file(tmp_path, f'{HEAD}carriers = {{ DPD_UK = "DPD" }}\n'))["A"]
    assert site.carrier("dpd_uk") == site.carrier("DPD_UK") == "DPD"


@pytest.mark.parametrize("place", ["userDefined3", "crmContact"])
def test_an_id_has_no_place_that_a_custom_attribute_fills(tmp_path: Path, place: str) -> None:
    text = f'{HEAD}attributes = {{ c_vip = "{place}" }}\n[sites.A.crm]\ncontact_property = "%s"\n'
    assert "c_vip" in problems(tmp_path, text % place)["sites.A.crm.contact_property"]
    assert load_sites(sites_file(tmp_path, text % ""))["A"].crm.contact_property == ""


@pytest.mark.parametrize("days", ["0", "-1", "3651", "1.5", '"90"', "true"])
def test_personal_data_is_kept_for_some_days_and_never_for_ever(tmp_path: Path, days: str) -> None:
    table = f"{HEAD}\n[sites.A.privacy]\nretention_days = {days}\n"
    assert list(problems(tmp_path, table)) == ["sites.A.privacy.retention_days"]


def test_a_site_that_says_nothing_keeps_personal_data_for_ninety_days(tmp_path: Path) -> None:
    assert load_sites(sites_file(tmp_path, HEAD))["A"].privacy.retention_days == 90
