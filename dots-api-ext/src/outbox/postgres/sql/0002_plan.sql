-- What applications call, in a transaction of their own: plan(text) and plan_many(text). The text is that of `Planned`
-- in Rust, one line of JSON; it names people, and no error of these functions repeats any of it but the reference.
--
-- OB001  the reference is known with another payout
-- OB002  the text cannot be read
-- OB003  the payout is for another account, server or app than this outbox
-- OB004  another reference has the idempotency key, such as one that looks the same
-- OB005  the outbox was not given an account yet
-- OB006  a change that the outbox never makes

CREATE TYPE dots_outbox.entry AS (
  reference text,
  account text,
  server text,
  app text,
  operation text,
  cents bigint,
  fingerprint uuid,
  idempotency_key uuid,
  request text
);

CREATE FUNCTION dots_outbox.read_planned(line text) RETURNS dots_outbox.entry
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
DECLARE
  planned jsonb;
  request jsonb;
  body jsonb;
  entry dots_outbox.entry;
  why text;
BEGIN
  BEGIN
    planned := line::jsonb;
    request := (planned ->> 'request')::jsonb;
    body := (request ->> 'body')::jsonb;
    entry := (planned ->> 'reference', planned ->> 'account', request ->> 'server', coalesce(request ->> 'app', 'none'),
      request ->> 'operation',
      (planned ->> 'cents')::bigint, (request ->> 'fingerprint')::uuid, (request ->> 'idempotency_key')::uuid,
      planned ->> 'request');
    why := CASE
      WHEN planned IS NULL OR jsonb_typeof(planned) <> 'object' THEN 'it is no JSON object'
      WHEN planned -> 'planned' IS DISTINCT FROM '1'::jsonb THEN 'its version is not 1'
      WHEN request -> 'stored_request' IS DISTINCT FROM '1'::jsonb THEN 'the version of its request is not 1'
      WHEN planned - ARRAY['planned', 'account', 'reference', 'cents', 'request'] <> '{}'::jsonb
        THEN 'it has fields that this version does not know'
      WHEN entry.reference IS NULL OR entry.account IS NULL OR entry.server IS NULL OR entry.operation IS NULL
        OR entry.cents IS NULL OR entry.fingerprint IS NULL OR entry.idempotency_key IS NULL OR body IS NULL
        THEN 'it lacks a field'
      WHEN length(entry.reference) NOT BETWEEN 1 AND 255 OR entry.reference ~ '[[:cntrl:]]'
        OR entry.reference <> btrim(entry.reference) THEN 'its reference is not 1 to 255 visible characters'
      -- Other encodings cannot say a letter in two ways.
      WHEN getdatabaseencoding() = 'UTF8' AND entry.reference IS NOT NFC NORMALIZED
        THEN 'its reference is not in normalization form C'
      WHEN entry.operation NOT IN ('send_payout', 'create_payout_link', 'create_payout', 'create_transfer')
        THEN 'an outbox does not make its operation'
      WHEN entry.cents = 0 OR (body ->> 'amount')::numeric IS DISTINCT FROM entry.cents
        THEN 'its amount is zero, or is not that of its request'
      WHEN entry.cents NOT BETWEEN -9007199254740991 AND 9007199254740991
        THEN 'its amount is larger than JSON can say'
      WHEN (body ->> 'idempotency_key')::uuid IS DISTINCT FROM entry.idempotency_key
        THEN 'its request has another idempotency key'
      WHEN body #>> '{metadata,outbox_reference}' IS DISTINCT FROM entry.reference
        OR body #>> '{metadata,outbox_generation}' IS DISTINCT FROM '0'
        OR body #>> '{metadata,outbox_store}' IS NULL THEN 'its request is of another reference'
    END;
  EXCEPTION WHEN data_exception THEN
    -- The server's own error would repeat a part of the text.
    why := 'it was cut short or changed';
  END;
  IF why IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'OB002', MESSAGE = 'could not read the planned payout: ' || why;
  END IF;
  RETURN entry;
END $$;

-- Refuses payouts of another account or server, and makes this transaction's commit wait for the disk.
CREATE FUNCTION dots_outbox.check_place(entries dots_outbox.entry[]) RETURNS dots_outbox.store
LANGUAGE plpgsql SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
DECLARE
  ours dots_outbox.store;
  theirs dots_outbox.entry;
BEGIN
  IF current_setting('synchronous_commit') IN ('off', 'local', 'remote_write') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  -- Where the database is found to have been set back, that waits for this transaction, and this one for that.
  PERFORM pg_advisory_xact_lock_shared(1685025907, 1);
  SELECT * INTO STRICT ours FROM dots_outbox.store;
  IF ours.name IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'OB005', MESSAGE = 'the outbox has no account yet',
      HINT = 'Run SELECT dots_outbox.use_account(''main account''), or start a worker.';
  END IF;
  SELECT * INTO theirs FROM unnest(entries) AS entry
    WHERE entry.account <> ours.name OR entry.server <> ours.server OR entry.app <> ours.app LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'OB003', MESSAGE = format(
      'the payout `%s` is for the account `%s`, the server `%s` and the app `%s`; this outbox is of `%s`, `%s` and `%s`',
      theirs.reference, theirs.account, theirs.server, theirs.app, ours.name, coalesce(ours.server, theirs.server),
      coalesce(ours.app, theirs.app));
  END IF;
  RETURN ours;
END $$;

-- Writes what is new, in the order of the references; returns how many that are.
CREATE FUNCTION dots_outbox.write_new(entries dots_outbox.entry[], ours dots_outbox.store) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
DECLARE
  -- The key's window counts from here.
  at bigint := dots_outbox.clock();
  is_restored boolean := ours.restored_at IS NOT NULL;
  others_may_send boolean := is_restored OR ours.shared_references;
  count bigint;
BEGIN
  WITH written AS (
    INSERT INTO dots_outbox.payouts (reference, created_at, operation, cents, planned_cents, fingerprint,
      idempotency_key, state, generation, fence, planned_at, last_possible_send, not_before, in_doubt, older_in_doubt,
      others_may_send, awaits_listing, absences, is_meant, changed_at)
    SELECT entry.reference, at, entry.operation, entry.cents, entry.cents, entry.fingerprint, entry.idempotency_key,
      'planned', 0, 0, at, ours.restored_at, at, false, false, others_may_send, is_restored, 0, false, at
    FROM (SELECT DISTINCT ON (reference COLLATE "C") * FROM unnest(entries) ORDER BY reference COLLATE "C") AS entry
    ORDER BY entry.reference COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING number, reference
  ), kept AS (
    INSERT INTO dots_outbox.requests (payout, generation, idempotency_key, request)
    SELECT DISTINCT ON (written.number) written.number, 0, entry.idempotency_key, entry.request
    FROM written JOIN unnest(entries) AS entry ON entry.reference = written.reference
    RETURNING 1
  )
  SELECT count(*) INTO count FROM kept;
  RETURN count;
END $$;

-- Raises an error if an entry is not what is written under its reference.
CREATE FUNCTION dots_outbox.check_known(entries dots_outbox.entry[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
DECLARE
  other record;
BEGIN
  SELECT entry.reference, known.reference IS NULL AS is_missing,
    concat_ws(', ', CASE WHEN known.operation <> entry.operation THEN 'operation' END,
      CASE WHEN known.cents <> entry.cents THEN 'amount' END,
      CASE WHEN known.operation = entry.operation AND known.cents = entry.cents THEN 'payee' END) AS differs
  INTO other
  FROM unnest(entries) AS entry LEFT JOIN dots_outbox.payouts AS known ON known.reference = entry.reference
  WHERE known.reference IS NULL OR known.fingerprint <> entry.fingerprint OR known.operation <> entry.operation
    OR known.cents <> entry.cents
  ORDER BY entry.reference COLLATE "C" LIMIT 1;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF other.is_missing THEN
    RAISE EXCEPTION USING ERRCODE = 'OB004', MESSAGE = format(
      'another reference has the idempotency key of `%s`, such as one that looks the same', other.reference);
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'OB001', MESSAGE = format(
    'the reference `%s` is known with another payout: its %s differ', other.reference, other.differs),
    HINT = 'Use another reference for another payout, or correct this one.';
END $$;

CREATE FUNCTION dots_outbox.plan(planned text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
DECLARE
  entries dots_outbox.entry[] := ARRAY[dots_outbox.read_planned(planned)];
BEGIN
  IF dots_outbox.write_new(entries, dots_outbox.check_place(entries)) = 1 THEN
    RETURN 'planned';
  END IF;
  PERFORM dots_outbox.check_known(entries);
  RETURN 'known';
END $$;

-- One planned payout a line; all are planned, or none.
CREATE FUNCTION dots_outbox.plan_many(lines text, OUT planned bigint, OUT known bigint, OUT already_paid bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
DECLARE
  entries dots_outbox.entry[];
BEGIN
  IF lines IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'OB002', MESSAGE = 'could not read the planned payouts: there is no text';
  END IF;
  SELECT coalesce(array_agg(dots_outbox.read_planned(line)), '{}') INTO entries
    FROM unnest(string_to_array(lines, E'\n')) AS line WHERE btrim(line, E' \r') <> '';
  planned := dots_outbox.write_new(entries, dots_outbox.check_place(entries));
  PERFORM dots_outbox.check_known(entries);
  SELECT count(*) FILTER (WHERE payouts.state = 'settled') INTO already_paid
    FROM unnest(entries) AS entry JOIN dots_outbox.payouts ON payouts.reference = entry.reference;
  known := cardinality(entries) - planned - already_paid;
END $$;

-- Names the account that the outbox is of, once; planners name the same one.
CREATE FUNCTION dots_outbox.use_account(account_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
BEGIN
  UPDATE dots_outbox.store SET name = account_name WHERE name IS NULL AND account_name <> '';
  PERFORM FROM dots_outbox.store WHERE name = account_name;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'OB003', MESSAGE = 'the outbox is of another account';
  END IF;
END $$;

-- Says that nothing was lost when another server took over, such as with synchronous replication: what is planned from
-- now on is sent without a look at Dots' lists.
CREATE FUNCTION dots_outbox.nothing_was_lost() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, dots_outbox, pg_temp AS $$
  UPDATE dots_outbox.store SET restored_at = NULL
$$;

REVOKE ALL ON FUNCTION dots_outbox.nothing_was_lost(), dots_outbox.read_planned(text),
  dots_outbox.check_place(dots_outbox.entry[]),
  dots_outbox.write_new(dots_outbox.entry[], dots_outbox.store), dots_outbox.check_known(dots_outbox.entry[]),
  dots_outbox.plan(text), dots_outbox.plan_many(text), dots_outbox.use_account(text) FROM PUBLIC;

INSERT INTO dots_outbox.migrations (number, name) VALUES (2, 'plan');
