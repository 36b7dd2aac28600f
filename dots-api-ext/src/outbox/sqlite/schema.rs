//! The tables.

/// What `PRAGMA application_id` says: `dots` in ASCII.
pub(super) const APPLICATION: i32 = 0x646f_7473;

/// The version of the tables.
pub(super) const VERSION: i32 = 1;

/// States and reasons are words and times are milliseconds since 1970, so that a person can read them.
///
/// What is checked at each write says `OR`: for `IN` with more than two words, SQLite makes a table each time.
pub(super) const TABLES: &str = "
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  store_id TEXT NOT NULL,
  name TEXT NOT NULL,                     -- of the account, as the user calls it
  account TEXT NOT NULL,                  -- stands for the client id
  server TEXT NOT NULL,                   -- where its payouts are sent
  app TEXT NOT NULL,                      -- the app that they are for, or none
  incarnation INTEGER NOT NULL,           -- raised when a copy from the past is restored
  opened INTEGER NOT NULL,                -- how often it was opened
  file TEXT NOT NULL,                     -- tells this file from a copy of it
  is_copy INTEGER NOT NULL DEFAULT 0,     -- a backup says so
  restored_at INTEGER,                    -- when it was last opened as a copy from the past
  latest INTEGER NOT NULL                 -- the latest time that was seen
) STRICT;

CREATE TABLE runs (
  name TEXT PRIMARY KEY,
  pay_at INTEGER,                         -- nothing of it is sent earlier
  planned_at INTEGER NOT NULL,
  payouts INTEGER NOT NULL,
  cents INTEGER NOT NULL                  -- as planned, before any correction
) STRICT;

CREATE TABLE payouts (
  number INTEGER PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  run TEXT,
  operation TEXT NOT NULL,
  cents INTEGER NOT NULL,
  planned_cents INTEGER NOT NULL,         -- as first planned
  fingerprint TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state = 'planned' OR state = 'in_flight' OR state = 'settled' OR state = 'unknown'
    OR state = 'held' OR state = 'rejected' OR state = 'review' OR state = 'cancelled' OR state = 'paid_elsewhere'
    OR state = 'given_up'),
  generation INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  planned_at INTEGER NOT NULL,
  last_possible_send INTEGER,
  lease_until INTEGER,
  not_before INTEGER NOT NULL,
  in_doubt INTEGER NOT NULL,
  older_in_doubt INTEGER NOT NULL,
  others_may_send INTEGER NOT NULL,
  awaits_listing INTEGER NOT NULL,
  absences INTEGER NOT NULL,
  why TEXT,
  paid_generation INTEGER,
  alarm TEXT,
  is_meant INTEGER NOT NULL,
  object_id TEXT,
  delivery TEXT CHECK (delivery = 'on_its_way' OR delivery = 'claimed' OR delivery = 'paid_out'
    OR delivery = 'returned' OR delivery = 'failed'),
  changed_at INTEGER NOT NULL,
  note TEXT,
  plan_sum INTEGER NOT NULL,              -- checksum of what never changes
  sum INTEGER NOT NULL,                   -- checksum of the rest
  CHECK (state <> 'settled' OR paid_generation IS NOT NULL),
  CHECK ((state = 'in_flight') = (lease_until IS NOT NULL)),
  CHECK (state <> 'in_flight' OR last_possible_send IS NOT NULL)
) STRICT;

-- The exact requests, which name people: emptied by pruning.
CREATE TABLE requests (
  payout INTEGER NOT NULL REFERENCES payouts (number),
  generation INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  request TEXT NOT NULL,
  PRIMARY KEY (payout, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  number INTEGER PRIMARY KEY,
  reference TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  actor TEXT,
  reason TEXT,
  object_id TEXT,
  evidence TEXT,                          -- what is known of the call, as JSON
  sum INTEGER NOT NULL                    -- checksum
) STRICT;

-- What happened to each payout.
CREATE VIEW history AS
  SELECT reference, 0 AS number, 0 AS generation, created_at AS at, 'planned' AS event, '' AS before,
    'planned' AS after, NULL AS actor, NULL AS reason, NULL AS object_id, NULL AS evidence, NULL AS sum FROM payouts
  UNION ALL SELECT reference, number, generation, at, event, before, after, actor, reason, object_id, evidence,
    sum FROM events;

-- Two references have one key only if they look the same, and then one of them is not ASCII alone.
CREATE UNIQUE INDEX payouts_key ON payouts (idempotency_key) WHERE reference GLOB '*[^ -~]*';
CREATE INDEX payouts_due ON payouts (reference) WHERE state IN ('planned', 'unknown');
CREATE INDEX payouts_for_a_person ON payouts (reference) WHERE state IN ('review', 'held') OR alarm IS NOT NULL;
CREATE INDEX payouts_in_flight ON payouts (reference) WHERE state = 'in_flight';
CREATE INDEX payouts_doubtful ON payouts (reference)
  WHERE awaits_listing OR older_in_doubt OR state IN ('unknown', 'review');
CREATE INDEX payouts_alike ON payouts (fingerprint) WHERE last_possible_send IS NOT NULL;
CREATE INDEX payouts_object ON payouts (object_id) WHERE object_id IS NOT NULL;
CREATE INDEX payouts_run ON payouts (run) WHERE run IS NOT NULL;
CREATE UNIQUE INDEX requests_later ON requests (idempotency_key) WHERE generation > 0;
CREATE INDEX events_of ON events (reference);

CREATE TRIGGER payouts_are_kept BEFORE DELETE ON payouts
BEGIN SELECT RAISE(ABORT, 'a payout is never deleted'); END;
CREATE TRIGGER requests_are_kept BEFORE DELETE ON requests
BEGIN SELECT RAISE(ABORT, 'a request is emptied, and never deleted'); END;
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
CREATE TRIGGER payouts_stay BEFORE UPDATE ON payouts
WHEN NEW.reference <> OLD.reference OR NEW.number <> OLD.number OR NEW.run IS NOT OLD.run
  OR NEW.operation <> OLD.operation OR NEW.created_at <> OLD.created_at OR NEW.planned_cents <> OLD.planned_cents
  OR NEW.fence < OLD.fence OR NEW.generation < OLD.generation
  OR ifnull(NEW.last_possible_send, 0) < ifnull(OLD.last_possible_send, 0)
  OR (NEW.generation = OLD.generation AND (NEW.idempotency_key <> OLD.idempotency_key
    OR NEW.fingerprint <> OLD.fingerprint OR NEW.cents <> OLD.cents))
  OR (OLD.older_in_doubt AND NOT NEW.older_in_doubt)
BEGIN SELECT RAISE(ABORT, 'what was sent is never forgotten'); END;
CREATE TRIGGER settled_stays BEFORE UPDATE ON payouts
WHEN (OLD.state = 'settled' OR OLD.state = 'paid_elsewhere' OR OLD.state = 'given_up') AND NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'a payout that has ended stays so'); END;
CREATE TRIGGER requests_stay BEFORE UPDATE ON requests
WHEN NEW.payout <> OLD.payout OR NEW.generation <> OLD.generation
  OR NEW.idempotency_key <> OLD.idempotency_key OR (NEW.request <> OLD.request AND NEW.request <> '')
BEGIN SELECT RAISE(ABORT, 'a request is never changed'); END;
";
