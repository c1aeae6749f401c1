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
END $do$;
"""

# The roles stay: other databases of the cluster may use them.
UNDO = r"""
DO $do$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'isocenter_app') THEN
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM isocenter_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM isocenter_app;
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM isocenter_app;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM isocenter_app;
    END IF;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_user_preferences")]

    operations = [migrations.RunSQL(MAKE, UNDO)]
