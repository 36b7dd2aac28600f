-- Roles to grant to those that log in: one may only plan and read where payouts stand, the other may settle them, and
-- the third one reads what is on call. A role that may create roles runs it once; the library never does.
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['dots_outbox_planner', 'dots_outbox_worker', 'dots_outbox_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    END IF;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA dots_outbox TO dots_outbox_planner, dots_outbox_worker, dots_outbox_reader;

GRANT EXECUTE ON FUNCTION dots_outbox.plan(text), dots_outbox.plan_many(text) TO dots_outbox_planner;
GRANT EXECUTE ON FUNCTION dots_outbox.as_time(bigint), dots_outbox.clock()
  TO dots_outbox_planner, dots_outbox_worker, dots_outbox_reader;
GRANT SELECT ON dots_outbox.status TO dots_outbox_planner;

GRANT SELECT ON dots_outbox.status, dots_outbox.due, dots_outbox.in_doubt, dots_outbox.review,
  dots_outbox.paid_today, dots_outbox.counts, dots_outbox.history, dots_outbox.runs, dots_outbox.migrations
  TO dots_outbox_reader;

-- No DELETE, and of the rest, triggers refuse what would let a payout be made again.
GRANT SELECT ON ALL TABLES IN SCHEMA dots_outbox TO dots_outbox_worker;
GRANT INSERT ON dots_outbox.payouts, dots_outbox.requests, dots_outbox.events, dots_outbox.runs
  TO dots_outbox_worker;
GRANT UPDATE ON dots_outbox.payouts, dots_outbox.runs, dots_outbox.store TO dots_outbox_worker;
GRANT UPDATE (request) ON dots_outbox.requests TO dots_outbox_worker;
