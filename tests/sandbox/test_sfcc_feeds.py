"""Batches, folders, jobs and Omnichannel Inventory of the stand-in, called as any client would."""

import json
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Sfcc

DAV = "/on/demandware.servlet/webdav/Sites/"
DATA = "/s/-/dw/data/v25_6"
JOB = f"{DATA}/jobs/orderbridge-inventory/executions"
RECORDS = f"{DATA}/inventory_lists/refarch/product_inventory_records/"
OCI = "/inventory/availability/v1/organizations/tg_zzte/availability-records/actions"
FOLDER = "Impex/src/orderbridge"
FEED = """<inventory xmlns="http://www.demandware.com/xml/impex/inventory/2007-05-31"><inventory-list>
<header list-id="refarch"><default-instock>false</default-instock></header><records>{}</records>
</inventory-list></inventory>"""
RECORD = '<record product-id="{}"><allocation>{}</allocation></record>'


def call(sfcc: Sfcc, method: str, path: str, data: str = "", **kwargs: Any) -> requests.Response:
    return sfcc.session.request(method, f"{sfcc.url}{path}", data=data.encode(), timeout=10, **kwargs)


def batch(sfcc: Sfcc, *parts: str, boundary: str = "edge", **headers: str) -> requests.Response:
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    own = {"content-type": f"multipart/mixed; boundary={boundary}", "x-dw-http-method": "PUT"}
    own |= {"x-dw-resource-path": RECORDS}
    return call(sfcc, "POST", "/s/-/dw/batch", body, headers=own | headers)


def part(number: int, sku: str, units: int) -> str:
    body = json.dumps({"allocation": {"amount": units}})
    return f"x-dw-content-id: {number}\r\nx-dw-resource-path-extension: {sku}\r\n\r\n{body}"


def upload(sfcc: Sfcc, name: str, records: str) -> None:
    call(sfcc, "MKCOL", f"{DAV}{FOLDER}")
    assert call(sfcc, "PUT", f"{DAV}{FOLDER}/{name}", FEED.format(records)).status_code == 201


def shown(sfcc: Sfcc) -> dict[str, int]:
    return {sku: int(row["allocation"]) for sku, row in sfcc.control("GET", "inventory").items()}


def test_a_batch_does_each_part_by_itself_and_the_journal_has_a_line_for_each(sfcc: Sfcc) -> None:
    answer = batch(sfcc, part(1, "A", 5), part(2, "B", -1), part(3, "C%2F1", 7))
    assert answer.status_code == 200
    assert [answer.text.count(f"x-dw-status-code: {status}") for status in (200, 400)] == [2, 1]
    assert shown(sfcc) == {"A": 5, "C/1": 7}
    lines = [e for e in sfcc.journal() if "product_inventory_records" in e["path"]]
    assert [(e["method"], e["effect"]) for e in lines] == [
        ("PUT", "applied"),
        ("PUT", "refused"),
        ("PUT", "applied"),
    ]


@pytest.mark.parametrize(
    ("number", "headers", "kind"),
    [
        (51, {}, "QuotaExceededException"),
        (1, {"content-type": "application/json"}, "IllegalContentTypeException"),
        (1, {"x-dw-http-method": ""}, "MissingHttpMethodException"),
        (1, {"x-dw-resource-path": ""}, "MissingResourcePathException"),
    ],
)
def test_a_batch_that_breaks_the_rules_is_refused_whole(
    sfcc: Sfcc, number: int, headers: dict[str, str], kind: str
) -> None:
    answer = batch(sfcc, *(part(one, f"S{one}", 1) for one in range(number)), **headers)
    assert (answer.status_code, answer.json()["fault"]["type"]) == (400, kind)
    assert shown(sfcc) == {}


def test_folders_are_made_one_by_one_and_files_moved(sfcc: Sfcc) -> None:
    assert call(sfcc, "PUT", f"{DAV}{FOLDER}/a.xml", "x").status_code == 409
    assert call(sfcc, "MKCOL", f"{DAV}{FOLDER}/deep").status_code == 409
    assert [call(sfcc, "MKCOL", f"{DAV}{FOLDER}").status_code for _ in range(2)] == [201, 405]
    assert call(sfcc, "PUT", f"{DAV}{FOLDER}/a.part", "x").status_code == 201
    moved = {"destination": f"{sfcc.url}{DAV}{FOLDER}/a.xml"}
    assert call(sfcc, "MOVE", f"{DAV}{FOLDER}/a.part", headers=moved).status_code == 201
    assert call(sfcc, "GET", f"{DAV}{FOLDER}/a.xml").text == "x"
    assert "a.xml" in call(sfcc, "PROPFIND", f"{DAV}{FOLDER}").text
    assert [call(sfcc, "DELETE", f"{DAV}{FOLDER}/a.xml").status_code for _ in range(2)] == [204, 404]


def test_nobody_without_a_token_sees_a_folder(sfcc: Sfcc) -> None:
    assert requests.request("PROPFIND", f"{sfcc.url}{DAV}{FOLDER}", timeout=10).status_code == 401


def test_a_job_takes_its_time_runs_alone_and_imports_in_order_of_names(sfcc: Sfcc) -> None:
    sfcc.control("PUT", "switches", {"job_seconds": 0.2})
    upload(sfcc, "b.xml", RECORD.format("A", 2))
    upload(sfcc, "a.xml", RECORD.format("A", 1) + RECORD.format("B", 1))
    upload(sfcc, "c.xml.part", RECORD.format("A", 3))
    started = call(sfcc, "POST", JOB)
    assert (started.status_code, started.json()["execution_status"]) == (202, "running")
    again = call(sfcc, "POST", JOB)
    assert (again.status_code, again.json()["fault"]["type"]) == (400, "JobAlreadyRunningException")
    seen = started.json()
    while seen["execution_status"] != "finished":
        seen = call(sfcc, "GET", f"{JOB}/{seen['id']}").json()
    assert seen["exit_status"]["code"] == "OK"
    assert shown(sfcc) == {"A": 2, "B": 1}
    written = [e["path"].rpartition("/")[2] for e in sfcc.journal() if e["method"] == "IMPORT"]
    assert written == ["A", "B", "A"]


@pytest.mark.parametrize("ends", ["WARN", "ERROR"])
def test_a_refused_record_is_in_the_log_and_the_others_are_imported(sfcc: Sfcc, ends: str) -> None:
    sfcc.control("PUT", "switches", {"unknown_products": "NOPE", "import_failed": ends})
    upload(sfcc, "a.xml", "".join(RECORD.format(sku, 1) for sku in ("A", "NOPE", "B")))
    seen = call(sfcc, "GET", f"{JOB}/{call(sfcc, 'POST', JOB).json()['id']}").json()
    assert seen["exit_status"]["code"] == ends
    log = call(sfcc, "GET", f"{DAV}{seen['log_file_path'].removeprefix('/Sites/')}").text
    assert "ERROR Record 'NOPE'" in log
    assert shown(sfcc) == {"A": 1, "B": 1}


def test_a_broken_file_is_half_imported(sfcc: Sfcc) -> None:
    sfcc.control("PUT", "switches", {"import_failed": "ERROR"})
    upload(sfcc, "a.xml", RECORD.format("A", 1) + "<record")
    seen = call(sfcc, "GET", f"{JOB}/{call(sfcc, 'POST', JOB).json()['id']}").json()
    assert seen["exit_status"]["code"] == "ERROR"
    assert shown(sfcc) == {"A": 1}


@pytest.mark.parametrize(("mode", "left"), [("merge", {"A", "B"}), ("update", {"A"}), ("replace", {"B"})])
def test_the_mode_of_the_job_decides_what_becomes_of_the_other_records(
    sfcc: Sfcc, mode: str, left: set[str]
) -> None:
    sfcc.record("PUT", "/A", {"allocation": {"amount": 9}})
    sfcc.control("PUT", "switches", {"import_mode": mode})
    upload(sfcc, "a.xml", RECORD.format("B", 1))
    call(sfcc, "POST", JOB)
    assert set(shown(sfcc)) == left


def token(sfcc: Sfcc, *scopes: str) -> dict[str, str]:
    named = " ".join(["SALESFORCE_COMMERCE_API:zzte_053", *scopes])
    return {"authorization": f"Bearer {sfcc.token(named)}"}


def stock(sku: str, units: int, **more: object) -> dict[str, object]:
    at = "2026-03-01T12:00:00.000Z"
    row = {"recordId": f"{sku}-{units}", "location": "leeds", "sku": sku, "onHand": units}
    return row | {"effectiveDate": at} | more


def update(sfcc: Sfcc, *records: dict[str, object], scope: str = "availability.rw") -> requests.Response:
    headers = token(sfcc, f"sfcc.inventory.{scope}")
    return call(sfcc, "POST", f"{OCI}/batch-update", json.dumps({"records": records}), headers=headers)


def on_hand(sfcc: Sfcc) -> dict[str, int]:
    return {sku: row["onHand"] for sku, row in sfcc.control("GET", "omnichannel?location=leeds").items()}


def test_a_batch_update_applies_the_good_ones_and_lists_the_others(sfcc: Sfcc) -> None:
    answer = update(sfcc, stock("A", 5), stock("B", -1), stock("C", 7))
    assert [row["sku"] for row in answer.json()["errors"]] == ["B"]
    assert on_hand(sfcc) == {"A": 5, "C": 7}


def test_an_older_record_and_a_repeated_one_change_nothing(sfcc: Sfcc) -> None:
    update(sfcc, stock("A", 5), stock("A", 5))
    update(sfcc, stock("A", 9, effectiveDate="2026-02-01T12:00:00.000Z"))
    assert on_hand(sfcc) == {"A": 5}
    assert [e["effect"] for e in sfcc.journal() if e["method"] == "WRITE"] == ["applied"]


def test_rights_and_limits_of_omnichannel_inventory_are_checked(sfcc: Sfcc) -> None:
    assert update(sfcc, stock("A", 5), scope="availability").status_code == 403
    assert update(sfcc, *(stock(f"S{one}", 1) for one in range(101))).status_code == 400
    wrong = f"{OCI.replace('tg_zzte', 'f_ecom_zzte_053')}/batch-update"
    headers = token(sfcc, "sfcc.inventory.availability.rw")
    assert (
        call(sfcc, "POST", wrong, json.dumps({"records": [stock("A", 1)]}), headers=headers).status_code
        == 404
    )
    assert on_hand(sfcc) == {}
