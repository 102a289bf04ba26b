"""Every error code with its cause and its cure, as operators and senders are told."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means to an operator."""

    cause: str
    cure: str


CODES: Mapping[str, Meaning] = {
    "address.invalid": Meaning(
        "An address lacks what its country needs, or its postal code does not fit.",
        "Correct the address on the storefront order, then reprocess.",
    ),
    "attempts.exhausted": Meaning(
        "The work failed for a passing reason until its attempts were used up.",
        "See the last attempt's code, wait until the remote system is well, then reprocess.",
    ),
    "body.malformed": Meaning(
        "A sender's body is not a well-formed document of its type; it was turned away with 400.",
        "Correct the sender; nothing was stored.",
    ),
    "body.too_large": Meaning(
        "A sender's body is larger than the door takes; it was turned away with 413.",
        "Send less at once, or raise ORDERBRIDGE_MAX_BODY.",
    ),
    "body.too_slow": Meaning(
        "A sender's body did not arrive in time; it was turned away with 408.",
        "Look at the sender's connection; it should send the event again.",
    ),
    "bridge.fault": Meaning(
        "A programming error in Orderbridge; the traceback is in the log under the correlation id.",
        "Report it with the message id; reprocess after the fix is deployed.",
    ),
    "channel.unknown": Meaning(
        "A sender used a channel that no site has; it was turned away with 404.",
        "Correct the push address in the warehouse, or add the site.",
    ),
    "credentials.refused": Meaning(
        "The remote system refused our credentials or our permission.",
        "Renew the credentials or grant the permission (`orderbridge doctor` names it), then reprocess.",
    ),
    "crm.refused": Meaning(
        "The CRM refused a look-up of a contact.",
        "The excerpt shows its reason; the order itself does not wait for it.",
    ),
    "crosswalk.missing": Meaning(
        "A code of one system (shipping method, carrier, ...) has no counterpart configured for this site.",
        "Add the line to the site's crosswalk in the sites file, restart the workers, reprocess.",
    ),
    "currency.unsupported": Meaning(
        "The order's currency is not the one this site is configured for.",
        "Correct the site's currency or the order, then reprocess.",
    ),
    "event.invalid": Meaning(
        "The event's envelope is well formed but lacks what its kind needs.",
        "Correct the sender; the field errors name what is missing.",
    ),
    "inbox.full": Meaning(
        "The inbox holds as many events as it may: intake is not keeping up. Senders get 503.",
        "See that an intake worker runs and PostgreSQL answers; senders come again by themselves.",
    ),
    "inbox.unavailable": Meaning(
        "Redis is away, or not set up to keep what it acknowledged. Senders get 503.",
        "`orderbridge doctor` names what is wrong; senders come again by themselves.",
    ),
    "locale.unsupported": Meaning(
        "The order's locale is not a known locale.",
        "Correct the locale on the storefront order or site, then reprocess.",
    ),
    "media.unsupported": Meaning(
        "A sender's content type is not one of the door's; it was turned away with 415.",
        "Correct the sender's Content-Type.",
    ),
    "method.unsupported": Meaning(
        "A sender used a method that the address does not have; it was turned away with 405.",
        "Correct the sender.",
    ),
    "order.held": Meaning(
        "The site's hold rule keeps the order back: payment, confirmation or the cooling-off time.",
        "Nothing; it is looked at again by itself, and goes when the rule is satisfied.",
    ),
    "order.invalid": Meaning(
        "The storefront order lacks required fields or carries values out of range.",
        "The field errors name each path and reason; correct the order, then reprocess.",
    ),
    "order.not_linked": Meaning(
        "The warehouse told us of an order that Orderbridge has not handed over (yet).",
        "Nothing, if the order is on its way; else find who created it in the warehouse.",
    ),
    "order.not_placed": Meaning(
        "The storefront order exists but is not placed yet, or payment failed.",
        "Nothing; it is retried, and closed without hand-over when the storefront fails the order.",
    ),
    "order.not_readable": Meaning(
        "The storefront does not know the order number (yet): not committed, rolled back, or invented.",
        "Nothing; it is retried for a while. Discard it when the order does not exist.",
    ),
    "order.total_mismatch": Meaning(
        "Lines, shipping, adjustments and tax do not add up to the order total.",
        "The detail shows the arithmetic; correct the order or the site's tolerance, then reprocess.",
    ),
    "outcome.unknown": Meaning(
        "A request's answer was lost; it may have had its effect.",
        "Nothing; the next attempt looks at the remote state first.",
    ),
    "progress.stale": Meaning(
        "Two facts about one order were worked at the same moment.",
        "Nothing; the later one is computed anew at once.",
    ),
    "receiver.busy": Meaning(
        "The receiver has as many requests under way as it takes. Senders get 503.",
        "Nothing; if it lasts, run more receivers.",
    ),
    "reference.taken": Meaning(
        "The warehouse already has a different order under this order's number.",
        "Compare both orders; cancel the wrong one in the warehouse with renaming, then reprocess.",
    ),
    "remote.malformed": Meaning(
        "The remote system answered with something that is not its documented format.",
        "Nothing; it is retried. If it lasts, see the excerpt of the answer in the attempt.",
    ),
    "remote.throttled": Meaning(
        "The remote system asked us to slow down (429, or a load-shedding 503).",
        "Nothing; its Retry-After is honoured.",
    ),
    "remote.unavailable": Meaning(
        "The remote system could not be reached or answered with a server error.",
        "Nothing; it is retried. If it lasts, call the remote system's operator.",
    ),
    "time.over": Meaning(
        "A batch or a publication took longer than one run may.",
        "Nothing; the next attempt goes on where this one stopped.",
    ),
    "request.invalid": Meaning(
        "A request cannot be understood; it was turned away with 400.",
        "Correct the sender.",
    ),
    "route.unknown": Meaning(
        "There is nothing at the address; the request was turned away with 404.",
        "Correct the sender's URL.",
    ),
    "site.mismatch": Meaning(
        "The event names another site than the door it came through.",
        "Correct the sender's configuration.",
    ),
    "site.unknown": Meaning(
        "A message or a sender names a site that is not in the sites file.",
        "Add the site's table, restart receiver and workers, reprocess.",
    ),
    "stage.unknown": Meaning(
        "The warehouse uses a shipment state that the site's crosswalk does not know.",
        "Add the state to the site's crosswalk, then reprocess.",
    ),
    "storefront.conflict": Meaning(
        "The storefront refuses a status change in the order's present state.",
        "Look at the order on both sides; the owner's value can be re-asserted by reprocessing.",
    ),
    "storefront.refused": Meaning(
        "The storefront refused the request's content.",
        "The excerpt shows its reason; correct mapping or content, then reprocess.",
    ),
    "topic.unsupported": Meaning(
        "An event of a kind that Orderbridge does not handle yet; it is kept.",
        "Nothing, or switch the event off at the sender.",
    ),
    "warehouse.refused": Meaning(
        "The warehouse refused the order (unknown product, missing field, ...).",
        "The detail is the warehouse's own text; cure it there or in the order, then reprocess.",
    ),
}
