"""Batches, folders, jobs and Omnichannel Inventory of the stand-in, called as any client would."""

import gzip
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
IMPORTS = "/inventory/impex/v1/organizations/tg_zzte/availability-records/imports"
FOLDER = "Impex/src/orderbridge"
FEED = """<inventory xmlns="http://www.demandware.com/xml/impex/inventory/2007-05-31"><inventory-list>
<header list-id="refarch"><default-instock>false</default-instock></header><records>{}</records>
</inventory-list></inventory>"""
RECORD = '<record product-id="{}"><allocation>{}</allocation></record>'


def call(sfcc: Sfcc, method: str, path: str, data: str = "", **kwargs: Any) -> requests.Response:
    return sfcc.session.request(method, f"{sfcc.url}{path}", data=data.encode(), timeout=60, **kwargs)


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
    assert requests.request("PROPFIND", f"{sfcc.url}{DAV}{FOLDER}", timeout=60).status_code == 401


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


def test_availability_tells_every_quantity_and_leaves_out_what_is_nowhere(sfcc: Sfcc) -> None:
    soon = {"expectedDate": "2099-01-01T00:00:00Z", "quantity": 4}
    update(sfcc, stock("A", 5, safetyStockCount=2, futures=[soon]))
    asked = json.dumps({"skus": ["A", "B"], "locations": ["leeds", "york"]})
    headers = token(sfcc, "sfcc.inventory.availability")
    leeds, york = call(sfcc, "POST", f"{OCI}/get-availability", asked, headers=headers).json()["locations"]
    assert york == {"id": "york", "records": []}
    (row,) = leeds["records"]
    assert (row["sku"], row["onHand"], row["safetyStockCount"], row["futures"]) == ("A", 5, 2, [soon])
    assert (row["reserved"], row["atf"], row["ato"]) == (0, 3, 7)


def test_what_a_record_says_nothing_of_stays_and_an_empty_value_deletes_it(sfcc: Sfcc) -> None:
    def left() -> tuple[int, int]:
        (row,) = sfcc.control("GET", "omnichannel?location=leeds").values()
        return row["safetyStockCount"], len(row["futures"])

    soon = {"expectedDate": "2099-01-01T00:00:00Z", "quantity": 4}
    update(sfcc, stock("A", 5, safetyStockCount=2, futures=[soon]), stock("A", 6))
    assert (on_hand(sfcc), left()) == ({"A": 6}, (2, 1))
    update(sfcc, stock("A", 7, safetyStockCount=None, futures=[]))
    assert (on_hand(sfcc), left()) == ({"A": 7}, (0, 0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"location": 5},
        {"sku": ["A"]},
        {"onHand": "5"},
        {"onHand": True},
        {"effectiveDate": "2026-03-01T12:00:00"},
        {"effectiveDate": 5},
        {"safetyStockCount": -1},
        {"futures": [{"quantity": 0, "expectedDate": "2099-01-01T00:00:00Z"}]},
    ],
)
def test_a_record_with_an_odd_member_is_listed_and_the_batch_goes_on(
    sfcc: Sfcc, wrong: dict[str, object]
) -> None:
    answer = update(sfcc, stock("A", 5) | wrong, stock("B", 7))
    assert answer.status_code == 200
    assert [row["message"].split()[0] for row in answer.json()["errors"]] == list(wrong)
    assert on_hand(sfcc) == {"B": 7}


@pytest.mark.parametrize("body", ["{", "[]", "null", '{"records": [NaN]}', '{"skus": 5, "fileFormat": []}'])
@pytest.mark.parametrize("path", [f"{OCI}/batch-update", f"{OCI}/get-availability", IMPORTS])
def test_a_body_that_is_no_request_is_a_problem_document(sfcc: Sfcc, path: str, body: str) -> None:
    headers = token(sfcc, "sfcc.inventory.availability.rw sfcc.inventory.impex-inventory.rw")
    answer = call(sfcc, "POST", path, body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/bad-request")


def imported(sfcc: Sfcc, content: bytes) -> dict[str, Any]:
    headers = token(sfcc, "sfcc.inventory.impex-inventory.rw")
    wanted = {"fileName": "a.json.gz", "linkDuration": 5, "fileFormat": "JSON", "fileEncoding": "GZIP"}
    begun = call(sfcc, "POST", IMPORTS, json.dumps(wanted), headers=headers).json()
    files = {"fileUpload": ("a.json.gz", content)}
    assert requests.post(begun["uploadLink"], files=files, timeout=60).status_code == 204
    told: dict[str, Any] = requests.get(
        begun["importStatusLink"], headers={**sfcc.session.headers, **headers}, timeout=60
    ).json()
    return told


def test_the_status_link_of_an_import_counts_its_records(sfcc: Sfcc) -> None:
    lines = [json.dumps(one) for one in (stock("A", 5), stock("B", -1))]
    told = imported(sfcc, gzip.compress("\n".join([*lines, "", '"text"']).encode()))
    assert told["status"] == "COMPLETED_WITH_PARTIAL_FAILURES"
    assert [told[f"records{what}"] for what in ("Read", "Processed", "Skipped")] == [3, 1, 2]
    assert on_hand(sfcc) == {"A": 5}


def test_a_file_that_is_not_compressed_fails_its_import_and_nothing_else(sfcc: Sfcc) -> None:
    assert imported(sfcc, b"plain")["status"] == "FAILED"
    assert imported(sfcc, gzip.compress(json.dumps(stock("A", 5)).encode())[:-9])["status"] == "FAILED"
    assert imported(sfcc, gzip.compress(json.dumps(stock("B", 5)).encode()))["recordsProcessed"] == 1


def test_the_older_layout_names_the_location_once(sfcc: Sfcc) -> None:
    record = {name: value for name, value in stock("A", 5).items() if name != "location"}
    lines = [json.dumps({"location": "leeds", "mode": "UPDATE"}), json.dumps(record)]
    assert imported(sfcc, gzip.compress("\n".join(lines).encode()))["status"] == "COMPLETED_WITHOUT_ERRORS"
    assert on_hand(sfcc) == {"A": 5}


def test_a_job_says_running_until_it_is_over_as_vendors_tools_wait_for(sfcc: Sfcc) -> None:
    begun = call(sfcc, "POST", JOB, "{}").json()
    assert (begun["status"], begun["execution_status"]) == ("RUNNING", "running")
    ended = call(sfcc, "GET", f"{JOB}/{begun['id']}").json()
    assert (ended["status"], ended["execution_status"]) == ("OK", "finished")
    assert ended["log_file_path"].endswith(ended["log_file_name"])
    sfcc.control("PUT", "switches", {"job_seconds": 3600.0})
    longer = call(sfcc, "POST", JOB, "{}").json()
    assert call(sfcc, "GET", f"{JOB}/{longer['id']}").json()["status"] == "RUNNING"
    assert call(sfcc, "POST", JOB, "{}").json()["fault"]["type"] == "JobAlreadyRunningException"


@pytest.mark.parametrize("body", ["{", "[]", '{"query": 5}', '{"query": {"term_query": []}}'])
def test_a_search_for_executions_that_is_no_search_is_a_fault(sfcc: Sfcc, body: str) -> None:
    answer = call(sfcc, "POST", f"{DATA}/job_execution_search", body)
    assert answer.status_code == 400
    assert "fault" in answer.json()
