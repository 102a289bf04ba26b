"""The stock table of the sites file: every rule that it can hold, and everything that is wrong with one."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from config.sites import SitesError, load_sites
from sync.core.inventory import Percent, Share, StockPolicy, StockRule

SITE = """
[sites.{name}]
currency = "EUR"
locale = "de-DE"
taxation = "gross"
country = "DE"
channel = "{name}"
organisation = "o"
tracking_urls = {{ "*" = "https://t.example/{{number}}" }}
shipping_methods = {{ STD = {{ code = "S" }} }}
[sites.{name}.stock]
{stock}
"""
OWN = 'inventory_list = "l"\nwarehouses = ["W", "X"]\n'


def loaded(tmp_path: Path, **stocks: str) -> dict[str, StockPolicy]:
    file = tmp_path / "sites.toml"
    file.write_text("".join(SITE.format(name=name, stock=stock) for name, stock in stocks.items()))
    return {name: site.stock for name, site in load_sites(file).items()}


def problems(tmp_path: Path, **stocks: str) -> dict[str, str]:
    with pytest.raises(SitesError) as refused:
        loaded(tmp_path, **stocks)
    return refused.value.problems


def shared(share: str, inventory_list: str, warehouses: str = '["W"]') -> str:
    return f'inventory_list = "{inventory_list}"\nwarehouses = {warehouses}\nshare = {share}\n'


def test_a_whole_table_becomes_the_policy(tmp_path: Path) -> None:
    policy = loaded(
        tmp_path,
        A=OWN
        + """
safety_stock = "2.5%"
classes = { big = ["SOFA-*"] }
renamed = { OLD = "W" }
rules = [
    { class = "big", safety_stock = 3, ceiling = 9 },
    { warehouse = "X", safety_stock = "10 %" },
    { sku = "S,1/%é", handling = "preorder", future_units = 5, in_stock_date = 2026-12-01 },
    { sku = "CARD", handling = "none", perpetual = false },
]
""",
    )["A"]
    assert policy.safety_stock == Percent(Decimal("2.5"))
    assert policy.rules == (
        StockRule(sku_class="big", safety=3, ceiling=9),
        StockRule(warehouse="X", safety=Percent(Decimal(10))),
        StockRule(
            sku="S,1/%é", handling="preorder", future_units=5, in_stock_date=datetime(2026, 12, 1, tzinfo=UTC)
        ),
        StockRule(sku="CARD", handling="none", future_units=0, perpetual=False),
    )
    assert policy.warehouse("OLD") == "W"
    assert policy.classes_of("SOFA-9") == ["big"]


@pytest.mark.parametrize(
    ("line", "path", "words"),
    [
        ("safety_stock = -1", "safety_stock", "percentage"),
        ('safety_stock = "101%"', "safety_stock", "percentage"),
        ("safety_stock = true", "safety_stock", "percentage"),
        ("safety_stock = 2.5", "safety_stock", "percentage"),
        ('share = "half"', "share", "quota"),
        ("share = 0", "share", "priority"),
        ('uncounted = "skip"', "uncounted", "wait"),
        ("disappeared_after = 0", "disappeared_after", "1"),
        ('renamed = { OLD = "Z" }', "renamed.OLD", "leads to one"),
        ('renamed = { W = "X" }', "renamed.W", "none of them itself"),
        ("rules = [{ safety_stock = 1 }]", "rules.0", "Name a sku"),
        ('rules = [{ sku = "A" }]', "rules.0", "Says nothing"),
        ('rules = [{ sku = "A", class = "c", ceiling = 1 }]', "rules.0.class", "or a class"),
        ('rules = [{ class = "c", ceiling = 1 }]', "rules.0.class", "no class 'c'"),
        ('rules = [{ warehouse = "Q", safety_stock = 1 }]', "rules.0.warehouse", "none of the table's"),
        ('rules = [{ warehouse = "W", ceiling = 1 }]', "rules.0.warehouse", "safety_stock only"),
        ('rules = [{ sku = "A", handling = "preorder" }]', "rules.0.future_units", "how many"),
        ('rules = [{ sku = "A", future_units = 4 }]', "rules.0.future_units", "handling"),
        ('rules = [{ sku = "A", ceiling = 1, in_stock_date = "soon" }]', "rules.0.in_stock_date", "date"),
        ('rules = [{ sku = "A", cieling = 1 }]', "rules.0.cieling", "ceiling"),
        ("classes = { big = [] }", "classes.big", "Shorter"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_by_its_path(
    tmp_path: Path, line: str, path: str, words: str
) -> None:
    found = problems(tmp_path, A=OWN + line)
    assert list(found) == [f"sites.A.stock.{path}"]
    assert words in next(iter(found.values()))


def test_files_cannot_refuse_what_they_would_create(tmp_path: Path) -> None:
    files = '[sites.A.publication]\nbulk_from = 9\nfeed_job = "import"\n'
    found = problems(tmp_path, A=OWN + 'unknown_skus = "refuse"\n' + files)
    assert list(found) == ["sites.A.stock.unknown_skus"]


def test_lists_on_the_same_warehouses_know_each_other(tmp_path: Path) -> None:
    found = loaded(
        tmp_path, A=shared('"pool"', "a"), B=shared('"pool"', "b"), C=shared('"pool"', "c", '["Z"]')
    )
    assert {name: policy.share.others for name, policy in found.items()} == {
        "A": ("b",),
        "B": ("a",),
        "C": (),
    }


def test_by_priority_each_list_knows_the_ones_before_it_in_order(tmp_path: Path) -> None:
    found = loaded(tmp_path, A=shared("3", "a"), B=shared("1", "b"), C=shared("2", "c"))
    assert [one.inventory_list for one in found["A"].share.seniors] == ["b", "c"]
    assert found["B"].share == Share(kind="priority", priority=1, others=("a", "c"))


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (shared('"60%"', "a"), shared('"41%"', "b"), "add up to 101%"),
        (shared('"60%"', "a"), shared('"pool"', "b"), "the same"),
        (shared("1", "a"), shared("1", "b"), "priority of A"),
        (shared("1", "a"), shared("2", "b", '["W", "X"]'), "other warehouses"),
    ],
)
def test_lists_that_cannot_divide_a_warehouse_are_refused(
    tmp_path: Path, first: str, second: str, words: str
) -> None:
    found = problems(tmp_path, A=first, B=second)
    assert list(found) == ["sites.B.stock.share"]
    assert words in found["sites.B.stock.share"]
