"""What the ledger asks of PostgreSQL, one statement each."""

from sqlalchemy import text

# Only the earliest unfinished message of a key may be claimed, so one key is never worked twice at
# once; SKIP LOCKED lets workers pass each other. A working message whose lease ran out is due again.
CLAIM = text("""
UPDATE message SET state = 'working', attempts = attempts + 1, tries = tries + 1,
       claimed_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id IN (
    SELECT id FROM message AS candidate
    WHERE topic = ANY(:topics)
      AND (state = 'due' AND next_attempt_at <= clock_timestamp()
           OR state = 'working' AND claimed_until <= clock_timestamp())
      AND (CAST(:site AS text) IS NULL OR site = :site)
      AND (CAST(:key AS text) IS NULL OR key = :key)
      AND NOT EXISTS (
          SELECT 1 FROM message AS earlier
          WHERE earlier.origin = candidate.origin AND earlier.site = candidate.site
            AND earlier.key = candidate.key AND earlier.id < candidate.id
            AND earlier.state IN ('due', 'working'))
    ORDER BY id LIMIT :limit
    FOR UPDATE SKIP LOCKED)
RETURNING id, attempts, site, topic, origin, key, dedupe_key, sequence, body, correlation_id, received_at,
          replay
""")

# A worker that dies of a message cannot settle it: what was claimed too often without a word ends here.
EXHAUST = text("""
UPDATE message SET state = 'dead', outcome = NULL, error_code = 'attempts.exhausted',
       error_detail = jsonb_build_object('detail', tries || ' attempts, the last ended without a result',
                                         'fields', '{}'::jsonb),
       claimed_until = NULL, settled_at = clock_timestamp()
WHERE id IN (
    SELECT id FROM message
    WHERE topic = ANY(:topics) AND state = 'working' AND claimed_until <= clock_timestamp() AND tries >= :most
    FOR UPDATE SKIP LOCKED)
RETURNING id
""")

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('orderbridge.message.add'))")

MADE_AFTER = text("""
SELECT body FROM message
WHERE site = :site AND key = :key AND topic = :topic AND id > :id AND state = 'done' AND outcome = 'applied'
ORDER BY id
""")

BEHIND = text("""
SELECT id, attempts AS attempt, site, topic, origin, key, dedupe_key, sequence, body, correlation_id,
       received_at
FROM message AS later
WHERE origin = :origin AND site = :site AND key = :key AND id > :id AND state IN ('due', 'working')
ORDER BY id
""")

# News of an order is a reason to look at once at what waits for it.
WAITING = ("order.held", "order.not_placed", "customer.unlinked")
WAKE = text("""
UPDATE message AS waiting SET next_attempt_at = clock_timestamp()
FROM message AS news
WHERE news.id = ANY(:ids) AND waiting.id < news.id AND waiting.state = 'due'
  AND waiting.origin = news.origin AND waiting.site = news.site AND waiting.key = news.key
  AND waiting.error_code = ANY(:codes) AND waiting.next_attempt_at > clock_timestamp()
""")
ARRIVED = text("""
SELECT EXISTS (SELECT 1 FROM message AS waiting JOIN message AS news
    ON news.origin = waiting.origin AND news.site = waiting.site AND news.key = waiting.key
   AND news.id > waiting.id AND news.state = 'due' AND news.created_at > :since
WHERE waiting.id = :id)
""")

# A fact that waits for its order must not sleep when the order was accepted while it was looked for.
NOT_LINKED = "order.not_linked"
LINKED = text("""
SELECT EXISTS (SELECT 1 FROM message JOIN handover
    ON handover.site = message.site AND handover.reference = message.key
   AND handover.accepted_at IS NOT NULL
WHERE message.id = :id)
""")

ERASED = text("""
SELECT erased.site, erased.key FROM erased
JOIN unnest(CAST(:sites AS text[]), CAST(:keys AS text[])) AS new(site, key)
  ON new.site = erased.site AND new.key = erased.key
""")

DEAD_BEFORE = text("""
SELECT id, body FROM message
WHERE site = :site AND key = :key AND topic = :topic AND id < :id AND state = 'dead'
""")

CLOSE = text("""
UPDATE message SET state = 'done', outcome = 'superseded', note = 'overtaken by a later message',
       document = NULL, settled_at = clock_timestamp()
WHERE id = ANY(:ids) AND state = 'dead'
""")

TRIES = text("SELECT tries FROM message WHERE id = :id FOR UPDATE")

# A fact about an erased order is worked like any other, and keeps no content.
SETTLE = text("""
UPDATE message SET state = :state, outcome = :outcome, note = :note, error_code = :code,
       body = CASE WHEN :state = 'done' AND topic <> 'posting.planned' AND EXISTS (
                   SELECT 1 FROM erased WHERE erased.site = message.site AND erased.key = message.key)
              THEN jsonb_build_object('blanked', 'erasure', 'on', current_date::text)::text ELSE body END,
       tries = :tries, document = CASE WHEN :state = 'done' THEN NULL ELSE coalesce(:document, document) END,
       error_detail = CAST(:detail AS jsonb), claimed_until = NULL,
       next_attempt_at = clock_timestamp() + make_interval(secs => :after),
       settled_at = CASE WHEN :state = 'due' THEN NULL ELSE clock_timestamp() END
WHERE id = :id AND attempts = :attempt AND state = 'working'
RETURNING EXISTS (
    SELECT 1 FROM erased WHERE erased.site = message.site AND erased.key = message.key) AS erased
""")
