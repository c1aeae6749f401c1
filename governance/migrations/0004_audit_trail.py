"""The audit trail: events that can only be added, their places in the tree, and the signed heads of it.

The tables belong to no Django model that could change them: partitions, generated columns and triggers are
PostgreSQL's own. docs/audit.md says what each is for.
"""

from django.db import migrations

TABLES = r"""
CREATE SEQUENCE governance_audit_event_id_seq;

CREATE TABLE governance_audit_event (
    id bigint NOT NULL DEFAULT nextval('governance_audit_event_id_seq'),
    recorded_at timestamptz NOT NULL,
    payload bytea NOT NULL,
    leaf_hash bytea NOT NULL GENERATED ALWAYS AS (sha256('\x00'::bytea || payload)) STORED,
    event text NOT NULL,
    outcome text NOT NULL,
    actor_id bigint,
    collection_id bigint,
    correlation text NOT NULL,
    patients text[] NOT NULL,
    participant_objects text[] NOT NULL,
    PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
ALTER SEQUENCE governance_audit_event_id_seq OWNED BY governance_audit_event.id;
CREATE INDEX governance_audit_event_time ON governance_audit_event USING brin (recorded_at);
CREATE INDEX governance_audit_event_actor ON governance_audit_event (actor_id, id);
CREATE INDEX governance_audit_event_kind ON governance_audit_event (event, id);
CREATE INDEX governance_audit_event_patients ON governance_audit_event USING gin (patients);
CREATE INDEX governance_audit_event_objects ON governance_audit_event USING gin (participant_objects);

CREATE TABLE governance_audit_pending (
    event_id bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE governance_audit_leaf (
    position bigint PRIMARY KEY,
    event_id bigint NOT NULL UNIQUE,
    recorded_at timestamptz NOT NULL,
    leaf_hash bytea NOT NULL
);

CREATE TABLE governance_audit_node (
    level smallint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, number)
);

CREATE TABLE governance_audit_checkpoint (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    frontier bytea[] NOT NULL,
    note text NOT NULL,
    sealed_at timestamptz NOT NULL
);
"""

TRIGGERS = r"""
CREATE FUNCTION governance_audit_enqueue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO governance_audit_pending (event_id, recorded_at) SELECT id, recorded_at FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER governance_audit_enqueue AFTER INSERT ON governance_audit_event
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_enqueue();

CREATE FUNCTION governance_audit_deny() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail can only be added to.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER governance_audit_no_change BEFORE UPDATE OR DELETE ON governance_audit_event
    FOR EACH ROW EXECUTE FUNCTION governance_audit_deny();
CREATE TRIGGER governance_audit_no_truncate BEFORE TRUNCATE ON governance_audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_deny();
CREATE TRIGGER governance_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON governance_audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_deny();
CREATE TRIGGER governance_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON governance_audit_node
    FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_deny();
CREATE TRIGGER governance_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON governance_audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_deny();
"""

# What exists and every month to come: the default privileges of migration 0003 open each new table to the application.
CLOSE = r"""
CREATE FUNCTION governance_audit_close(relation text) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_app') THEN
        EXECUTE format('REVOKE ALL ON %I FROM isocenter_app', relation);
        EXECUTE format('GRANT SELECT ON %I TO isocenter_app', relation);
    END IF;
END $$;
REVOKE ALL ON FUNCTION governance_audit_close(text) FROM PUBLIC;
"""

# Months are made ahead by whoever seals, who needs no right to create tables for it. What is dated outside of
# them goes to the last partition, and is never lost.
PARTITIONS = r"""
CREATE FUNCTION governance_audit_make_partition(name text, bounds text) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF governance_audit_event %s', name, bounds);
    EXECUTE format('CREATE TRIGGER governance_audit_no_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_deny()', name);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
    PERFORM governance_audit_close(name);
END $$;
REVOKE ALL ON FUNCTION governance_audit_make_partition(text, text) FROM PUBLIC;

CREATE FUNCTION governance_audit_make_months(months_ahead integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', now());
    made integer := 0;
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(7238406);
    FOR step IN 0..least(months_ahead, 24) LOOP
        name := 'governance_audit_event_' || to_char(month, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            PERFORM governance_audit_make_partition(
                name, format('FOR VALUES FROM (%L) TO (%L)', month, month + interval '1 month'));
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END $$;

SELECT governance_audit_make_partition('governance_audit_event_other', 'DEFAULT');
SELECT governance_audit_make_months(3);
"""

GRANTS = r"""
SELECT governance_audit_close(relname::text) FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND relname LIKE 'governance\_audit\_%';
DO $do$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_app') THEN
        GRANT INSERT ON governance_audit_event TO isocenter_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_sealer') THEN
        GRANT SELECT, INSERT ON governance_audit_event, governance_audit_leaf, governance_audit_node,
            governance_audit_checkpoint TO isocenter_sealer;
        GRANT USAGE ON SEQUENCE governance_audit_event_id_seq TO isocenter_sealer;
        GRANT SELECT, DELETE ON governance_audit_pending TO isocenter_sealer;
    END IF;
END $do$;
"""

DROP = r"""
DROP TABLE governance_audit_event, governance_audit_pending, governance_audit_leaf, governance_audit_node,
    governance_audit_checkpoint CASCADE;
DROP FUNCTION governance_audit_enqueue, governance_audit_deny, governance_audit_make_months,
    governance_audit_make_partition, governance_audit_close;
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0003_database_roles")]

    operations = [migrations.RunSQL(TABLES + TRIGGERS + CLOSE + PARTITIONS + GRANTS, DROP)]
