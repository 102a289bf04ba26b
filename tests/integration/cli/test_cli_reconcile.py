from typing import Any

import requests

SITE = "RefArchUK"


def counts(said: Any, mark: str) -> dict[str, int]:
    return dict(said.json["sites"][SITE]["counts"][mark])


def test_everything_agrees_after_a_day_of_trade(run: Any, trade: Any) -> None:
    shipped, canceled = trade.place(2)
    trade.hear(shipped, canceled)
    trade.deliver()
    trade.move(shipped, "despatch")
    trade.move(canceled, "cancel")
    trade.fulfill(shipped, canceled)
    trade.tell()
    said = run("reconcile", "--site", SITE, "--since", "2000-01-01", "--json")
    assert said.json["mismatches"] == []
    assert said.code == 0
    for mark, number in {"placed": 2, "pushed": 2, "shipped": 1, "canceled": 1, "returned": 0}.items():
        assert counts(said, mark) == dict.fromkeys(["ledger", "storefront", "warehouse"], number), mark
    assert "all agree" in run("reconcile", "--since", "2000-01-01").out


def test_an_order_whose_hook_was_lost_is_named(run: Any, trade: Any) -> None:
    (order_no,) = trade.place()
    said = run("reconcile", "--since", "2000-01-01", "--json")
    assert said.code == 1
    (bad,) = said.json["mismatches"]
    assert (bad["order_no"], bad["subject"], bad["in_flight"]) == (order_no, "placed", False)
    assert bad["views"] == {"ledger": "never heard of", "storefront": "ready for export"}


def test_a_shipment_the_ledger_missed_is_named_with_both_views(run: Any, trade: Any) -> None:
    (order_no,) = trade.place()
    trade.hear(order_no)
    trade.deliver()
    trade.move(order_no, "despatch")
    said = run("reconcile", "--since", "2000-01-01", "--json")
    assert said.code == 1
    (bad,) = said.json["mismatches"]
    assert (bad["order_no"], bad["subject"]) == (order_no, "units shipped")
    assert bad["views"]["ledger"] == "0"
    assert int(bad["views"]["warehouse"]) > 0
    assert "mismatches: 1" in run("reconcile", "--since", "2000-01-01").out


def test_what_is_still_being_worked_on_is_in_flight(run: Any, trade: Any) -> None:
    (order_no,) = trade.place()
    trade.hear(order_no)
    trade.deliver()
    trade.move(order_no, "despatch")
    trade.fulfill(order_no)
    said = run("reconcile", "--since", "2000-01-01", "--json")
    assert said.code == 1
    assert all(bad["in_flight"] for bad in said.json["mismatches"])
    assert run("reconcile", "--since", "2000-01-01", "--allow-in-flight").code == 0


def test_a_storefront_that_is_away_is_one_clear_sentence(run: Any, trade: Any) -> None:
    rule = {"rules": [{"kind": "status", "status": 503, "path": "/checkout/"}]}
    requests.put(f"{trade.sandbox.sfcc_url}/_sandbox/faults", json=rule, timeout=10)
    said = run("reconcile", "--since", "2000-01-01")
    assert said.code == 1
    assert said.err.splitlines()[-2].startswith("remote.unavailable")
    assert said.err.splitlines()[-1].startswith("cure: ")
