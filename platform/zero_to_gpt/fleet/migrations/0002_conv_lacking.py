"""What a worker's host lacks, beside what it has."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="workersign",
            name="lacking",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
