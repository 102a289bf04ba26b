"""The catalogue both sides sell from: the same products, bundles and opening stock on every start."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from sync.sandbox.chance import Chance

PRODUCTS = 5_000
BUNDLES = 40
OPTIONS = (("RA-OPT-GIFTWRAP", "Gift wrap", "4.50"), ("RA-OPT-ENGRAVE", "Engraving", "12.00"))
WAREHOUSES = ("MAIN", "NORTH")
ORGANISATION = "refarch"

_COLORS = ("Black", "Ivory", "Grün", "Crème", "Navy", "Bordeaux", "Ocre", "Żółty", "Midnight", "Røst")
_THINGS = (
    "Jacket",
    "Trousers",
    "Café Apron",
    "Jumper",
    "Mug",
    "Tent",
    "Rucksack",
    "Größentabelle-Shirt",
    "Lamp",
    "Scarf",
)
_TAX_CLASSES = ("standard", "standard", "standard", "reduced")


@dataclass(frozen=True, slots=True)
class Product:
    """Something to buy; `parts` are the SKUs of a bundle, which itself is never in the warehouse."""

    sku: str
    name: str
    price: Decimal
    tax_class: str
    parts: tuple[str, ...] = ()


class Catalog:
    """Every product by SKU, physical ones and bundles."""

    def __init__(self) -> None:
        physical = [_product(number) for number in range(1, PRODUCTS + 1)]
        self.options = tuple(Product(sku, name, Decimal(price), "standard") for sku, name, price in OPTIONS)
        self.physical: tuple[Product, ...] = tuple(physical)
        self.bundles = tuple(_bundle(number, self.physical) for number in range(1, BUNDLES + 1))
        self._by_sku = {product.sku: product for product in (*self.physical, *self.options, *self.bundles)}
        self.stocked = frozenset(product.sku for product in (*self.physical, *self.options))

    def __getitem__(self, sku: str) -> Product:
        return self._by_sku[sku]

    def __contains__(self, sku: str) -> bool:
        return sku in self._by_sku

    def skus(self) -> list[str]:
        """Every SKU the warehouse keeps, in order; options included, bundles not."""
        return sorted(self.stocked)


@cache
def catalog() -> Catalog:
    """The catalogue, built once."""
    return Catalog()


def opening_stock(sku: str, warehouse: str) -> int:
    """Units of a SKU in a warehouse on the first day, always the same; 0 for what is not kept there."""
    if sku not in catalog().stocked or warehouse not in WAREHOUSES:
        return 0
    if sku.startswith("RA-OPT-"):
        return 100_000 if warehouse == "MAIN" else 0
    chance = Chance(f"stock:{sku}:{warehouse}")
    if warehouse == "NORTH":
        return chance.choice((0, 0, 0, 40, 120))
    return chance.choice((0, 3, 25, 80, 200, 500, 1_000, 2_000)) if chance.happens(0.2) else 400


def _product(number: int) -> Product:
    chance = Chance(f"product:{number}")
    name = f"{chance.choice(_COLORS)} {chance.choice(_THINGS)} {number}"
    price = Decimal(chance.randrange(299, 19_999)) / 100
    return Product(f"RA-{number:05d}", name, price, chance.choice(_TAX_CLASSES))


def _bundle(number: int, physical: tuple[Product, ...]) -> Product:
    chance = Chance(f"bundle:{number}")
    parts = chance.sample(physical, chance.choice((2, 3)))
    price = (sum((part.price for part in parts), Decimal(0)) * Decimal("0.9")).quantize(Decimal("0.01"))
    return Product(
        f"RA-BNDL-{number:03d}", f"Set {number}", price, "standard", tuple(part.sku for part in parts)
    )
