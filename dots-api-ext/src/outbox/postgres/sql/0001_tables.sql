-- The tables of the outbox. States and reasons are words, times are milliseconds since 1970.
CREATE SCHEMA dots_outbox;

CREATE TABLE dots_outbox.migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The time, in milliseconds since 1970. now() would stand still since the transaction began, however long it waited.
CREATE FUNCTION dots_outbox.clock() RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

CREATE TABLE dots_outbox.store (
  id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  store_id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text,                              -- of the account, as the user calls it
  account uuid,                           -- stands for the client id
  server text,                            -- the base URL that its payouts are sent to
  app text,                               -- the app that they are for, or none
  shared_references boolean NOT NULL DEFAULT false,
  incarnation bigint NOT NULL DEFAULT 0,  -- raised when the database was restored, or another server took over
  system_id bigint,                       -- of the cluster that it is in
  timeline bigint,                        -- of that cluster
  restored_at bigint                      -- when it was last opened after that
);
INSERT INTO dots_outbox.store DEFAULT VALUES;

CREATE TABLE dots_outbox.runs (
  name text PRIMARY KEY,
  pay_at bigint,                          -- nothing of it is sent earlier
  planned_at bigint NOT NULL,
  payouts bigint NOT NULL,
  cents bigint NOT NULL                   -- as planned, before any correction
);

CREATE TABLE dots_outbox.payouts (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text COLLATE "C" NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  run text,
  operation text NOT NULL,
  cents bigint NOT NULL,
  planned_cents bigint NOT NULL,          -- as first planned
  fingerprint uuid NOT NULL,
  idempotency_key uuid NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('held', 'planned', 'in_flight', 'unknown', 'settled', 'rejected', 'review',
    'cancelled', 'paid_elsewhere', 'given_up')),
  generation bigint NOT NULL,
  fence bigint NOT NULL,
  planned_at bigint NOT NULL,
  last_possible_send bigint,
  lease_until bigint,
  not_before bigint NOT NULL,
  in_doubt boolean NOT NULL,
  older_in_doubt boolean NOT NULL,
  others_may_send boolean NOT NULL,
  awaits_listing boolean NOT NULL,
  absences bigint NOT NULL,
  why text,
  paid_generation bigint,
  alarm text,
  is_meant boolean NOT NULL,
  object_id text,
  delivery text CHECK (delivery IN ('on_its_way', 'claimed', 'paid_out', 'returned', 'failed')),
  changed_at bigint NOT NULL,
  note text,
  CHECK (state <> 'settled' OR paid_generation IS NOT NULL),
  CHECK ((state = 'in_flight') = (lease_until IS NOT NULL)),
  CHECK (state <> 'in_flight' OR last_possible_send IS NOT NULL)
);

-- The exact requests, which name people: emptied by pruning.
CREATE TABLE dots_outbox.requests (
  payout bigint NOT NULL REFERENCES dots_outbox.payouts (number),
  generation bigint NOT NULL,
  idempotency_key uuid NOT NULL,
  request text NOT NULL,
  PRIMARY KEY (payout, generation)
);

CREATE TABLE dots_outbox.events (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text COLLATE "C" NOT NULL,
  generation bigint NOT NULL,
  at bigint NOT NULL,
  event text NOT NULL,
  before text NOT NULL,
  after text NOT NULL,
  actor text,
  reason text,
  object_id text,
  evidence text                           -- what is known of the call, as JSON
);

CREATE INDEX payouts_due ON dots_outbox.payouts (reference) WHERE state IN ('planned', 'unknown');
CREATE INDEX payouts_next ON dots_outbox.payouts (not_before) WHERE state IN ('planned', 'unknown');
CREATE INDEX payouts_for_a_person ON dots_outbox.payouts (reference)
  WHERE state IN ('review', 'held') OR alarm IS NOT NULL;
CREATE INDEX payouts_open ON dots_outbox.payouts (state)
  WHERE state IN ('held', 'planned', 'in_flight', 'unknown', 'review');
CREATE INDEX payouts_in_flight ON dots_outbox.payouts (reference) WHERE state = 'in_flight';
CREATE INDEX payouts_doubtful ON dots_outbox.payouts (reference)
  WHERE awaits_listing OR older_in_doubt OR state IN ('unknown', 'review');
CREATE INDEX payouts_alike ON dots_outbox.payouts (fingerprint) WHERE last_possible_send IS NOT NULL;
CREATE INDEX payouts_object ON dots_outbox.payouts (object_id) WHERE object_id IS NOT NULL;
CREATE INDEX payouts_run ON dots_outbox.payouts (run) WHERE run IS NOT NULL;
CREATE UNIQUE INDEX requests_later ON dots_outbox.requests (idempotency_key) WHERE generation > 0;
CREATE INDEX events_of ON dots_outbox.events (reference, number);
CREATE INDEX events_paid ON dots_outbox.events (at) WHERE after = 'settled' AND before <> 'settled';

CREATE FUNCTION dots_outbox.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'OB006',
    MESSAGE = format('rows of dots_outbox.%s are never deleted or changed so', TG_TABLE_NAME);
END $$;

CREATE TRIGGER payouts_are_kept BEFORE DELETE OR TRUNCATE ON dots_outbox.payouts
  FOR EACH STATEMENT EXECUTE FUNCTION dots_outbox.refuse();
CREATE TRIGGER requests_are_kept BEFORE DELETE OR TRUNCATE ON dots_outbox.requests
  FOR EACH STATEMENT EXECUTE FUNCTION dots_outbox.refuse();
CREATE TRIGGER events_are_kept BEFORE DELETE OR TRUNCATE OR UPDATE ON dots_outbox.events
  FOR EACH STATEMENT EXECUTE FUNCTION dots_outbox.refuse();
CREATE TRIGGER store_is_kept BEFORE DELETE OR TRUNCATE ON dots_outbox.store
  FOR EACH STATEMENT EXECUTE FUNCTION dots_outbox.refuse();

CREATE TRIGGER payouts_stay BEFORE UPDATE ON dots_outbox.payouts
FOR EACH ROW WHEN (
  NEW.reference <> OLD.reference OR NEW.number <> OLD.number OR NEW.run IS DISTINCT FROM OLD.run
  OR NEW.operation <> OLD.operation OR NEW.created_at <> OLD.created_at OR NEW.planned_cents <> OLD.planned_cents
  OR NEW.fence < OLD.fence OR NEW.generation < OLD.generation
  OR coalesce(NEW.last_possible_send, 0) < coalesce(OLD.last_possible_send, 0)
  OR (NEW.generation = OLD.generation AND (NEW.idempotency_key <> OLD.idempotency_key
    OR NEW.fingerprint <> OLD.fingerprint OR NEW.cents <> OLD.cents))
  OR (OLD.older_in_doubt AND NOT NEW.older_in_doubt)
  OR (OLD.state IN ('settled', 'paid_elsewhere', 'given_up') AND NEW.state <> OLD.state)
) EXECUTE FUNCTION dots_outbox.refuse();

CREATE TRIGGER requests_stay BEFORE UPDATE ON dots_outbox.requests
FOR EACH ROW WHEN (
  NEW.payout <> OLD.payout OR NEW.generation <> OLD.generation OR NEW.idempotency_key <> OLD.idempotency_key
  OR (NEW.request <> OLD.request AND NEW.request <> '')
) EXECUTE FUNCTION dots_outbox.refuse();

REVOKE ALL ON FUNCTION dots_outbox.refuse(), dots_outbox.clock() FROM PUBLIC;

INSERT INTO dots_outbox.migrations (number, name) VALUES (1, 'tables');
