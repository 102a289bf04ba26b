import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from config.settings import DEFAULT_SITES, Settings, SettingsError, load_settings
from sync.cli import stack
from sync.embedded import Servers

SERVERS = Servers("postgresql://u@127.0.0.1:9/n", "redis://127.0.0.1:9/0")
CRM = "ORDERBRIDGE_CRM_"
MATCH, AGENT = 'match = ["customer_id"]', 'agent = "crm"'


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ORDERBRIDGE_")]:
        monkeypatch.delenv(name)
    for name, value in stack.environment(SERVERS, stack.Ports()).items():
        if not name.startswith(CRM):
            monkeypatch.setenv(name, value)


def with_crm(monkeypatch: pytest.MonkeyPatch, folder: Path, line: str, **settings: str) -> Settings:
    """Read the settings of a house whose second site has this line in its CRM table."""
    file = folder / "sites.toml"
    file.write_text(f"{DEFAULT_SITES.read_text()}\n[sites.RefArchUK.crm]\n{line}\n")
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(file))
    for name, value in settings.items():
        monkeypatch.setenv(CRM + name, value)
    return load_settings()


def refused(monkeypatch: pytest.MonkeyPatch, folder: Path, line: str, **settings: str) -> dict[str, str]:
    """Return what is wrong, by the setting's last words."""
    with pytest.raises(SettingsError) as error:
        with_crm(monkeypatch, folder, line, **settings)
    return {name.removeprefix(CRM): reason for name, reason in error.value.problems.items()}


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> str:
    how: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


SECRET = {"URL": "https://acme.my.salesforce.com", "CONSUMER_KEY": "k", "CONSUMER_SECRET": "s"}


def test_no_setting_of_the_crm_is_needed_while_no_site_wants_anything_of_it() -> None:
    assert load_settings().crm.url == ""


@pytest.mark.parametrize("line", [MATCH, AGENT])
def test_a_site_that_wants_something_of_the_crm_is_named_with_each_setting_it_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    found = refused(monkeypatch, tmp_path, line)
    assert found.keys() == {"URL", "CONSUMER_KEY", "CONSUMER_SECRET"}
    assert all("RefArchUK" in reason for reason in found.values())


def test_a_secret_is_enough_and_so_are_user_and_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    assert with_crm(monkeypatch, tmp_path, MATCH, **SECRET).crm.consumer_secret == "s"
    monkeypatch.delenv(f"{CRM}CONSUMER_SECRET")
    read = with_crm(monkeypatch, tmp_path, MATCH, USERNAME="bridge@acme.example", PRIVATE_KEY=pem(key))
    assert (read.crm.username, "PRIVATE" in read.crm.private_key) == ("bridge@acme.example", True)
    assert pem(key) not in repr(read)


@pytest.mark.parametrize(("given", "missing"), [("USERNAME", "PRIVATE_KEY"), ("PRIVATE_KEY", "USERNAME")])
def test_half_a_login_by_key_is_refused_by_the_name_of_the_other_half(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: rsa.RSAPrivateKey, given: str, missing: str
) -> None:
    half = {"USERNAME": "bridge@acme.example", "PRIVATE_KEY": pem(key)}[given]
    some = {name: SECRET[name] for name in ("URL", "CONSUMER_KEY")}
    found = refused(monkeypatch, tmp_path, MATCH, **some, **{given: half})
    assert found.keys() == {missing}


def test_a_key_that_cannot_sign_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    curve = pem(ec.generate_private_key(ec.SECP256R1()))
    for bad, reason in (("secret", "PEM"), (pem(key, b"word"), "passphrase"), (curve, "RSA")):
        found = refused(monkeypatch, tmp_path, MATCH, **SECRET, USERNAME="u@acme.example", PRIVATE_KEY=bad)
        assert found.keys() == {"PRIVATE_KEY"}
        assert reason in found["PRIVATE_KEY"]
        assert "secret" not in found["PRIVATE_KEY"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("URL", "https://login.salesforce.com", "My Domain"),
        ("URL", "https://acme.my.salesforce.com/services", "only the host"),
        ("URL", "https://user:word@acme.my.salesforce.com", "only the host"),
        ("URL", "ftp://acme.my.salesforce.com", "http"),
        ("VERSION", "v64", "64.0"),
        ("CONSUMER_SECRET", "geheim ß", "blanks"),
        ("SLOW_AT", "96", "95"),
        ("STOP_AT", "101", "100"),
    ],
)
def test_what_the_crm_could_not_be_called_with_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, told: str
) -> None:
    found = refused(monkeypatch, tmp_path, MATCH, **{**SECRET, name: value})
    assert found.keys() == {name}
    assert told in found[name]
