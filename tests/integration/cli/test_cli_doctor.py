import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import redis
import requests
import sqlalchemy as sa

from config.settings import DEFAULT_SITES

SITE = "RefArchUK"


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def receiver() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ready)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def healthy(trade: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    del trade  # its settings and its sandbox are what must be there
    with receiver() as port:
        monkeypatch.setenv("ORDERBRIDGE_RECEIVER_PORT", str(port))
        yield


def red(said: Any) -> list[dict[str, str]]:
    return [finding for finding in said.json["findings"] if finding["level"] == "red"]


def subjects(findings: list[dict[str, str]]) -> set[str]:
    return {finding["subject"].split()[0] for finding in findings}


@pytest.mark.usefixtures("healthy")
def test_a_healthy_house_is_all_green(run: Any) -> None:
    said = run("doctor", "--json")
    findings = said.json["findings"]
    (logging,) = [finding for finding in findings if finding["text"].startswith("its log")]
    # A database of one's own may log what it likes; `make test` cannot forbid it.
    assert [finding for finding in findings if finding["level"] != "green"] in ([], [logging])
    assert said.code == 0
    assert subjects(said.json["findings"]) == {
        "PostgreSQL",
        "Redis",
        "storefront",
        "stock",
        "warehouse",
        "site",
        "receiver",
    }
    assert ", 0 red" in run("doctor").out


@pytest.mark.usefixtures("trade")
def test_everything_that_is_away_is_reported_in_one_run(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        closed = held.getsockname()[1]
    for name, url in {
        "DATABASE_URL": f"postgresql://u:p@127.0.0.1:{closed}/x",
        "REDIS_URL": f"redis://127.0.0.1:{closed}/0",
        "SFCC_URL": f"http://127.0.0.1:{closed}",
        "ORDERFLOW_URL": f"http://127.0.0.1:{closed}/web/",
        "RECEIVER_PORT": str(closed),
    }.items():
        monkeypatch.setenv(f"ORDERBRIDGE_{name}", url)
    said = run("doctor", "--json")
    assert said.code == 1
    assert subjects(red(said)) == {"PostgreSQL", "Redis", "storefront", "warehouse", "receiver"}
    assert all(finding["cure"] for finding in red(said))


@pytest.mark.parametrize(
    ("name", "value"),
    [("appendfsync", "everysec"), ("appendonly", "no"), ("maxmemory-policy", "allkeys-lru")],
)
@pytest.mark.usefixtures("healthy")
def test_a_redis_that_may_forget_or_evict_is_refused(run: Any, redis_url: str, name: str, value: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        before = client.config_get(name)[name]
        client.config_set(name, value)
        try:
            said = run("doctor", "--json")
        finally:
            client.config_set(name, before)
    (finding,) = red(said)
    assert said.code == 1
    assert name in finding["text"]
    assert value in finding["text"]
    assert name in finding["cure"]


@pytest.mark.usefixtures("healthy")
def test_a_database_without_tables_names_the_command_that_makes_them(
    run: Any, clean_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = sa.make_url(clean_database).set(database="postgres")
    monkeypatch.setenv("ORDERBRIDGE_DATABASE_URL", empty.render_as_string(hide_password=False))
    (finding,) = red(run("doctor", "--json"))
    assert finding["cure"] == "orderbridge migrate"
    said = run("status")
    assert said.code == 1
    assert "orderbridge migrate" in said.err


@pytest.mark.usefixtures("healthy")
def test_refused_credentials_are_named_per_site(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBRIDGE_SFCC_CLIENT_SECRET", "wrong")
    found = red(run("doctor", "--json"))
    # One line for each site, and one for the list that they share.
    assert [finding["subject"].split()[0] for finding in found] == ["storefront"] * 3 + ["stock"]
    assert all("credentials.refused" in finding["text"] for finding in found)


@pytest.mark.usefixtures("healthy")
def test_a_warehouse_that_counts_elsewhere_is_named(
    run: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.settings import DEFAULT_SITES

    sites = tmp_path / "sites.toml"
    sites.write_text(DEFAULT_SITES.read_text().replace('["MAIN", "NORTH"]', '["MOON"]'))
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(sites))
    found = red(run("doctor", "--json"))
    assert subjects(found) == {"warehouse"}
    assert all("MOON" in finding["text"] for finding in found)


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize(
    ("table", "looks"),
    [
        ('bulk_from = 9\nfeed_job = "orderbridge-inventory"', ["records", "folder", "executions"]),
        ('inventory = "omnichannel"', ["Omnichannel"]),
    ],
)
def test_the_doctor_proves_each_right_that_the_way_of_the_stock_needs(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, table: str, looks: list[str]
) -> None:
    sites = tmp_path / "sites.toml"
    written = DEFAULT_SITES.read_text().replace(
        "[defaults.stock]", f"[defaults.publication]\n{table}\n\n[defaults.stock]"
    )
    sites.write_text(written)
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(sites))
    monkeypatch.setenv("ORDERBRIDGE_SFCC_TENANT_GROUP", "tg_zzte")
    findings = run("doctor", "--json").json["findings"]
    stock = [finding for finding in findings if finding["subject"].startswith("stock ")]
    assert [finding["level"] for finding in stock] == ["green"] * len(looks)
    assert all(look in finding["text"] for look, finding in zip(looks, stock, strict=True))
    monkeypatch.setenv("ORDERBRIDGE_SFCC_TENANT_GROUP", "wrong")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_CLIENT_SECRET", "wrong")
    again = red(run("doctor", "--json"))
    assert len([finding for finding in again if finding["subject"].startswith("stock ")]) == len(looks)


@pytest.mark.usefixtures("trade")
def test_every_settings_problem_is_a_finding_and_the_exit_code_says_settings(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORDERBRIDGE_SFCC_URL")
    monkeypatch.setenv("ORDERBRIDGE_BATCH", "many")
    said = run("doctor", "--json")
    assert said.code == 2
    assert {finding["subject"] for finding in red(said)} == {"ORDERBRIDGE_SFCC_URL", "ORDERBRIDGE_BATCH"}
    assert "NAME" not in said.out
    other = run("status")
    assert (other.code, other.out) == (2, "")
    assert "ORDERBRIDGE_SFCC_URL" in other.err
    assert "ORDERBRIDGE_BATCH" in other.err


@pytest.mark.usefixtures("healthy")
def test_events_that_wait_in_the_inbox_are_worth_a_look(run: Any, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.xadd("orderbridge:inbox", {"body": "x"})
    said = run("doctor", "--json")
    assert said.code == 0
    (finding,) = [one for one in said.json["findings"] if one["level"] == "yellow"]
    assert finding["text"].startswith("1 events wait")


@pytest.mark.usefixtures("healthy")
def test_a_sandbox_answers_the_calls_of_the_doctor_and_nothing_changes(run: Any, trade: Any) -> None:
    run("doctor", "--json")
    summary = requests.get(f"{trade.sandbox.sfcc_url}/_sandbox/summary", timeout=10).json()
    assert summary["effects"].get("applied", 0) == 0


@pytest.fixture
def older(healthy: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same house, of which one site speaks OCAPI."""
    from config.settings import DEFAULT_SITES

    del healthy
    sites = tmp_path / "sites.toml"
    sites.write_text(
        DEFAULT_SITES.read_text().replace("[sites.RefArchEU]\n", '[sites.RefArchEU]\napi = "ocapi"\n')
    )
    monkeypatch.setenv("ORDERBRIDGE_SITES", str(sites))
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID", "sandbox")
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET", "sandbox")


@pytest.mark.usefixtures("older")
def test_a_site_that_speaks_ocapi_is_proved_by_reads_alone(run: Any, trade: Any) -> None:
    said = run("doctor", "--json")
    assert red(said) == []
    texts = {one["subject"]: one["text"] for one in said.json["findings"]}
    assert texts["storefront RefArchEU"].endswith("by OCAPI 25.6")
    assert texts["storefront RefArchUK"].endswith("by SCAPI")
    journal = requests.get(f"{trade.sandbox.sfcc_url}/_sandbox/journal", timeout=10).text.splitlines()
    called = {(entry["method"], entry["path"].partition("?")[0]) for entry in map(json.loads, journal)}
    assert ("POST", "/s/RefArchEU/dw/shop/v25_6/order_search") in called
    assert not [method for method, _ in called if method in {"PUT", "PATCH", "DELETE"}]


@pytest.mark.parametrize("resource", ["/order_search", "/dw/shop/v25_6/orders/"])
@pytest.mark.usefixtures("older")
def test_a_missing_ocapi_permission_is_found_for_each_resource(run: Any, trade: Any, resource: str) -> None:
    fault = '{"fault": {"type": "ClientAccessForbiddenException", "message": "no"}}'
    rule = {"kind": "status", "path": resource, "status": 403, "body": fault}
    requests.put(f"{trade.sandbox.sfcc_url}/_sandbox/faults", json={"rules": [rule]}, timeout=10)
    (found,) = red(run("doctor", "--json"))
    assert found["subject"] == "storefront RefArchEU"
    assert "ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID" in found["text"]
    assert "Open Commerce API Settings" in found["text"]


@pytest.mark.usefixtures("older")
def test_a_refused_ocapi_client_is_named_and_half_a_login_is_a_problem_of_the_settings(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET", "wrong")
    orders, stock = red(run("doctor", "--json"))
    assert orders["text"].startswith("credentials.refused: login refused: invalid_client")
    assert all("ORDERBRIDGE_SFCC_OCAPI_CLIENT_ID" in found["text"] for found in (orders, stock))
    monkeypatch.delenv("ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET")
    said = run("doctor", "--json")
    assert said.code == 2
    (found,) = red(said)
    assert found["subject"] == "ORDERBRIDGE_SFCC_OCAPI_CLIENT_SECRET"
    assert found["cure"]
