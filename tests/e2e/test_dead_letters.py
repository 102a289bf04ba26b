from typing import Any

from tests.stack import SITE, Live, eventually


def announced(live: Live, number: str) -> dict[str, Any]:
    """The dead message of an order after the shop has announced it."""
    assert live.announce(number).status_code == 202
    return eventually(
        f"a dead letter of {number}",
        lambda: next((m for m in live.messages(number) if m["state"] == "dead"), None),
    )


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

    live.handed_over(number)
    live.settle()
    (message,) = live.messages(number)
    assert (message["id"], message["state"], message["outcome"]) == (dead["id"], "done", "applied")
    assert live.effects("orderflow", number) == {f"order:{SITE}:{number}": ["applied"]}


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
        lambda: (
            f"'would_fail': {{{dead['id']}: 'currency.unsupported'}}" in live.child("intake").log.read_text()
        ),
    )

    assert live.messages(number) == [dead]
    assert not live.journal("orderflow", since)
