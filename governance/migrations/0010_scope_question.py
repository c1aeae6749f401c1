"""Where somebody holds a permission, as a function: PostgreSQL keeps its plan, which takes longer to make than to run.

governance/access.py asks it once for each request and permission. docs/decisions/0015-where-a-permission-is-held-is-asked-of-a-function.md has the figures.
"""

from django.db import migrations

# A permission counts where django-guardian's stored row and a grant in force agree: neither a row that somebody wrote
# by hand nor a grant that ended a moment ago opens anything. NULL among the ids stands for all Collections.
# Sub-queries stand in arrays, so that every part starts from an index of the person or of their groups: with IN, the OR
# over both reads every grant there is.
FORWARD = """
CREATE FUNCTION governance_scope(who bigint, wanted_codename text, wanted_permission text, moment timestamptz)
RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    subject_groups integer[] := ARRAY(SELECT group_id FROM governance_user_groups WHERE user_id = who);
    wanted integer := (
        SELECT p.id FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
        WHERE t.app_label = 'governance' AND t.model = 'collection' AND p.codename = wanted_codename);
BEGIN
    RETURN ARRAY(
        (SELECT object_pk::bigint FROM guardian_userobjectpermission
         WHERE user_id = who AND permission_id = wanted
         UNION ALL
         SELECT object_pk::bigint FROM guardian_groupobjectpermission
         WHERE group_id = ANY(subject_groups) AND permission_id = wanted
         UNION ALL
         SELECT NULL FROM governance_user_user_permissions
         WHERE user_id = who AND permission_id = wanted
         UNION ALL
         SELECT NULL FROM auth_group_permissions
         WHERE group_id = ANY(subject_groups) AND permission_id = wanted)
        INTERSECT
        SELECT collection_id FROM governance_grant
        WHERE (user_id = who OR group_id = ANY(subject_groups))
          AND role_id = ANY(ARRAY(SELECT id FROM governance_role WHERE wanted_permission = ANY(permissions)))
          AND revoked_at IS NULL AND starts_at <= moment AND (expires_at IS NULL OR expires_at > moment));
END $$;
"""
BACK = "DROP FUNCTION governance_scope(bigint, text, text, timestamptz)"


class Migration(migrations.Migration):
    dependencies = [("governance", "0009_lens_not_closed")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
