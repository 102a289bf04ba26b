import json
from datetime import UTC, datetime
from typing import Any

from tests.stack import PLENTY, SITE, Live, eventually


def announced(live: Live, number: str) -> dict[str, Any]:
    """The dead message of an order after the shop has announced it."""
    assert live.announce(number).status_code == 202
    return eventually(
        f"a dead letter of {number}",
        lambda: next((m for m in live.messages(number) if m["state"] == "dead"), None),
    )


def replay_of(said: Any, dead: dict[str, Any]) -> dict[str, Any]:
    """What a dry run said of a dead message."""
    return next(dict(trial) for trial in said["trials"] if trial["id"] == dead["id"])


def handed_over_once(live: Live, *dead: dict[str, Any]) -> None:
    """The dead messages are done, and each of their orders was handed over once.

    A sweep may have seen the cured order too: whichever comes second finds it handed over.
    """
    for one in dead:
        live.handed_over(one["key"])
    live.settle()
    for one in dead:
        assert live.message(one["id"])["state"] == "done"
        outcomes = [message["outcome"] for message in live.messages(one["key"])]
        assert outcomes.count("applied") == 1
        assert set(outcomes) <= {"applied", "duplicate"}
        key = f"order:{SITE}:{one['key']}"
        assert live.effects("orderflow", key) == {key: ["applied"]}
    live.no_effect_twice()


def orders_sent(live: Live, since: int) -> list[dict[str, Any]]:
    """What the warehouse was told; counts may be asked for at any time, and an order is a POST."""
    return [entry for entry in live.journal("orderflow", since) if entry["method"] != "GET"]


def cure(live: Live, number: str, change: dict[str, Any]) -> None:
    """Change the order in the storefront."""
    live.shop("POST", f"orders/{number}/cure", change)


def test_an_invalid_order_is_kept_with_its_field_errors_and_pushed_after_the_cure(live: Live) -> None:
    number = live.place_plain(hooks=False)
    cure(live, number, {"shipments": [{"shippingAddress": {"postalCode": None}}]})

    dead = announced(live, number)

    assert dead["error_code"] == "address.invalid"
    assert any(path.endswith("postalCode") for path in dead["error_detail"]["fields"])
    assert number in dead["body"]
    live.told(number, exportStatus="failed")
    assert not live.effects("orderflow", number)

    cure(live, number, {"shipments": [{"shippingAddress": {"postalCode": "EC1A 1BB"}}]})
    live.call("tasks.messages.reprocess", site=SITE, key=number)

    handed_over_once(live, dead)


def test_an_order_with_an_unknown_product_dies_with_the_words_of_the_warehouse(live: Live) -> None:
    number = live.place_plain(hooks=False)
    cure(live, number, {"productItems": [{"productId": "RA-99999", "bundledProductItems": None}]})

    dead = announced(live, number)

    assert dead["error_code"] == "warehouse.refused"
    assert "Product 'RA-99999' does not exist" in dead["error_detail"]["detail"]
    live.told(number, exportStatus="failed")


def test_a_dry_run_changes_nothing(live: Live) -> None:
    number = live.place_plain(hooks=False)
    cure(live, number, {"currency": "CHF"})
    dead = announced(live, number)
    live.settle()
    since = live.now_in("orderflow")

    live.call("tasks.messages.reprocess", site=SITE, key=number, dry_run=True)
    eventually(
        "the report of a dry run",
        lambda: f"{dead['id']}: 'currency.unsupported'" in live.child("intake").log.read_text(),
    )

    assert live.message(dead["id"]) == dead
    assert orders_sent(live, since) == []


def test_dead_orders_of_a_code_a_site_and_an_age_are_read_anew_after_the_cure(live: Live) -> None:
    young = datetime.now(UTC)
    dead = []
    for number in [live.place_plain(hooks=False) for _ in range(2)]:
        cure(live, number, {"customerLocale": "xx_YY"})
        dead.append(announced(live, number))
        cure(live, number, {"customerLocale": "en_GB"})
    chosen = {"code": "locale.unsupported", "site": SITE}
    # Nothing of the kind is that old.
    ended = live.ended("tasks.messages.reprocess")
    live.call("tasks.messages.reprocess", **chosen, before=young.isoformat())
    eventually("its end", lambda: live.ended("tasks.messages.reprocess") > ended)
    live.settle()
    assert [live.message(one["id"]) for one in dead] == dead

    live.call("tasks.messages.reprocess", **chosen, before=datetime.now(UTC).isoformat())

    handed_over_once(live, *dead)


def test_a_dead_order_is_replayed_as_its_event_had_it(live: Live) -> None:
    live.shop("PUT", "switches", {"hook_body": "full"})
    model = live.place_plain()
    live.shop("PUT", "switches", {"hook_body": "key"})
    live.handed_over(model)
    number = live.place_plain(hooks=False)
    event = json.loads(live.came_by("hook", model)[0]["body"].replace(model, number))
    order = event.get("order", event)
    # What was right in the event is spoilt in the storefront.
    cure(live, number, {"productItems": [{"productId": "RA-99999", "bundledProductItems": None}]})
    assert live.announce(number, order=order).status_code == 202
    dead = eventually(
        f"a dead letter of {number}",
        lambda: next((m for m in live.messages(number) if m["state"] == "dead"), None),
    )
    assert dead["error_code"] == "warehouse.refused"

    trial = replay_of(live.operate("dead", "reprocess", "--key", number, "--replay", "--dry-run"), dead)
    live.call("tasks.messages.reprocess", code="warehouse.refused", site=SITE, key=number, replay=True)

    live.handed_over(number)
    live.settle()
    sku = order["productItems"][0]["productId"]
    assert f"+orderLine.1.product.externalReference={sku}" in trial["difference"]
    assert "-orderLine.1.product.externalReference=RA-99999" in trial["difference"]
    (stored,) = live.house("GET", f"orders?channel={SITE}&reference={number}")
    assert stored["lines"][0]["sku"] == sku
    live.no_effect_twice()


def test_a_dry_run_on_the_command_line_shows_the_document_and_sends_nothing(live: Live) -> None:
    number = live.place_plain(hooks=False)
    cure(live, number, {"productItems": [{"productId": "RA-99999", "bundledProductItems": None}]})
    dead = announced(live, number)
    cure(live, number, {"productItems": [{"productId": PLENTY[0], "bundledProductItems": None}]})
    live.settle()
    since = live.now_in("orderflow")

    said = live.operate("dead", "reprocess", "--key", number, "--dry-run")

    trial = replay_of(said, dead)
    assert trial["passes"]
    assert f"externalReference={number}" in trial["document"]
    assert f"+orderLine.1.product.externalReference={PLENTY[0]}" in trial["difference"]
    assert orders_sent(live, since) == []
