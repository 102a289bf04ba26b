"""Orders whose story has changed: noted in the transaction that changed it, one message for a burst."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.core.messages import Origin, Topic
from sync.core.ports.agents import OrderName

# A fact's message has the reference as its key, an order's own messages its number.
_OF_ORDERS = (Topic.ORDER_PLACED, Topic.ORDER_CHANGED, Topic.POSTING_PLANNED, Topic.LINK_REQUESTED)
_OF_FACTS = (Topic.SHIPMENT_CHANGED, Topic.RETURN_RECEIVED, Topic.PAYMENT_REQUESTED, Topic.UNSUPPORTED)

# A try that failed is no part of the story; what waits to be ready is. A look-up that was not needed any more
# says that the customer has become known since: the order may have been told without its contact.
_CHANGED = text("""
SELECT DISTINCT ON (site, order_no) site, order_no, cause FROM (
    SELECT m.site, m.key AS order_no, m.id || ':' || m.attempts || :act AS cause, m.id FROM message AS m
    WHERE m.id = ANY(:ids) AND m.site = ANY(:sites) AND m.topic = ANY(:own)
      AND (:whatever OR m.state = 'dead' OR m.error_code = 'order.held'
           OR m.state = 'done' AND (m.outcome <> 'duplicate' OR m.topic = :linked))
    UNION ALL
    SELECT m.site, h.order_no, m.id || ':' || m.attempts || :act, m.id FROM message AS m
    JOIN handover AS h ON h.site = m.site AND h.reference = m.key
    WHERE m.id = ANY(:ids) AND m.site = ANY(:sites) AND m.topic = ANY(:facts)
      AND (:whatever OR m.state = 'dead' OR m.state = 'done' AND m.outcome <> 'duplicate')) AS changed
ORDER BY site, order_no, id DESC
""")

# One that waits is joined, and held until this is committed: whoever claims it sees this as well. One that
# is being worked may have been read before. Locked in one order, so that bursts cannot wait for each other.
_NOTE = text("""
WITH changed AS (
    SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:orders AS text[]), CAST(:causes AS text[]),
                         CAST(:delays AS float[])) AS c(site, order_no, cause, delay)),
waiting AS MATERIALIZED (
    SELECT message.site, message.key FROM message
    JOIN changed ON changed.site = message.site AND changed.order_no = message.key
    WHERE message.origin = :origin AND message.topic = :topic AND message.state = 'due'
    ORDER BY message.id FOR UPDATE OF message)
INSERT INTO message (site, topic, origin, key, dedupe_key, body, correlation_id, next_attempt_at)
SELECT site, :topic, :origin, order_no, order_no || ':' || cause, '', cause,
       clock_timestamp() + make_interval(secs => delay)
FROM changed
WHERE NOT EXISTS (SELECT 1 FROM waiting WHERE waiting.site = changed.site AND waiting.key = changed.order_no)
ORDER BY site, order_no
ON CONFLICT DO NOTHING
""")

_HURRIED = text("""
UPDATE message SET next_attempt_at = clock_timestamp() FROM (
    SELECT id FROM message WHERE origin = :origin AND topic = :topic AND site = :site AND key = ANY(:orders)
      AND state = 'due' AND next_attempt_at > clock_timestamp() ORDER BY id FOR UPDATE) AS waiting
WHERE message.id = waiting.id
""")


@dataclass(frozen=True, slots=True)
class News:
    """Notes what agents must be told of: of sites by name, so many seconds after a burst's first fact."""

    settle: Mapping[str, float] = field(default_factory=dict)

    def of_messages(self, session: Session, ids: Iterable[int], *, whatever: bool = False) -> None:
        """Note the orders of messages that have just ended or were held; of any, when `whatever`."""
        if not self.settle:
            return
        values = {
            "ids": list(ids),
            "sites": list(self.settle),
            "own": list(_OF_ORDERS),
            "facts": list(_OF_FACTS),
            "linked": Topic.LINK_REQUESTED,
        }
        # A person's act is no attempt of the message's.
        act = f":{uuid.uuid4().hex}" if whatever else ""
        rows = session.execute(_CHANGED, {**values, "whatever": whatever, "act": act})
        self._note(session, [((row.site, row.order_no), row.cause) for row in rows])

    def of_order(self, session: Session, order: OrderName, cause: str) -> None:
        """Note one order."""
        if order[0] in self.settle:
            self._note(session, [(order, cause)])

    def now(self, session: Session, site: str, orders: Sequence[str], cause: str) -> None:
        """Note orders that shall be told at once."""
        self._note(session, [((site, order_no), cause) for order_no in sorted(set(orders))], at_once=True)
        values = {"origin": Origin.LEDGER, "topic": Topic.STORY_CHANGED, "site": site, "orders": list(orders)}
        session.execute(_HURRIED, values)

    def _note(
        self, session: Session, changed: Sequence[tuple[OrderName, str]], *, at_once: bool = False
    ) -> None:
        if not changed:
            return
        values = {
            "sites": [site for (site, _), _ in changed],
            "orders": [order_no for (_, order_no), _ in changed],
            "causes": [cause for _, cause in changed],
            "delays": [0.0 if at_once else self.settle[site] for (site, _), _ in changed],
        }
        session.execute(_NOTE, {**values, "origin": Origin.LEDGER, "topic": Topic.STORY_CHANGED})


SILENCE = News()
