"""An index of the lenses of which nothing is written down yet: those that ran out are looked for every minute."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("governance", "0008_audit_by_time")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="lens",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["closes_at"], name="lens_not_closed"
            ),
        ),
    ]
