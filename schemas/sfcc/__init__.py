"""SFCC documents: SCAPI Orders v1 (OpenAPI 1.5.2), its OCAPI twins (Shop 20.4, Data 25.6), and what we post.

Read `read_order` in `mapping` first: `document` and `items` say what is read, `lines` what is shipped,
`amounts` how money is split, `postings` how progress is written. The code tables stand here.
"""

# Path below an order for each kind of status posting.
STATUS_PATHS = {
    "export_status": "export-status",
    "external_status": "external-status",
    "shipping_status": "shipping-status",
    "order_status": "status",
}

GIFT_CERTIFICATE = "GIFT_CERTIFICATE"
# ASSUMPTION: merchants put the shopper's words to the courier here; no system field exists.
INSTRUCTION_ATTRIBUTE = "c_deliveryInstruction"
# ASSUMPTION: no member tells when a payment was authorised. Merchants put the time here, on the transaction;
# without it an order whose payments are all authorised was authorised when it was placed.
AUTHORISED_ATTRIBUTE = "c_authorisedAt"
# What the payment provider's word may be when it means yes: the platform's number, or its name.
AUTHORISED = frozenset({"0", "ok"})
