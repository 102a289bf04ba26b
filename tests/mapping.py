"""Where every member of a storefront order goes, or why it does not; the first pattern that fits tells."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from marshmallow import Schema, fields

from schemas.orderflow.orders import ATTRIBUTES
from schemas.sfcc.document import OrderSchema
from schemas.sfcc.items import CUSTOM
from tests.contracts import scapi

_AMOUNT = "decides amounts: `*Price(Net,Gross)`, `*Tax` of line, goods, shipping and total"
_LISTED = f"`orderLine.N.unitPrice(Net,Gross)`, `unitTax`; {_AMOUNT}"
_CHARGE = "`shippingPrice(Net,Gross)`, `shippingTax`, and the totals"
_PERSON = "`(delivery,invoice)ContactName`"
_STREET = "`(delivery,invoice)AddressLine1` and following"
_CERTIFICATE = "order attribute `notShippedGross`, and the first reference's totals"

# Members that are read → where they go; those that only pass through go where they say themselves.
_MEMBERS = {inner.data_key for inner in OrderSchema().fields.values()}
WHERE = {
    **{
        member: f"order attribute `{name}`"
        for name in ATTRIBUTES
        for member in (name, f"c_{name}")
        if member in _MEMBERS
    },
    "customerInfo.customerId": "order attribute `customerId`",
    "orderNo": "`externalReference` (further shipments: `-S2`, ...), `userDefined1`",
    "siteId": "must be the site that the order came for",
    "status": "`status`; decides whether the order goes",
    "confirmationStatus": "the site's hold rule",
    "exportStatus": "decides whether the order goes",
    "paymentStatus": "the site's hold rule; order attribute `paymentStatus`",
    "creationDate": "`placed`, when there is no `placeDate`",
    "placeDate": "`placed`",
    "channelType": "`source`",
    "currency": "`currency`, routing",
    "customerLocale": "`userDefined5`, routing",
    "taxation": "decides which price of two counts",
    "customerInfo": "as below",
    "customerInfo.email": "`deliveryEmailAddress`, `invoiceEmailAddress`",
    "customerInfo.customerNo": "the site's `customer_property`, `userDefined4` by default",
    "*Address.id": "not sent; its digest is one of the links by which an order is found",
    "customerInfo.*": "kept for a look-up in the CRM, not sent: the invoice address names the payer",
    "customerName": "as `customerInfo.customerName`, OCAPI only",
    "couponItems": "as below",
    "couponItems.*": "`promotionCode`: codes of valid coupons",
    "orderPriceAdjustments": f"as below; {_AMOUNT}",
    "orderPriceAdjustments.*": "`promotionDescription`",
    "giftCertificateItems": "as below: sold here, never shipped",
    "giftCertificateItems.*": _CERTIFICATE,
    "paymentInstruments": "as below; never card data",
    "paymentInstruments.paymentMethodId": "`paymentGatewayIdentifier`, `paymentTransactionInfo`",
    "paymentInstruments.maskedGiftCertificateCode": "names a method without a name; the code stays here",
    "paymentInstruments*.authorizationStatus*": "`authorised`, the site's hold rule",
    "paymentInstruments*.c_authorisedAt": "`authorised`",
    "paymentInstruments.*": "`paymentTransactionInfo`: method, amount, reference",
    "orderTotal": "`totalPriceGross`; must be what the parts add up to",
    "taxTotal": "`totalTax`; must be what the parts explain",
    "*hippingTotal*": f"{_CHARGE}, where there are no shipping items",
    "*ddress": "as below, by the market's address rules",
    "*ddress.companyName": "`(delivery,invoice)CompanyName`",
    "*ddress.city": "the address line of the site's `city_line`",
    "*ddress.stateCode": "the address line of the site's `region_line`",
    "*ddress.postalCode": "`(delivery,invoice)PostCode`",
    "*ddress.countryCode": "`(delivery,invoice)CountryCode`",
    "*ddress.phone": "`(delivery,invoice)DayPhoneNumber`",
    "*ddress.address[12]": _STREET,
    "*ddress.suite": _STREET,
    "*ddress.postBox": _STREET,
    "*ddress.*": _PERSON,
    "shipments": "one import each, for those that something is shipped with",
    "shipments.shipmentId": "which lines and charges belong together",
    "shipments.shippingMethod*": "`shipment.deliverySuggestionCode`, `shipment.deliverySuggestionName`",
    "shipments.gift": "`shipment.userDefined1`",
    "shipments.giftMessage": "`customerComment`",
    "shipments.c_deliveryInstruction": "`shipment.deliveryInstruction`",
    "shippingItems": "as below",
    "shippingItems.shipmentId": "whose charge it is",
    "shippingItems.tax[RC]*": "`shippingTaxCode`, by the site's table",
    "shippingItems.priceAdjustments": "as below",
    "shippingItems.priceAdjustments.*": f"`promotionDescription`; {_CHARGE}",
    "shippingItems.itemText": "read for messages only; the service is named by its courier",
    "shippingItems.*": _CHARGE,
    "productItems": "as below; virtual ones, by the site's signs, only in `notShippedGross`",
    "productItems.optionItems": "lines of their own",
    "productItems.bundledProductItems": "lines of their own, in place of the bundle",
    "productItems*.priceAdjustments": "as below",
    "productItems*.priceAdjustments.promotionId": "`orderLine.N.promotionCode`, `promotionPriceDescription`",
    "productItems*.priceAdjustments.couponCode": "`orderLine.N.promotionPriceDescription`, in brackets",
    "productItems*.priceAdjustments.itemText": "`orderLine.N.promotionPriceDescription`",
    "productItems*.priceAdjustments.*": f"`orderLine.N.promotionPriceDescription`; {_AMOUNT}",
    "productItems.bundledProductItems.bundledProductItems": "lines of their own, as deep as they go",
    "productItems.bundledProductItems.optionItems": "lines of their own, as those of `productItems`",
    "productItems*.itemId": "`orderLine.N.thirdPartyReference`; of the line above: `userDefined4`",
    "productItems*.productId": "`orderLine.N.product.externalReference`; a bundle's: `userDefined5`",
    "productItems*.productName": "`orderLine.N.description`",
    "productItems*.itemText": "`orderLine.N.description` without a name; of an option: `userDefined2`",
    "productItems*.quantity": "`orderLine.N.quantity`",
    "productItems*.shipmentId": "which import the line is in",
    "productItems*.gift": "`orderLine.N.userDefined3`: `gift`",
    "productItems.giftMessage": "`orderLine.N.userDefined1`",
    "productItems.bonusProductLineItem": "`orderLine.N.userDefined3`: `bonus`",
    "productItems*optionItems.option*": "`orderLine.N.userDefined2`",
    "productItems*.tax[RC]*": "`orderLine.N.totalTaxCode`, `unitTaxCode`, `goodsTaxCode`, by the table",
    "productItems.bundledProductItems.basePrice": "weighs the part's share of the bundle's amounts",
    "productItems*.priceAfter*": _AMOUNT,
    "productItems*.adjustedTax": _AMOUNT,
    "productItems*": _LISTED,
}

# Custom attributes that a site's `crm` table names, by their usual names.
IDS = {
    "c_b2ccrm_accountId": "the site's `account_property`, `userDefined2` by default; always 18 characters",
    "c_b2ccrm_contactId": "the site's `contact_property`, `userDefined3` by default; always 18 characters",
}

# Members that are not read → why.
WHY = {
    "*.paymentCard*": "card data is never read",
    "*.bankRoutingNumber": "bank data is never read",
    "*.paymentBankAccount": "bank data is never read; OCAPI only",
    "*.authorizationStatus.*": "its `status` is the provider's word",
    "*.bundledProductItems.*": "the bundle's own line tells it; a part is weighed by `basePrice` only",
    "*.appliedDiscount*": "how a discount was computed; what it came to is told",
    "*.abTestSegment": "marketing's grouping of shoppers",
    "*.campaignId": "marketing's grouping of promotions",
    "*.priceAdjustmentId": "a key inside of the storefront",
    "*.reasonCode": "a merchant's note on a manual discount, for the storefront's own reports",
    "*.couponItemId": "a key inside of the storefront",
    "*.statusCode": "`valid` says what counts of it",
    "*.createdBy": "who made the entry is the storefront's affair",
    "createdBy": "who made the entry is the storefront's affair",
    "*.creationDate": "when a discount was given does not matter to what it comes to",
    "*.lastModified": "as above",
    "lastModified": "decides what the sweep reads, not what is sent",
    "*.custom": "whether a discount was made by hand; what it came to is told",
    "*.manual": "whether a discount was made by hand; what it came to is told",
    "*.jobTitle": "the warehouse has no place for it",
    "*axBasis": "follows from price and rate, which are read",
    "*.minOrderQuantity": "a rule of the shop, kept when the order was placed",
    "*.stepQuantity": "a rule of the shop, kept when the order was placed",
    "*.position": "the lines keep the document's order",
    "*.inventoryId": "an order counts against the site's own `inventory_list`",
    "*.productListItem": "on which list it was found is the storefront's affair",
    "*.shippingMethod.*": "the site's crosswalk names the service, by `id`; OCAPI only",
    "*.brand": "the warehouse knows its products",
    "*.shippingItemId": "the surcharge is among the shipping items",
    "*.bonusDiscountLineItemId": "`bonusProductLineItem` tells what the packer needs",
    "*.externalLineItem*": "fulfillment's own word, which comes from the warehouse",
    "*.taxItems*": "the tax is told as a whole; the warehouse has one code per line",
    "shippingItems.itemId": "a key inside of the storefront",
    "shippingItems.type": "every charge of a shipment is added up",
    "shippingItems.*": "a shipping charge has no such price",
    "*.paymentInstrumentId": "a key inside of the storefront",
    "*.shipmentNo": "a document number of the storefront's own",
    "*.trackingNumber": "comes from the warehouse",
    "*.shippingStatus": "comes from the warehouse",
    "shippingStatus": "comes from the warehouse",
    "externalOrder*": "comes from the warehouse",
    "remoteHost": "personal, and of no use to a warehouse",
    "globalPartyId": "the CRM's own ids are read instead",
    "businessType": "the site and its channel say it",
    "sourceCodeGroupId": "`sourceCode` says it more exactly",
    "affiliatePartner*": "marketing's attribution",
    "cancel*": "a canceled order is not handed over",
    "groupedTaxItems": "the tax total is what is compared; OCAPI only",
    "orderToken": "a secret between the storefront and its shopper; OCAPI only",
    "bonusDiscountLineItems*": "an offer; what the shopper chose of it is a line",
    "notes": "a link, which OCAPI alone has; a note for the warehouse comes as a custom attribute",
    "giftCertificateItems.giftCertificate*": "a key inside of the storefront",
    "giftCertificateItems.*": "addressed by the storefront itself, never by the warehouse",
    "*otal*": "a sum of what is read; only what the shopper owes and its tax are compared",
}
# Members of the documents beyond the contract's model of them.
ALSO = (
    "affiliatePartnerId", "affiliatePartnerName", "bonusDiscountLineItems", "businessType", "cancelCode",
    "cancelDescription", "externalOrderNo", "externalOrderText", "globalPartyId", "notes",
    "sourceCodeGroupId", "giftCertificateItems.recipientEmail", "giftCertificateItems.recipientName",
    "giftCertificateItems.senderName", "giftCertificateItems.message", "giftCertificateItems.shipmentId",
    "productItems.taxItems", "productItems.taxItems.id", "productItems.taxItems.rate",
    "productItems.taxItems.value", "productItems.externalLineItemText", "productItems.productListItem",
    "giftCertificateItems.giftCertificateItemId", "giftCertificateItems.giftCertificateMerchantId",
    "bonusDiscountLineItems.id", "bonusDiscountLineItems.promotionId", "bonusDiscountLineItems.couponCode",
    "bonusDiscountLineItems.maxBonusItems", "orderPriceAdjustments.abTestSegment",
    "productItems.priceAdjustments.abTestSegment", "shippingItems.priceAdjustments.abTestSegment",
    "paymentInstruments.paymentTransaction.authorizationStatus.code",
    "paymentInstruments.paymentTransaction.authorizationStatus.message",
    "paymentInstruments.paymentBankAccount", "groupedTaxItems", "orderToken",
    "shipments.shippingMethod.name", "shipments.shippingMethod.description",
    "shipments.shippingMethod.price", "shipments.shippingMethod.externalShippingMethod",
)  # fmt: skip


def read(schema: Schema, prefix: str = "") -> Iterator[str]:
    """Every member that is read, as a dotted path."""
    for inner in schema.fields.values():
        if inner.data_key != CUSTOM:
            yield f"{prefix}{inner.data_key}"
            value = inner.inner if isinstance(inner, fields.List) else inner
            # A bundle in a bundle has the members of a bundle.
            if isinstance(value, fields.Nested) and not isinstance(value.schema, type(schema)):
                yield from read(value.schema, f"{prefix}{inner.data_key}.")


def shown(schema: scapi.Schema, prefix: str = "") -> Iterator[str]:
    """Every member that the storefront's documents have."""
    for name, member in schema["properties"].items():
        yield f"{prefix}{name}"
        value: dict[str, Any] = member.get("items", member)
        if "properties" in value:
            yield from shown(value, f"{prefix}{name}.")


def told(path: str, table: dict[str, str]) -> list[str]:
    """The patterns of a table that fit a path, the one that counts first."""
    return [pattern for pattern in table if fnmatchcase(path, pattern)]


def members() -> dict[str, dict[str, str]]:
    """Every member in order, with the table that must know it."""
    taken = dict.fromkeys(read(OrderSchema()))
    left = sorted({*shown(scapi.ORDER), *ALSO} - taken.keys())
    return dict.fromkeys(taken, WHERE) | dict.fromkeys(left, WHY)


def mapping_page() -> str:
    lines = [
        "# Where an order's members go",
        "",
        "Written by `.venv/bin/python -m tests.pages` from the schemas and `tests/mapping.py`: change those,",
        "not this page. Paths are SCAPI's; OCAPI has the same in snake_case. Custom attributes beyond these",
        "go where the site's `attributes` send them. Long texts are told in pieces of 2,000 characters, the",
        "further ones as order attributes; names, codes and references are cut to 255, keys to 120.",
        "",
        "| Member | Goes to |",
        "| --- | --- |",
    ]
    found = members()
    for table, heading in ((WHERE, ""), (WHY, "Not read")):
        if heading:
            lines += ["", f"## {heading}", "", "| Member | Because |", "| --- | --- |"]
        lines += [
            f"| `{path}` | {table[told(path, table)[0]]} |" for path, its in found.items() if its is table
        ]
        lines += [f"| `{name}` | {place} |" for name, place in IDS.items() if table is WHERE]
    return "\n".join([*lines, ""])
