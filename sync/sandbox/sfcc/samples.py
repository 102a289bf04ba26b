"""Sample orders: what real shoppers put together, reproducible from a seed, and right to the cent."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sync.sandbox.catalog import Catalog, Product
from sync.sandbox.chance import Chance
from sync.sandbox.sfcc.people import address, person
from sync.sandbox.sfcc.prices import ZERO, Taxation, cents, prorate
from sync.sandbox.sfcc.totals import lines, sum_up, total
from sync.sandbox.world import Site

GIFT_MESSAGES = (
    "Happy birthday! 🎂",
    "Alles Gute zum Geburtstag, Jürgen!\nDeine Käthe",
    'For "you" <3 & all',
    "Sláinte!",
)
ATTEMPTS = 20

Sellable = Callable[[str, int], bool]


class Shopper:
    """Composes one order; `sellable` says whether the storefront offers that many of a SKU."""

    def __init__(self, chance: Chance, site: Site, catalog: Catalog, sellable: Sellable) -> None:
        self.chance = chance
        self.site = site
        self.catalog = catalog
        self.sellable = sellable

    def order(self, skus: list[str] | None, inventory_list: str) -> dict[str, Any]:
        """A complete order document without number, statuses and times."""
        who = person(self.chance, self.site)
        home, rate = address(self.chance, who)
        taxation = Taxation(self.site.taxation, rate)
        shipments = self._shipments(home, address(self.chance, who)[0])
        products = [self._product_item(taxation, skus, inventory_list) for _ in range(self._line_count())]
        for position, item in enumerate(products, 1):
            shipment = shipments[(position - 1) % len(shipments)]["shipmentId"]
            _place(item, position, shipment)
        # A second address without anything to send there is no shipment.
        shipments = shipments[: len(products)]
        document: dict[str, Any] = {
            "siteId": self.site.name,
            "currency": self.site.currency,
            "customerLocale": self.site.locale,
            "taxation": self.site.taxation,
            "channelType": "storefront",
            "customerInfo": who.info(),
            "billingAddress": home,
            "shipments": shipments,
            "productItems": products,
            "shippingItems": [],
            "remoteHost": f"203.0.113.{self.chance.randrange(1, 255)}",
        }
        self._ship(taxation, document)
        self._order_promotion(taxation, document)
        sum_up(document)
        document["paymentInstruments"] = self._payment(document["orderTotal"], who.info()["customerName"])
        if not who.guest and self.chance.happens(0.6):
            document |= who.crm_links()
        return document

    def _line_count(self) -> int:
        return self.chance.choice((1, 1, 2, 2, 3, 3, 4, 5, 8))

    def _id(self) -> str:
        return f"{self.chance.getrandbits(96):024x}"

    def _choose(self, skus: list[str] | None) -> tuple[Product, int]:
        """A product and a quantity the storefront would sell; after some attempts whatever was found last."""
        pool = self.catalog.bundles if self.chance.happens(0.08) else self.catalog.physical
        for _ in range(ATTEMPTS):
            product = self.catalog[self.chance.choice(skus)] if skus else self.chance.choice(pool)
            quantity = self.chance.choice((1, 1, 1, 2, 3))
            if all(self.sellable(sku, quantity) for sku in product.parts or (product.sku,)):
                break
        return product, quantity

    def _product_item(
        self, taxation: Taxation, skus: list[str] | None, inventory_list: str
    ) -> dict[str, Any]:
        product, quantity = self._choose(skus)
        discount = ZERO
        if self.chance.happens(0.2):
            discount = -cents(product.price * quantity / 10)
        item = {
            "itemId": self._id(),
            "productId": product.sku,
            "productName": product.name,
            "itemText": product.name,
            "quantity": quantity,
            **taxation.line(product.price, quantity, discount),
            "inventoryId": inventory_list,
        }
        if discount:
            percentage = {"appliedDiscount": {"type": "percentage", "percentage": 10}}
            item["priceAdjustments"] = [
                self._adjustment("ten-off-line", taxation.adjustment(item, discount), "10% off") | percentage
            ]
        if product.parts:
            item["bundledProductItems"] = [self._part(taxation, sku, quantity) for sku in product.parts]
        elif self.chance.happens(0.12):
            item["optionItems"] = [self._option(taxation, quantity)]
        return item

    def _part(self, taxation: Taxation, sku: str, quantity: int) -> dict[str, Any]:
        """A bundle's part, which has no price of its own; the quantity is that of the whole line."""
        return {
            "itemId": self._id(),
            "productId": sku,
            "productName": self.catalog[sku].name,
            "quantity": quantity,
            "taxRate": taxation.rate,
        }

    def _option(self, taxation: Taxation, quantity: int) -> dict[str, Any]:
        option = self.chance.choice(self.catalog.options)
        return {
            "itemId": self._id(),
            "productId": option.sku,
            "productName": option.name,
            "itemText": option.name,
            "optionId": "giftWrap" if option.sku.endswith("WRAP") else "engraving",
            "optionValueId": "yes",
            "quantity": quantity,
            **taxation.line(option.price, quantity),
        }

    def _adjustment(self, promotion: str, amounts: dict[str, Any], text: str) -> dict[str, Any]:
        return {
            "priceAdjustmentId": self._id(),
            "promotionId": promotion,
            "itemText": text,
            **amounts,
            "custom": False,
            "manual": False,
        }

    def _shipments(self, home: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
        methods = [method for method, _, _ in self.site.methods]
        shipments = [self._shipment("me", self.chance.choice(methods), home)]
        if self.chance.happens(0.25):
            # A quarter of the orders wants it; those with two lines or more, about 15 %, get it.
            shipments.append(self._shipment(self._id(), methods[-1], other))
        return shipments

    def _shipment(self, name: str, method: str, where: dict[str, Any]) -> dict[str, Any]:
        shipment: dict[str, Any] = {
            "shipmentId": name,
            "shippingMethod": {"id": method},
            "shippingStatus": "not_shipped",
            "gift": self.chance.happens(0.15),
            "shippingAddress": dict(where),
        }
        if shipment["gift"]:
            shipment["giftMessage"] = self.chance.choice(GIFT_MESSAGES)
        return shipment

    def _ship(self, taxation: Taxation, document: dict[str, Any]) -> None:
        """Add the shipping lines: the method's price, sometimes free, sometimes with a surcharge."""
        prices = {method: (name, Decimal(price)) for method, name, price in self.site.methods}
        for shipment in document["shipments"]:
            name, price = prices[shipment["shippingMethod"]["id"]]
            free = self.chance.happens(0.15)
            item = self._shipping_item(
                taxation, shipment["shipmentId"], (name, price), -price if free else ZERO
            )
            if free:
                amounts = taxation.adjustment(item, -price)
                item["priceAdjustments"] = [self._adjustment("free-shipping", amounts, "Free shipping")]
            document["shippingItems"].append(item)
        if self.chance.happens(0.08):
            line = document["productItems"][0]
            surcharge = self._shipping_item(
                taxation, line["shipmentId"], ("Bulky goods", Decimal("7.50")), ZERO
            )
            document["shippingItems"].append(surcharge | {"type": "surcharge"})
            line["shippingItemId"] = surcharge["itemId"]

    def _shipping_item(
        self, taxation: Taxation, shipment: str, service: tuple[str, Decimal], discount: Decimal
    ) -> dict[str, Any]:
        return {
            "itemId": self._id(),
            "shipmentId": shipment,
            "itemText": service[0],
            "type": "fixed_price",
            **taxation.line(service[1], 1, discount),
        }

    def _order_promotion(self, taxation: Taxation, document: dict[str, Any]) -> None:
        """Take something off the whole order sometimes, half of the time for a coupon."""
        priced = list(lines(document))
        subtotal = total(priced, "priceAfterItemDiscount")
        discount = ZERO
        if self.chance.happens(0.25):
            discount = -min(Decimal("10.00"), cents(subtotal / 5))
            adjustment = self._adjustment(
                "order-off", {"basePrice": discount, **taxation.amounts(discount)}, "Order discount"
            )
            document["orderPriceAdjustments"] = [adjustment]
            if self.chance.happens(0.5):
                adjustment["couponCode"] = "WELCOME10"
                document["couponItems"] = [
                    {"couponItemId": self._id(), "code": "WELCOME10", "statusCode": "applied", "valid": True}
                ]
        prorate(discount, priced)

    def _payment(self, amount: Decimal, holder: str) -> list[dict[str, Any]]:
        """A card, sometimes after a gift certificate; the amounts add up to the order total."""
        instruments = []
        if self.chance.happens(0.2) and amount > 1:
            part = cents(amount / 4)
            amount -= part
            masked = {"maskedGiftCertificateCode": f"************{self.chance.randrange(10_000):04d}"}
            instruments.append(self._instrument("GIFT_CERTIFICATE", part) | masked)
        digits = f"{self.chance.randrange(10_000):04d}"
        card = {
            "cardType": self.chance.choice(("Visa", "Master Card", "Amex")),
            "holder": holder,
            "maskedNumber": f"************{digits}",
            "numberLastDigits": digits,
            "expirationMonth": self.chance.randrange(1, 13),
            "expirationYear": 2029,
        }
        return [*instruments, self._instrument("CREDIT_CARD", amount) | {"paymentCard": card}]

    def _instrument(self, method: str, amount: Decimal) -> dict[str, Any]:
        return {
            "paymentInstrumentId": self._id(),
            "paymentMethodId": method,
            "paymentTransaction": {"amount": amount, "transactionId": f"psp-{self._id()[:10]}"},
        }


def _place(item: dict[str, Any], position: int, shipment: str) -> None:
    for row in (item, *item.get("bundledProductItems", []), *item.get("optionItems", [])):
        row["shipmentId"] = shipment
    item["position"] = position
