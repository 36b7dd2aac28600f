-- What people read. Times are those of the session's time zone; amounts are cents.

CREATE FUNCTION dots_outbox.as_time(milliseconds bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_timestamp(milliseconds / 1000.0)
$$;

-- Where each payout stands; without its request, which names people.
CREATE VIEW dots_outbox.status AS
SELECT reference, run, operation, cents, state, why, alarm, generation, object_id, delivery, note,
  dots_outbox.as_time(created_at) AS created_at, dots_outbox.as_time(planned_at) AS planned_at,
  dots_outbox.as_time(not_before) AS not_before, dots_outbox.as_time(changed_at) AS changed_at
FROM dots_outbox.payouts;

-- What may be sent now.
CREATE VIEW dots_outbox.due AS
SELECT reference, run, operation, cents, state, generation,
  dots_outbox.as_time(not_before) AS due_at,
  dots_outbox.as_time((SELECT dots_outbox.clock())) - dots_outbox.as_time(not_before) AS age
FROM dots_outbox.payouts
WHERE state IN ('planned', 'unknown') AND paid_generation IS NULL AND NOT awaits_listing
  AND not_before <= (SELECT dots_outbox.clock());

-- What was sent, or may have been, and is not known to be paid.
CREATE VIEW dots_outbox.in_doubt AS
SELECT reference, run, operation, cents, state, generation, note,
  dots_outbox.as_time(last_possible_send) AS last_possible_send, dots_outbox.as_time(lease_until) AS lease_until,
  dots_outbox.as_time(planned_at) AS planned_at, dots_outbox.as_time(not_before) AS not_before
FROM dots_outbox.payouts
WHERE state IN ('in_flight', 'unknown', 'review') AND paid_generation IS NULL;

-- What a person has to decide, and the alarms.
CREATE VIEW dots_outbox.review AS
SELECT reference, run, operation, cents, state, why, alarm, note, generation, object_id,
  dots_outbox.as_time(changed_at) AS since
FROM dots_outbox.payouts
WHERE state IN ('review', 'held') OR alarm IS NOT NULL;

-- What became paid today.
CREATE VIEW dots_outbox.paid_today AS
SELECT payouts.reference, payouts.run, payouts.operation, payouts.cents, events.object_id,
  dots_outbox.as_time(events.at) AS paid_at
FROM dots_outbox.events JOIN dots_outbox.payouts USING (reference)
WHERE events.after = 'settled' AND events.before <> 'settled'
  AND events.at >=
    (SELECT extract(epoch FROM date_trunc('day', dots_outbox.as_time(dots_outbox.clock()))) * 1000)::bigint;

-- What to measure: rows by state, and how long the oldest one that is due has waited.
CREATE VIEW dots_outbox.counts AS
SELECT states.state, coalesce(counted.payouts, 0) AS payouts, coalesce(counted.cents, 0)::bigint AS cents,
  dots_outbox.as_time(dots_outbox.clock()) - dots_outbox.as_time(counted.oldest) AS oldest_due
FROM unnest(ARRAY['held', 'planned', 'in_flight', 'unknown', 'review']) AS states (state)
LEFT JOIN (
  SELECT state, count(*) AS payouts, sum(abs(cents)) AS cents,
    min(not_before) FILTER (WHERE state IN ('planned', 'unknown') AND NOT awaits_listing
      AND not_before <= (SELECT dots_outbox.clock())) AS oldest
  FROM dots_outbox.payouts WHERE state IN ('held', 'planned', 'in_flight', 'unknown', 'review') GROUP BY state
) AS counted USING (state);

-- What happened to each payout.
CREATE VIEW dots_outbox.history AS
SELECT reference, 0::bigint AS number, 0::bigint AS generation, created_at AS at, 'planned' AS event, '' AS before,
  'planned' AS after, NULL::text AS actor, NULL::text AS reason, NULL::text AS object_id, NULL::text AS evidence
FROM dots_outbox.payouts
UNION ALL
SELECT reference, number, generation, at, event, before, after, actor, reason, object_id, evidence
FROM dots_outbox.events;

REVOKE ALL ON FUNCTION dots_outbox.as_time(bigint) FROM PUBLIC;

INSERT INTO dots_outbox.migrations (number, name) VALUES (3, 'views');
