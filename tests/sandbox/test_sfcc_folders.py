"""The folders of the stand-in, as WebDAV clients look at them."""

from typing import Any

import pytest
import requests
from lxml import etree

from tests.sandbox.conftest import Sfcc

DAV = "/on/demandware.servlet/webdav/Sites/"
NAMES = {"D": "DAV:"}


def call(sfcc: Sfcc, method: str, path: str, data: bytes = b"", **headers: str) -> requests.Response:
    url = f"{sfcc.url}{DAV}{path}"
    return sfcc.session.request(method, url, data=data, headers=headers, timeout=60)


def listed(sfcc: Sfcc, path: str, depth: str = "1") -> dict[str, Any]:
    answer = call(sfcc, "PROPFIND", path, depth=depth)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (207, "application/xml")
    rows = etree.fromstring(answer.content).findall("D:response", NAMES)
    return {
        row.findtext("D:href", "", NAMES).removeprefix(DAV): row.findtext(
            ".//D:getcontentlength", None, NAMES
        )
        for row in rows
        if row.find(".//D:resourcetype", NAMES) is not None
    }


def test_a_folder_lists_its_folders_and_files_with_their_sizes(sfcc: Sfcc) -> None:
    assert call(sfcc, "MKCOL", "Impex/src/new/").status_code == 201
    assert call(sfcc, "PUT", "Impex/src/new/a b&c.xml", b"12345").status_code == 201
    assert listed(sfcc, "Impex/src/new") == {"Impex/src/new/": None, "Impex/src/new/a%20b%26c.xml": "5"}
    assert listed(sfcc, "Impex/src/new", "0") == {"Impex/src/new/": None}
    assert set(listed(sfcc, "")) == {"", "Impex/", "LOGS/"}
    assert call(sfcc, "PROPFIND", "Impex/src/none").status_code == 404


@pytest.mark.parametrize("first", ["impex", "IMPEX"])
def test_the_first_folder_is_found_in_any_spelling(sfcc: Sfcc, first: str) -> None:
    assert call(sfcc, "PUT", f"{first}/src/instance/site.zip", b"1").status_code == 201
    assert call(sfcc, "GET", "Impex/src/instance/site.zip").content == b"1"


def test_a_head_tells_whether_a_file_is_there(sfcc: Sfcc) -> None:
    assert call(sfcc, "HEAD", "Impex/src/a").status_code == 404
    call(sfcc, "PUT", "Impex/src/a", b"1")
    answer = call(sfcc, "HEAD", "Impex/src/a")
    assert (answer.status_code, answer.content) == (200, b"")
    assert "PROPFIND" in call(sfcc, "OPTIONS", "Impex").headers["allow"]


def test_what_may_not_be_written_over_stays(sfcc: Sfcc) -> None:
    for name in ("a", "b"):
        call(sfcc, "PUT", f"Impex/src/{name}", name.encode())
    to_b = f"{sfcc.url}{DAV}Impex/src/b"
    assert call(sfcc, "PUT", "Impex/src/a", b"x", **{"if-none-match": "*"}).status_code == 412
    assert call(sfcc, "MOVE", "Impex/src/a", destination=to_b, overwrite="F").status_code == 412
    assert [call(sfcc, "GET", f"Impex/src/{name}").content for name in ("a", "b")] == [b"a", b"b"]
    assert call(sfcc, "MOVE", "Impex/src/a", destination=to_b).status_code == 204
    assert call(sfcc, "GET", "Impex/src/b").content == b"a"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("PUT", "Impex/src", {}, 405),
        ("MKCOL", "Impex/src/a", {}, 405),
        ("DELETE", "Impex/src", {}, 403),
        ("MOVE", "Impex/src/a", {}, 400),
        ("MOVE", "Impex/src/a", {"destination": "/elsewhere/a"}, 400),
        ("MOVE", "Impex/src/a", {"destination": f"{DAV}Impex/none/a"}, 409),
        ("MOVE", "Impex/src/a", {"destination": f"{DAV}LOGS"}, 403),
    ],
)
def test_calls_that_make_no_sense_change_nothing(
    sfcc: Sfcc, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    call(sfcc, "PUT", "Impex/src/a", b"1")
    assert call(sfcc, method, path, b"", **headers).status_code == status
    assert call(sfcc, "GET", "Impex/src/a").content == b"1"


def test_a_folder_moves_and_goes_with_all_that_is_in_it(sfcc: Sfcc) -> None:
    call(sfcc, "MKCOL", "Impex/src/old")
    call(sfcc, "PUT", "Impex/src/old/a", b"1")
    assert call(sfcc, "MOVE", "Impex/src/old", destination=f"{DAV}Impex/src/new").status_code == 201
    assert call(sfcc, "GET", "Impex/src/new/a").content == b"1"
    assert call(sfcc, "DELETE", "Impex/src/new").status_code == 204
    assert call(sfcc, "GET", "Impex/src/new/a").status_code == 404
    assert call(sfcc, "DELETE", "Impex/src/new").status_code == 404
