"""Two lesser database roles: the application's, which can only add to the audit trail, and the sealer's.

`isocenter_app` is what web, workers and beat should be; `isocenter_sealer` is for `audit seal`. The role that runs
the migrations owns the tables, and nothing that serves requests should be it. Where this role may not make others,
an administrator makes the two first, or does without: docs/audit.md says how, and what that costs.
"""

from django.db import migrations

MAKE = r"""
DO $do$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['isocenter_app', 'isocenter_sealer'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = name);
        BEGIN
            -- No password: over a network nobody can be it before an administrator has set one.
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of the cluster was quicker
            WHEN insufficient_privilege THEN NULL;
        END;
    END LOOP;

    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO isocenter_app;
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO isocenter_app;
        -- For the tables of later migrations.
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO isocenter_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO isocenter_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_sealer') THEN
        GRANT SELECT, INSERT ON governance_audit_event, governance_audit_leaf, governance_audit_node,
            governance_audit_checkpoint TO isocenter_sealer;
        GRANT USAGE ON SEQUENCE governance_audit_event_id_seq TO isocenter_sealer;
        GRANT SELECT, DELETE ON governance_audit_pending TO isocenter_sealer;
    END IF;
END $do$;
"""

# Also run for each new month: the default privileges above would open it.
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

CREATE OR REPLACE FUNCTION governance_audit_make_partition(name text, bounds text) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF governance_audit_event %s', name, bounds);
    EXECUTE format('CREATE TRIGGER governance_audit_no_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_deny()', name);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
    PERFORM governance_audit_close(name);
END $$;

SELECT governance_audit_close(relname::text) FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND relname LIKE 'governance\_audit\_%';
DO $do$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_app') THEN
        GRANT INSERT ON governance_audit_event TO isocenter_app;
    END IF;
END $do$;
"""

# The roles stay: other databases of the cluster may use them.
UNDO = r"""
CREATE OR REPLACE FUNCTION governance_audit_make_partition(name text, bounds text) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF governance_audit_event %s', name, bounds);
    EXECUTE format('CREATE TRIGGER governance_audit_no_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_deny()', name);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
END $$;
DROP FUNCTION governance_audit_close(text);
DO $do$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_app') THEN
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM isocenter_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM isocenter_app;
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM isocenter_app;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM isocenter_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_sealer') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM isocenter_sealer;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM isocenter_sealer;
    END IF;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_audit_models")]

    operations = [migrations.RunSQL(MAKE + CLOSE, UNDO)]
