import os
from pathlib import Path

import pytest

from config.settings import DEFAULT_SITES, SettingsError, load_settings
from sync.cli import stack
from sync.core.sites import Api
from sync.embedded import Servers
from sync.wiring.shops import storefronts

SERVERS = Servers("postgresql://u@127.0.0.1:9/n", "redis://127.0.0.1:9/0")
SECRET = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ORDERBRIDGE_")]:
        monkeypatch.delenv(name)
    for name, value in stack.environment(SERVERS, stack.Ports()).items():
        monkeypatch.setenv(name, value)


def problems() -> dict[str, str]:
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return refused.value.problems


def test_secret_files_that_cannot_be_read_are_named_with_every_other_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_CLIENT_SECRET_FILE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("ORDERBRIDGE_PUSH_PASSWORD_FILE", str(binary))
    monkeypatch.setenv("ORDERBRIDGE_BATCH", "many")
    assert problems().keys() == {
        "ORDERBRIDGE_SFCC_CLIENT_SECRET_FILE",
        "ORDERBRIDGE_PUSH_PASSWORD_FILE",
        "ORDERBRIDGE_BATCH",
    }


def test_a_secret_from_a_file_wins_and_keeps_no_line_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_CLIENT_SECRET_FILE", str(file))
    assert load_settings().storefront.client_secret == "from the file"


def test_secrets_may_be_listed_with_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBRIDGE_WEBHOOK_SECRETS", f"{SECRET}, {SECRET}")
    assert load_settings().receiver.webhook_secrets == (SECRET, SECRET)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://host:port/name"),
        ("REDIS_URL", "redis://host:port"),
        ("SFCC_URL", "https://host:99999"),
        ("SFCC_URL", "https://?"),
        ("PUSH_USER", "name:password"),
        ("RELAY_EVERY", "300"),
        ("LEASE", "3600"),
    ],
)
def test_what_no_process_could_use_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ORDERBRIDGE_{name}", value)
    assert problems().keys() == {f"ORDERBRIDGE_{name}"}


OLD_CLIENT, OLD_SECRET = "ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID", "ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET"
MODERN = [f"ORDERBRIDGE_SFCC_{name}" for name in ("URL", "ORGANIZATION", "CLIENT_ID", "CLIENT_SECRET")]


def older_sites(monkeypatch: pytest.MonkeyPatch, folder: Path, sites: str = "RefArchEU") -> None:
    """Let these sites, or every one, speak OCAPI."""
    text = DEFAULT_SITES.read_text()
    for name in sites.split():
        text = text.replace(f"[sites.{name}]\n", f'[sites.{name}]\napi = "ocapi"\n')
    file = folder / "sites.toml"
    file.write_text(text)
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(file))


def test_an_ocapi_site_needs_a_client_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    older_sites(monkeypatch, tmp_path)
    found = problems()
    assert found.keys() == {OLD_CLIENT, OLD_SECRET}
    assert all("RefArchEU" in reason and "Account Manager" in reason for reason in found.values())
    monkeypatch.setenv(OLD_CLIENT, "old")
    monkeypatch.setenv(OLD_SECRET, "secret")
    assert load_settings().storefront.ocapi_client_id == "old"


@pytest.mark.parametrize(("given", "missing"), [(OLD_CLIENT, OLD_SECRET), (OLD_SECRET, OLD_CLIENT)])
def test_half_a_login_is_refused_by_the_name_of_the_other_half(
    monkeypatch: pytest.MonkeyPatch, given: str, missing: str
) -> None:
    monkeypatch.setenv(given, "half")
    found = problems()
    assert found.keys() == {missing}
    assert "half" in found[missing]


@pytest.mark.parametrize(
    ("url", "instance"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("https://gate.example/eu/s/-/dw/data/v25_6/", "https://gate.example/eu"),
    ],
)
def test_ocapi_orders_are_beside_the_data_api(
    monkeypatch: pytest.MonkeyPatch, url: str, instance: str
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_SFCC_INVENTORY_URL", url)
    assert load_settings().storefront.ocapi_url == instance


def test_an_address_beside_which_no_orders_can_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_SFCC_INVENTORY_URL", "https://gate.example/stock")
    assert load_settings().storefront.inventory_url
    older_sites(monkeypatch, tmp_path)
    assert problems().keys() == {OLD_CLIENT, OLD_SECRET, "ORDERBRIDGE_SFCC_INVENTORY_URL"}


def test_where_every_site_speaks_ocapi_nothing_of_scapi_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in MODERN:
        monkeypatch.delenv(name)
    monkeypatch.setenv(OLD_CLIENT, "old")
    monkeypatch.setenv(OLD_SECRET, "secret")
    assert problems().keys() == set(MODERN)
    older_sites(monkeypatch, tmp_path, "RefArchEU RefArchUK RefArchGlobal")
    assert storefronts(load_settings()).clients.keys() == {Api.OCAPI}
    monkeypatch.setenv("ORDERBRIDGE_SFCC_URL", "no address")
    assert problems().keys() == {"ORDERBRIDGE_SFCC_URL"}


def test_a_missing_host_is_told_with_everything_else_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    older_sites(monkeypatch, tmp_path)
    monkeypatch.delenv("ORDERBRIDGE_SFCC_INVENTORY_URL")
    assert problems().keys() == {OLD_CLIENT, OLD_SECRET, "ORDERBRIDGE_SFCC_INVENTORY_URL"}
