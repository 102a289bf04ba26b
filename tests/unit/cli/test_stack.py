import os
from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from sync.cli import stack
from sync.embedded import Servers

OURS = Servers("postgresql://ours@127.0.0.1:9/ours", "redis://127.0.0.1:9/0")
REAL = "https://real.example"


@pytest.fixture(autouse=True)
def _a_real_bridge_in_the_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ORDERBRIDGE_")]:
        monkeypatch.delenv(name)
    address = tmp_path / "address"
    address.write_text("postgresql://real@real.example/real\n")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_URL", REAL)
    monkeypatch.setenv("ORDERBRIDGE_SFCC_CLIENT_SECRET_FILE", str(address))
    monkeypatch.setenv("ORDERBRIDGE_ORDERFLOW_URL", REAL)
    monkeypatch.setenv("ORDERBRIDGE_DATABASE_URL_FILE", str(address))
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(tmp_path / "real-sites.toml"))


def read(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> Settings:
    """The settings as a child process of the stack reads them."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_a_demo_never_meets_the_real_remotes_of_its_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, stack.environment(OURS, stack.Ports()))
    assert settings.storefront.url == "http://127.0.0.1:8101"
    assert settings.storefront.client_secret == "sandbox"
    assert settings.warehouse.url.startswith("http://127.0.0.1:8102")
    assert settings.database_url == OURS.database_url
    assert "RefArchUK" in settings.sites


def test_a_long_running_stack_uses_the_remotes_that_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(Path("config/sites.toml").resolve()))
    settings = read(monkeypatch, stack.environment(OURS, stack.Ports(), os.environ))
    assert settings.storefront.url == REAL
    assert settings.storefront.client_secret == (tmp_path / "address").read_text().strip()
    assert settings.database_url == OURS.database_url
    assert not stack.uses_sandbox()


def test_servers_may_be_named_by_file(tmp_path: Path) -> None:
    named = {
        "ORDERBRIDGE_DATABASE_URL_FILE": str(tmp_path / "address"),
        "ORDERBRIDGE_REDIS_URL": "redis://real.example",
    }
    assert stack.own_servers(named) == Servers("postgresql://real@real.example/real", "redis://real.example")


def test_another_terminal_is_given_the_surroundings_too_the_sites_file_above_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "FOLDER", tmp_path)
    named = {"ORDERBRIDGE_SITES": "my sites.toml", "ORDERBRIDGE_REDIS_URL": "redis://theirs", "HOME": "/root"}
    lines = stack.remember({"ORDERBRIDGE_REDIS_URL": "redis://ours"}, named).read_text().splitlines()
    assert "export ORDERBRIDGE_SITES='my sites.toml'" in lines
    assert "export ORDERBRIDGE_REDIS_URL=redis://ours" in lines
    assert not any("HOME" in line for line in lines)
