"""`orderbridge find`: from any id to the order; and the links of orders from before there were any."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.cli.conftest import SITE

EMAIL = "mia.meyer@example.test"
CONTACT = "003A0000006Vm9r"
MIA = {
    "customerInfo": {"customerNo": "00051877", "customerId": "bdAbc123XyZ", "email": EMAIL},
    "c_b2ccrm_contactId": CONTACT,
}


@pytest.fixture
def order_no(trade: Any) -> str:
    """An order of a known shopper that was shipped."""
    (number,) = trade.place()
    trade.cure(number, MIA)
    trade.hear(number)
    trade.deliver()
    trade.move(number, "despatch", courier="DPD")
    trade.fulfill(number)
    return str(number)


def test_every_id_leads_to_the_order_and_the_command_that_tells_its_story(run: Any, order_no: str) -> None:
    ids = {one["id"] for found in run("find", order_no, "--json").json["found"] for one in found["ids"]}
    for text in (order_no, "00051877", "bdAbc123XyZ", CONTACT, f"{CONTACT}IAC", EMAIL, EMAIL.upper()):
        said = run("find", text)
        assert (said.code, said.err) == (0, ""), text
        assert f"orderbridge order {SITE} {order_no}" in said.out
    assert order_no in ids


def test_an_answer_has_the_other_ids_and_what_belongs_together(run: Any, order_no: str) -> None:
    (order,) = [one for one in run("find", order_no, "--json").json["found"] if one["entity"] == "order"]
    shopper = {"entity": "customer", "scope": SITE, "key": "00051877"}

    assert order["belongs_to"] == [shopper]
    assert order["orders"] == [
        {"site": SITE, "order_no": order_no, "see": f"orderbridge order {SITE} {order_no}"}
    ]
    assert {"shipment", "order_line"} <= {part["entity"] for part in order["parts"]}
    (customer,) = run("find", CONTACT, "--json").json["found"]
    kinds = {(one["system"], one["kind"]) for one in customer["ids"]}
    assert kinds == {
        ("storefront", "email"),
        ("storefront", "customer_no"),
        ("storefront", "customer_id"),
        ("crm", "contact"),
    }
    assert all(one["until"] is None and one["since"] for one in customer["ids"])


def test_an_old_id_answers_and_says_that_it_is_old(run: Any, trade: Any, order_no: str) -> None:
    (later,) = trade.place()
    trade.cure(later, MIA | {"customerInfo": MIA["customerInfo"] | {"email": "new@example.test"}})  # type: ignore[operator]
    trade.hear(later)
    trade.deliver()

    said = run("find", EMAIL)
    assert "by its storefront email, which it had until" in said.out
    assert order_no in said.out
    assert later in said.out


@pytest.mark.usefixtures("order_no")
@pytest.mark.parametrize("text", [EMAIL, "nobody.at.all@example.test", "someone@example.test\0", "a@" * 200])
def test_an_address_is_not_said_again(run: Any, text: str) -> None:
    said = run("find", text)
    assert said.out + said.err
    assert "@" not in said.out + said.err


@pytest.mark.usefixtures("order_no")
def test_nothing_found_is_a_problem_with_a_cure(run: Any) -> None:
    said = run("find", "nobody")
    assert (said.code, said.out) == (1, "")
    assert "cure: " in said.err


def test_another_site_has_nothing_of_it(run: Any, order_no: str) -> None:
    for text in (order_no, EMAIL, CONTACT):
        assert run("find", text, "--site", SITE).code == 0
        assert run("find", text, "--site", "RefArchEU").code == 1
    assert run("find", order_no, "--site", "Nowhere").code == 2


@pytest.mark.usefixtures("trade")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing to look for"),
        (" \t ", "nothing to look for"),
        ("a\0b", "control"),
        ("\u202e00051877", "direction"),
        ("\ud800", "control"),
        ("x" * 10_000_000, "at most 255 characters"),
        ("%", "goes or went"),
        ("' OR 1=1 --", "goes or went"),
        ("\u05e9\u05dc\u05d5\u05dd", "goes or went"),
    ],
    ids=["empty", "blank", "nul", "turned", "surrogate", "huge", "wildcard", "quote", "hebrew"],
)
def test_a_strange_id_is_a_clear_error(run: Any, text: str, reason: str) -> None:
    said = run("find", text)
    assert said.code == 1
    assert reason in said.err
    assert "cure: " in said.err
    assert len(said.err) < 1_000


def test_links_are_rebuilt_from_what_is_remembered(run: Any, trade: Any, order_no: str) -> None:
    with trade.bridge.sessions.begin() as session:
        session.execute(sa.text("DELETE FROM link"))
    planned = run("links", "rebuild", "--dry-run", "--json").json
    assert planned["links"] > 0
    assert planned == {"orders": 1, "links": planned["links"], "written": False}
    assert run("find", f"{order_no}", "--json").json["found"][0]["ids"] == []

    assert run("links", "rebuild", "--json").json == planned | {"written": True}
    assert run("find", order_no, "--json").json["found"][0]["ids"]
    assert "1 orders looked at, 0 links written" in run("links", "rebuild").out


def test_an_id_is_shown_whole_on_a_terminal_of_80_columns(
    run: Any, trade: Any, order_no: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (later,) = trade.place()
    trade.cure(later, MIA | {"c_b2ccrm_contactId": "003A0000006Vm9s"})
    trade.hear(later)
    trade.deliver()
    monkeypatch.setenv("COLUMNS", "80")

    said = run("find", "00051877")

    shown = [word for line in said.out.splitlines() for word in line.split()]
    ids = {one["id"] for one in run("find", "00051877", "--json").json["found"][0]["ids"]}
    assert len(ids) == 5
    assert ids <= set(shown)
    assert order_no in said.out
