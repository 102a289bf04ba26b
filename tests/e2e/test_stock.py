import uuid
from typing import Any

from tests.stack import PLENTY, Live, eventually

# Products that no order of these tests takes, unless its test says so.
LEFT, MIDDLE, RIGHT, SOLD = PLENTY[-4:]


def available(live: Live, sku: str) -> int:
    """What the warehouse says it can sell."""
    counts = live.house("GET", f"stock?sku={sku}")[sku]
    return max(0, sum(int(count["available"]) for count in counts.values()))


def offered(live: Live, sku: str) -> int | None:
    """What the storefront offers and what it holds back for orders not handed over."""
    record = live.shop("GET", "inventory").get(sku)
    return None if record is None else int(record["ats"]) + int(record["onOrder"])


def written(live: Live, since: int) -> list[str]:
    """Those of our SKUs that were written to the storefront, in order."""
    writes = [e for e in live.journal("sfcc", since) if "/product_inventory_records/" in e["path"]]
    skus = [
        entry["path"].partition("?")[0].rpartition("/")[2] for entry in writes if entry["effect"] == "applied"
    ]
    # What others' orders have changed may be written at any time.
    return [sku for sku in skus if sku in {LEFT, MIDDLE, RIGHT, SOLD}]


def in_step(live: Live, *skus: str) -> None:
    """Wait until both sides say the same of these products."""
    eventually(f"{skus} in step", lambda: all(offered(live, sku) == available(live, sku) for sku in skus))
    live.settle()


def recount(live: Live, sku: str, total: int) -> None:
    """Count a product in the warehouse's main house."""
    live.house("POST", "stock", {"changes": [{"sku": sku, "site": "MAIN", "total": total}]})


def test_only_products_whose_number_changed_are_written(live: Live) -> None:
    for sku in (LEFT, MIDDLE, RIGHT):
        recount(live, sku, 500)
    in_step(live, LEFT, MIDDLE, RIGHT)
    since = live.now_in("sfcc")

    changes = [{"sku": LEFT, "total": 500}, {"sku": MIDDLE, "total": 321}, {"sku": RIGHT, "total": 500}]
    live.house("POST", "stock", {"changes": changes})

    in_step(live, LEFT, MIDDLE, RIGHT)
    eventually("the change", lambda: written(live, since))
    live.settle()
    assert written(live, since) == [MIDDLE]


def test_an_older_count_that_comes_late_is_ignored(live: Live) -> None:
    recount(live, LEFT, 700)
    in_step(live, LEFT)
    counts = "SELECT * FROM message WHERE topic = 'stock.changed' AND body LIKE :sku ORDER BY id DESC"
    older = live.rows(counts, sku=f"%{LEFT}%")[0]
    recount(live, LEFT, 650)
    in_step(live, LEFT)
    since = live.now_in("sfcc")

    late = older["body"].replace(f'messageId="{older["sequence"]}"', f'messageId="9{older["sequence"]}"')
    assert live.push(late).status_code in {200, 202}

    kept = eventually(
        "the late count",
        lambda: live.rows(
            "SELECT * FROM message WHERE dedupe_key LIKE :key AND state = 'done'",
            key=f"push:9{older['sequence']}:%",
        ),
    )
    assert kept[0]["outcome"] == "superseded"
    assert written(live, since) == []
    assert offered(live, LEFT) == available(live, LEFT)


def test_what_is_sold_and_shipped_leaves_both_sides_in_step(live: Live) -> None:
    recount(live, SOLD, 400)
    in_step(live, SOLD)
    before = available(live, SOLD)

    numbers = live.place(3, skus=[SOLD])
    eventually("all handed over", lambda: live.exported(numbers))
    live.settle()
    references = live.rows("SELECT reference FROM handover WHERE order_no = ANY(:numbers)", numbers=numbers)
    live.move(references[0]["reference"], "despatch")

    def settled() -> bool:
        # Only counts of every warehouse that are surely younger than the hand-overs end the caution about
        # them, and only a pull counts a warehouse in which nothing has changed.
        live.ring("tasks.inventory.sync", slot=f"test-{uuid.uuid4()}")
        return offered(live, SOLD) == available(live, SOLD)

    eventually("both sides in step", settled)
    assert available(live, SOLD) < before


def test_a_storefront_has_the_counts_of_named_products_asked_for(live: Live) -> None:
    wish, since = f"wish-{uuid.uuid4()}", live.now_in("orderflow")
    for _ in range(2):
        told = live.announce("", wish, type="stock.refresh_requested", orderNo=None, skus=[LEFT, MIDDLE])
        assert told.status_code == 202

    def kept() -> list[Any]:
        query = "SELECT * FROM message WHERE dedupe_key = :key AND state = 'done'"
        return live.rows(query, key=f"refresh:{live.site}:{wish}")

    assert len(eventually("the wish", kept)) == 1
    asked = [entry for entry in live.journal("orderflow", since) if "inventory.xml" in entry["path"]]
    assert sum(f"{LEFT}%2C{MIDDLE}" in entry["path"] for entry in asked) == 1
    in_step(live, LEFT, MIDDLE)
