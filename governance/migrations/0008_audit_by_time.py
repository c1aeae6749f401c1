"""An index that gives the newest events first: without it a list of the last week sorts the last week."""

from django.db import migrations

FORWARD = """
CREATE INDEX governance_audit_event_newest ON governance_audit_event (recorded_at, id);
DROP INDEX governance_audit_event_time;
"""
BACK = """
CREATE INDEX governance_audit_event_time ON governance_audit_event USING brin (recorded_at);
DROP INDEX governance_audit_event_newest;
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0007_sign_in")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
