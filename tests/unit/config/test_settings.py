import os
from pathlib import Path

import pytest

from config.settings import SettingsError, load_settings
from sync.cli import stack
from sync.embedded import Servers

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
