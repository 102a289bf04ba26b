import json
from dataclasses import replace
from typing import Any

import pytest

from sync.core.messages import Dead, Draft, Settled
from sync.core.postings import order_status
from sync.flows.drafts import placed
from sync.sandbox.catalog import opening_stock
from sync.sandbox.sfcc.answers import dumps

SITE = "RefArchUK"
# A product that the sandbox has enough of.
PLENTY = next(sku for sku in (f"RA-{n:05d}" for n in range(1, 200)) if opening_stock(sku, "MAIN") >= 400)


@pytest.fixture
def dead_order(trade: Any) -> str:
    (order_no,) = trade.place(invalid=1.0)
    trade.hear(order_no)
    trade.deliver()
    return str(order_no)


def only(run: Any) -> dict[str, Any]:
    (letter,) = run("dead", "list", "--json").json["dead"]
    return dict(letter)


def test_dead_letters_are_listed_by_code_with_cause_and_cure(run: Any, dead_order: str) -> None:
    letter = only(run)
    assert letter["key"] == dead_order
    said = run("dead", "list")
    assert said.code == 0
    assert f"{letter['code']} (1)" in said.out
    assert letter["cause"] in said.out
    assert letter["cure"] in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("--code", "no.such"),
        ("--site", "RefArchEU"),
        ("--topic", "stock.changed"),
        ("--key", "nobody"),
        ("--before", "36h"),
        ("--id", "999999"),
    ],
)
@pytest.mark.usefixtures("dead_order")
def test_a_filter_leaves_out_what_it_does_not_name(run: Any, words: tuple[str, str]) -> None:
    assert run("dead", "list", *words, "--json").json == {"dead": []}


def test_one_message_is_shown_with_its_attempts_and_its_body_only_when_asked(
    run: Any, dead_order: str
) -> None:
    number = only(run)["id"]
    shown = run("dead", "show", number, "--json").json
    assert "body" not in shown["message"]
    assert [attempt["result"] for attempt in shown["attempts"]] == ["dead"]
    assert dead_order in run("dead", "show", number, "--show-body", "--json").json["message"]["body"]
    assert "attempts" in run("dead", "show", number).out


@pytest.mark.usefixtures("trade")
def test_an_unknown_message_is_a_problem(run: Any) -> None:
    said = run("dead", "show", 999)
    assert (said.code, said.out) == (1, "")


@pytest.mark.usefixtures("dead_order")
def test_a_dry_run_says_what_would_fail_and_changes_nothing(run: Any) -> None:
    said = run("dead", "reprocess", "--all", "--dry-run", "--json")
    assert said.code == 1
    assert (said.json["checked"], said.json["would_pass"]) == (1, 0)
    assert said.json["trials"][0]["code"] == only(run)["code"]


def test_a_requeued_letter_is_dead_no_more_and_the_person_learns_when_it_is_picked_up(
    run: Any, dead_order: str
) -> None:
    said = run("dead", "reprocess", "--key", dead_order)
    assert said.code == 0
    assert "1 requeued; running workers pick it up within 5 s" in said.out
    assert run("dead", "list", "--json").json == {"dead": []}


@pytest.mark.parametrize("command", [("reprocess",), ("discard", "--reason", "test", "--yes")])
def test_a_forgotten_filter_does_not_mean_everything(
    run: Any, dead_order: str, command: tuple[str, ...]
) -> None:
    said = run("dead", *command)
    assert said.code == 2
    assert "--all" in said.err
    assert only(run)["key"] == dead_order


def test_discarding_needs_a_reason_and_a_yes(run: Any, dead_order: str) -> None:
    assert run("dead", "discard", "--all", "--yes").code == 2
    assert run("dead", "discard", "--all", "--yes", "--reason", " ").code == 2
    hesitant = run("dead", "discard", "--all", "--reason", "a test")
    assert hesitant.code == 2
    assert "1 dead letters would be closed" in hesitant.err
    assert only(run)["key"] == dead_order


@pytest.mark.usefixtures("dead_order")
def test_a_discarded_letter_keeps_its_reason(run: Any) -> None:
    number = only(run)["id"]
    assert run("dead", "discard", "--all", "--reason", "a test", "--yes", "--json").json["discarded"] == 1
    assert run("dead", "show", number, "--json").json["message"]["note"] == "discarded: a test"


@pytest.fixture
def refused_order(trade: Any) -> str:
    """An order that the warehouse refused, and that was cured in the storefront since."""
    (order_no,) = trade.place()
    trade.cure(order_no, {"productItems": [{"productId": "RA-99999", "bundledProductItems": None}]})
    trade.hear(order_no)
    trade.deliver()
    trade.cure(
        order_no,
        {
            "productItems": [{"productId": PLENTY, "bundledProductItems": None}],
            "shipments": [{"shippingAddress": {"fullName": "Zacharias"}}],
        },
    )
    return str(order_no)


def test_a_dry_run_shows_the_document_and_what_differs_from_the_last_try(
    run: Any, trade: Any, refused_order: str
) -> None:
    since = trade.sent_to_warehouse()
    said = run("dead", "reprocess", "--key", refused_order, "--dry-run", "--json")
    (trial,) = said.json["trials"]
    assert (said.code, trial["passes"], trial["last_try"]) == (0, True, True)
    assert f"orderLine.1.product.externalReference={PLENTY}" in trial["document"]
    assert "-orderLine.1.product.externalReference=RA-99999" in trial["difference"]
    assert f"+orderLine.1.product.externalReference={PLENTY}" in trial["difference"]
    assert trade.sent_to_warehouse() == since
    assert only(run)["code"] == "warehouse.refused"


def test_a_dry_run_says_that_a_personal_value_differs_and_shows_it_only_when_asked(
    run: Any, refused_order: str
) -> None:
    words = ("dead", "reprocess", "--key", refused_order, "--dry-run")
    said = run(*words)
    assert "+deliveryContactName=…" in said.out
    assert "Zacharias" not in said.out + run(*words, "--json").out
    assert "+deliveryContactName=Zacharias" in run(*words, "--show-body").out


def test_the_document_of_the_last_try_is_personal_too(run: Any, refused_order: str) -> None:
    number = only(run)["id"]
    assert "document" not in run("dead", "show", number, "--json").json["message"]
    kept = run("dead", "show", number, "--show-body", "--json").json["message"]["document"]
    assert "RA-99999" in kept
    assert refused_order in kept


def test_an_event_that_has_only_the_number_cannot_be_replayed_and_stays_dead(
    run: Any, refused_order: str
) -> None:
    said = run("dead", "reprocess", "--key", refused_order, "--replay")
    assert said.code == 1
    assert "1 cannot be replayed" in said.err
    assert only(run)["key"] == refused_order
    (trial,) = run("dead", "reprocess", "--all", "--replay", "--dry-run", "--json").json["trials"]
    assert trial["code"] == "replay.impossible"


def test_a_replay_hands_over_the_order_as_its_event_had_it(run: Any, trade: Any) -> None:
    (order_no,) = trade.place()
    order = trade.document(order_no)
    # What was right in the event is spoilt in the storefront.
    trade.cure(order_no, {"productItems": [{"productId": "RA-99999", "bundledProductItems": None}]})
    event = {"type": "order.placed", "site": SITE, "orderNo": order_no, "order": order}
    trade.add(replace(placed(SITE, order_no, "hook"), body=dumps(event)))
    trade.deliver()
    assert only(run)["code"] == "warehouse.refused"
    assert run("dead", "reprocess", "--key", order_no, "--replay", "--json").json["requeued"] == 1
    trade.deliver()
    assert run("dead", "list", "--json").json == {"dead": []}
    assert trade.bridge.orders_store.accepted(trade.bridge.settings.sites[SITE], order_no)


def test_a_replay_sends_nothing_that_the_storefront_has_canceled(run: Any, trade: Any) -> None:
    (order_no,) = trade.place(invalid=1.0)
    event = {"type": "order.placed", "orderNo": order_no, "order": trade.document(order_no)}
    trade.add(replace(placed(SITE, order_no, "hook"), body=dumps(event)))
    trade.deliver()
    number = only(run)["id"]
    trade.bridge.storefront.post(trade.bridge.settings.sites[SITE], order_no, order_status("cancelled"))
    since = trade.sent_to_warehouse()
    assert run("dead", "reprocess", "--id", number, "--replay").code == 0
    trade.deliver()
    assert trade.sent_to_warehouse() == since


def test_many_are_requeued_at_a_rate_and_each_of_them_once(run: Any, trade: Any) -> None:
    numbers = trade.place(4, invalid=1.0)
    trade.hear(*numbers)
    trade.deliver()
    assert run("dead", "reprocess", "--all", "--rate", "100", "--json").json["requeued"] == 4
    trade.deliver()
    assert len(run("dead", "list", "--json").json["dead"]) == 4


def test_a_dry_run_of_a_posting_shows_what_would_be_posted(run: Any, trade: Any) -> None:
    posting = {"kind": "export_status", "key": "export_status:failed", "value": {"status": "failed"}}
    draft = Draft(
        site=SITE,
        topic="posting.planned",
        origin="bridge",
        key="nobody",
        dedupe_key="1",
        body=json.dumps(posting),
        correlation_id="c",
    )
    trade.add(draft)
    (message,) = trade.bridge.ledger.claim(["posting.planned"], limit=1, lease=60)
    trade.bridge.ledger.settle([Settled(message, Dead("storefront.refused", "no"))])
    (trial,) = run("dead", "reprocess", "--all", "--dry-run", "--json").json["trials"]
    assert trial["postings"] == [{"kind": "export_status", "value": {"status": "failed"}}]
    assert "export_status" in run("dead", "reprocess", "--all", "--dry-run").out
