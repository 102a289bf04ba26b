"""Every error code with its cause, its cure and an example, as operators and senders are told.

Here are those of orders, stock and both their systems; `crm` has those of the CRM.
"""

from collections.abc import Mapping

from sync.core.codes.crm import CRM_CODES
from sync.core.codes.meaning import Meaning

__all__ = ["CODES", "Meaning"]

CODES: Mapping[str, Meaning] = {
    **CRM_CODES,
    "address.invalid": Meaning(
        "An address lacks what its country or site needs, does not fit, or is in a country not shipped to.",
        "Correct the address on the storefront order, or the site's rules, then reprocess.",
        "`shipments.0.shippingAddress.postalCode: is required in GB`",
    ),
    "attempts.exhausted": Meaning(
        "The work failed for a passing reason until its attempts were used up.",
        "See the last attempt's code, wait until the remote system is well, then reprocess.",
        "`20 attempts, the last: remote.unavailable: warehouse answered 502`",
    ),
    "attribute.refused": Meaning(
        "The storefront refuses a custom attribute, mostly because it is not installed; the others were set.",
        'Install it (docs/integration.md) and reprocess, or name it "" in [sites.SITE.postings] and discard.',
        "`the storefront takes no c_ofPickedAt`, of an order that was picked",
    ),
    "body.blanked": Meaning(
        "A message has no content any more: its time of retention is over, or its person was erased.",
        "An order is read from the storefront again without `--replay`; discard what is no order.",
        "`its content was blanked on 2026-11-25 (retention)`, of a dead letter that is reprocessed",
    ),
    "body.malformed": Meaning(
        "A sender's body is not a well-formed document of its type; it was turned away with 400.",
        "Correct the sender; nothing was stored.",
        "A push whose XML ends in the middle of an element.",
    ),
    "body.too_large": Meaning(
        "A sender's body is larger than the door takes; it was turned away with 413.",
        "Send less at once, or raise ORDERBRIDGE_MAX_BODY.",
        "A hook that posts an order with 2 MB of custom attributes.",
    ),
    "body.too_slow": Meaning(
        "A sender's body did not arrive in time; it was turned away with 408.",
        "Look at the sender's connection; it should send the event again.",
        "A sender that says `content-length: 5000`, sends 3,000 bytes and falls silent.",
    ),
    "bridge.fault": Meaning(
        "A programming error in Orderbridge; the traceback is in the log under the correlation id.",
        "Report it with the message id; reprocess after the fix is deployed.",
        "`KeyError`, and in the log the lines that led to it.",
    ),
    "channel.unknown": Meaning(
        "A sender used a channel that no site has; it was turned away with 404.",
        "Correct the push address in the warehouse, or add the site.",
        "`POST /orderflow/uk_wbe/messages`, where the sites file has `uk_web`.",
    ),
    "conflict.impossible": Meaning(
        "A conflict was to be resolved in a way that has no effect: the other system takes no such change.",
        "The detail says what to do by hand; then resolve it with `--keep ours`.",
        "`--keep theirs` for an address: the storefront's API changes no address of an order.",
    ),
    "conflict.resolved": Meaning(
        "A conflict was to be resolved that somebody has resolved otherwise, or that was found anew.",
        "`orderbridge conflicts show ID` tells who decided what and why.",
        "`conflict 12 is resolved already: keep ours by ann`",
    ),
    "conflict.unknown": Meaning(
        "A conflict was to be shown or resolved that never was.",
        "`orderbridge conflicts list` names those there are with their ids.",
        "`there is no conflict 12`",
    ),
    "credentials.refused": Meaning(
        "The remote system refused our credentials or our permission.",
        "Renew the credentials or grant the permission (`orderbridge doctor` names it), then reprocess.",
        "`login refused: invalid_client`, after the secret was changed in Account Manager.",
    ),
    "crosswalk.missing": Meaning(
        "A code of one system (shipping method, carrier, ...) has no counterpart configured for this site.",
        "Add the line to the site's crosswalk in the sites file, restart the workers, reprocess.",
        "`shipping method 'UK-SAT' has no line in [sites.RefArchUK.shipping_methods]`",
    ),
    "currency.unsupported": Meaning(
        "The order's currency is none of ISO 4217, or none that this site sells in.",
        "Correct the order, or add the currency to the site's `currencies`, then reprocess.",
        "An order in CHF on a site that sells in EUR.",
    ),
    "earlier.unfinished": Meaning(
        "An earlier posting of the same order failed and is tried again; this one waits behind it.",
        "Nothing; it is made in its turn. Look at the earlier one.",
        "The status `shipped` is not set before the attributes with the parcels are taken.",
    ),
    "email.invalid": Meaning(
        "A person was to be exported or erased by something that is no e-mail address.",
        "Give the whole address; case and the spaces around it do not matter.",
        "`orderbridge privacy export ann`",
    ),
    "event.invalid": Meaning(
        "The event's envelope is well formed but lacks what its kind needs.",
        "Correct the sender; the field errors name what is missing.",
        '`{"type": "order.placed"}`: `orderNo: is required`',
    ),
    "feed.failed": Meaning(
        "The storefront did not import a file of stock numbers; none of them counts as published.",
        "The detail names job and execution; its log says why. It is sent anew by itself.",
        "`job orderbridge-inventory, execution 4711 ended with ERROR`: the list was locked.",
    ),
    "inbox.full": Meaning(
        "The inbox holds as many events as it may: intake is not keeping up. Senders get 503.",
        "See that an intake worker runs and PostgreSQL answers; senders come again by themselves.",
        "PostgreSQL was away for hours, and 100,000 events wait.",
    ),
    "inbox.unavailable": Meaning(
        "Redis is away, or not set up to keep what it acknowledged. Senders get 503.",
        "`orderbridge doctor` names what is wrong; senders come again by themselves.",
        "Redis was started anew with `appendonly no`.",
    ),
    "locale.unsupported": Meaning(
        "The order's locale is not a known locale.",
        "Correct the locale on the storefront order or site, then reprocess.",
        "`customerLocale: 'xx_YY' is not a known locale`",
    ),
    "media.unsupported": Meaning(
        "A sender's content type is not one of the door's; it was turned away with 415.",
        "Correct the sender's Content-Type.",
        "A push with `content-type: text/csv`.",
    ),
    "method.unsupported": Meaning(
        "A sender used a method that the address does not have; it was turned away with 405.",
        "Correct the sender.",
        "`GET /sfcc/RefArchUK/events`",
    ),
    "order.foreign": Meaning(
        "The warehouse told the site of an order of a channel that is not the site's.",
        "Correct the push address of that channel in the warehouse, or add the channel to the site's routes.",
        "`detail.order.channel: 'de_web' is no channel of RefArchUK`",
    ),
    "order.held": Meaning(
        "The site's hold rule keeps the order back: payment, confirmation or the cooling-off time.",
        "Nothing; it is looked at again by itself, and goes when the rule is satisfied.",
        "`payment status is not_paid, paid is needed`",
    ),
    "order.invalid": Meaning(
        "The storefront order lacks required fields, or carries values that are out of range or unknown.",
        "The field errors name each path and reason; correct the order, then reprocess.",
        "`productItems.2.quantity: 0 must be a whole positive number`",
    ),
    "order.not_linked": Meaning(
        "The warehouse told us of an order that Orderbridge has not handed over (yet).",
        "Nothing, if the order is on its way; else find who created it in the warehouse.",
        "A despatch of `TEST-1`, an order that somebody keyed in at the warehouse.",
    ),
    "order.not_placed": Meaning(
        "The storefront order exists but is not placed yet, or payment failed.",
        "Nothing; it is retried, and closed without hand-over when the storefront fails the order.",
        "`the order is created`",
    ),
    "order.not_readable": Meaning(
        "The storefront does not know the order number (yet): not committed, rolled back, or invented.",
        "Nothing; it is retried for a while. Discard it when the order does not exist.",
        "`the storefront does not know order UK00048213`",
    ),
    "order.total_mismatch": Meaning(
        "Lines, shipping, adjustments and tax do not add up to the order total.",
        "The detail shows the arithmetic; correct the order or the site's tolerance, then reprocess.",
        "`lines 40.00 + shipping 5.00 + not shipped 0 = 45.00, order total 45.02, difference -0.02 GBP`",
    ),
    "outcome.unknown": Meaning(
        "A request's answer was lost; it may have had its effect.",
        "Nothing; the next attempt looks at the remote state first.",
        "The connection ended after the import was sent and before its answer came.",
    ),
    "progress.stale": Meaning(
        "Two facts about one order were worked at the same moment.",
        "Nothing; the later one is computed anew at once.",
        "A push and a poll told of the same shipment at once, and two workers read them.",
    ),
    "receiver.busy": Meaning(
        "The receiver has as many requests under way as it takes. Senders get 503.",
        "Nothing; if it lasts, run more receivers.",
        "A burst of hooks while the disk of the inbox is slow.",
    ),
    "reference.taken": Meaning(
        "The warehouse already has a different order under this order's number.",
        "Compare both orders; cancel the wrong one in the warehouse with renaming, then reprocess.",
        "`UK00048213`, which was imported from a test system with other goods.",
    ),
    "remote.malformed": Meaning(
        "The remote system answered with something that is not its documented format.",
        "Nothing; it is retried. If it lasts, see the excerpt of the answer in the attempt.",
        "A proxy's HTML page with status 200 in place of JSON.",
    ),
    "remote.throttled": Meaning(
        "The remote system asked us to slow down (429, or a load-shedding 503).",
        "Nothing; its Retry-After is honoured.",
        "`storefront answered 429`, with `Retry-After: 30`.",
    ),
    "remote.unavailable": Meaning(
        "The remote system could not be reached or answered with a server error.",
        "Nothing; it is retried. If it lasts, call the remote system's operator.",
        "`warehouse: connection refused`, or `storefront answered 503`.",
    ),
    "time.over": Meaning(
        "A batch or a publication took longer than one run may.",
        "Nothing; the next attempt goes on where this one stopped.",
        "A publication of 50,000 stock levels at 200 a second.",
    ),
    "replay.impossible": Meaning(
        "A replay was asked for, but the stored event has only the order's number.",
        "Reprocess without --replay: the order is then read from the storefront.",
        '`{"type": "order.placed", "orderNo": "UK00048213"}`',
    ),
    "request.invalid": Meaning(
        "A request cannot be understood; it was turned away with 400.",
        "Correct the sender.",
        "A request line or a header that HTTP does not know.",
    ),
    "route.unknown": Meaning(
        "There is nothing at the address; the request was turned away with 404.",
        "Correct the sender's URL.",
        "`POST /sfcc/RefArchUK/event`, without the last letter.",
    ),
    "return.unmatched": Meaning(
        "Goods came back without the number of an order that was handed over.",
        "Find the order by the goods, have the warehouse name it on the return, and discard this letter.",
        "A parcel without a note: `neither order nor authorisation is named`.",
    ),
    "site.mismatch": Meaning(
        "The event names another site than the door it came through.",
        "Correct the sender's configuration.",
        '`"site": "RefArchEU"` posted to `/sfcc/RefArchUK/events`.',
    ),
    "reservations.off": Meaning(
        "A basket's reservation came for a site that takes none.",
        "Set `stock.reservations` of the site to a number of seconds and restart the receiver, or send none.",
        "`This site takes no reservations.`",
    ),
    "site.unknown": Meaning(
        "A message or a sender names a site that is not in the sites file.",
        "Add the site's table, restart receiver and workers, reprocess.",
        "`no [sites.RefArchFR] table`, after the table was renamed.",
    ),
    "stage.unknown": Meaning(
        "The warehouse uses a shipment state that the site's crosswalk does not know.",
        "Add the state to the site's crosswalk, then reprocess.",
        "`quality_checked`, a state of that instance alone.",
    ),
    "stock.busy": Meaning(
        "The stock of an order's product is being written; the order's export is told right after it.",
        "Nothing; it is told within seconds, of a write that was cut off after a minute at most.",
        "An order is handed over while a full publication writes its SKU.",
    ),
    "stock.invalid": Meaning(
        "Some products of a stock document cannot be read; the others were kept and published.",
        "The field errors name them; correct the products in the warehouse, which tells them anew.",
        "`product.7.available: must be a whole number`",
    ),
    "stock.unreadable": Meaning(
        "The storefront does not let us read the list's records, so what it shows cannot be audited.",
        "Permit get on the list's product_inventory_records in the API client's Data API settings, or "
        "give it the scope of its interface; `orderbridge doctor` tells.",
        "`the list acme-fr of AcmeFR cannot be read back: storefront answered 403`",
    ),
    "storefront.conflict": Meaning(
        "The storefront refuses a status change in the order's present state.",
        "Look at the order on both sides; the owner's value can be re-asserted by reprocessing.",
        "`order_status of order UK00048213`: completed is asked for, and the order is canceled.",
    ),
    "storefront.refused": Meaning(
        "The storefront refused the request's content.",
        "The excerpt shows its reason; correct mapping or content, then reprocess.",
        "`storefront answered 400`: the attribute `c_ofReason` is not defined there.",
    ),
    "storefront.unsupported": Meaning(
        "The storefront's interface has no call for it: OCAPI takes no fulfillment or adjustment events.",
        "Discard it: an OCAPI site is told the same in its attributes. Events are planned for it no more.",
        '`event:UK1-1-shipped`, planned while the site spoke SCAPI, after `api = "ocapi"` was set.',
    ),
    "topic.unsupported": Meaning(
        "An event of a kind that Orderbridge does not handle yet; it is kept.",
        "Nothing, or switch the event off at the sender.",
        '`{"type": "basket.abandoned"}`',
    ),
    "warehouse.refused": Meaning(
        "The warehouse refused the order (unknown product, missing field, ...).",
        "The detail is the warehouse's own text; cure it there or in the order, then reprocess.",
        "`Product 'RA-99999' does not exist`",
    ),
}
