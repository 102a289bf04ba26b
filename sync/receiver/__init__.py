"""The receiver: the two doors through which the storefront and the warehouse tell us what happened.

A request is checked (who, how big, what form), put on the inbox, and answered once the inbox has it on disk;
nothing else happens here, so that nothing else can fail. It knows the inbox, core and the schemas of
envelopes; not the database, not the flows, and it reads no environment.
Read first: `doors.py` (what it must be told), then `sfcc.py` and `orderflow.py` (a door each).
"""

from sync.receiver.app import build
from sync.receiver.doors import Credential, Doors, Market

__all__ = ["Credential", "Doors", "Market", "build"]
