"""The inbox: a Redis stream that holds each event from the answer at the door until the ledger has it.

Lives here: the entry's form, the append side (asynchronous, used by the receiver), the read side
(synchronous, used by intake), and the look at whether the server may be trusted. It knows core and Redis.
Read first: `entry.py`, then `append.py`. The stream is the only copy of what it holds: nothing ever trims it.
"""

from sync.inbox.append import Appender
from sync.inbox.condition import Condition
from sync.inbox.entry import GROUP, STREAM, Entry, fields_of
from sync.inbox.limits import Limits
from sync.inbox.read import Inbox

__all__ = ["GROUP", "STREAM", "Appender", "Condition", "Entry", "Inbox", "Limits", "fields_of"]
