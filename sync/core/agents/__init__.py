"""What the CRM's agents are shown of an order: a pure mapping of its timeline to records.

`keys` and `events` name each fact for ever, `discreet` takes out what is personal, `standing` is the order's
status in a word, `rows` makes the records; start with `records`. What a site chooses is in `agent_policy`.
"""

from sync.core.agents.discreet import discreet
from sync.core.agents.rows import Looked, Row, records

__all__ = ["Looked", "Row", "discreet", "records"]
