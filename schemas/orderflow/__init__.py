"""Orderflow documents, API 4.2.4: import and its result, order detail, despatches, events, returns, stock.

Read `orders` for what goes out and `facts` for what comes in; `envelope` is what the receiver needs,
`xml` the hardened parser and the recognition of errors. The code tables stand here.
"""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from sync.core.fulfillment import Stage

# ASSUMPTION: zoneless times are the server's local time; a setting of the warehouse overrides it.
LONDON = ZoneInfo("Europe/London")

# ASSUMPTION: the wire spelling of the states of several words. A site's own states are added by its
# `stages` table. With paper picking no state proves the pick; `packable` stands in for it.
STAGES: dict[str, Stage] = {
    "created": Stage.ACCEPTED,
    "validated": Stage.ACCEPTED,
    "ready": Stage.ACCEPTED,
    "out_of_stock": Stage.ACCEPTED,
    "reset": Stage.ACCEPTED,
    "released": Stage.ACCEPTED,
    "pickable": Stage.ACCEPTED,
    "packable": Stage.PICKED,
    "packed": Stage.PACKED,
    "despatched": Stage.SHIPPED,
    "cancelled": Stage.CANCELED,
}
CANCELED = "cancelled"
# ASSUMPTION: how a cancellation with renaming changes the names of an order and of its shipments.
RENAMED = re.compile(r"(.+)_cancelled_\d+")
PICKED_LINE = "picked"

# How the number of a return begins that a report told of without its own number.
REPORTED = "report-"

# Exception classes by their last segment: what is missing, and who is refused.
MISSING = "MissingDataException"
REFUSED_WORDS = ("Authentication", "Authorization", "Authorisation", "Permission", "AccessDenied", "Security")
INVALID_WORDS = ("Validation", "Parse", "IllegalArgument", "Format", "SAX")

# ASSUMPTION: a pushed count was computed this long before it arrived at most. Zero trusts the margin of
# the site's stock policy; raise it where the warehouse redelivers old stock messages.
PUSH_AGE = timedelta(0)
