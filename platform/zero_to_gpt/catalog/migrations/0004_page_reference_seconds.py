"""How long the reference needs, to be told to who was stopped. Values from before do not know it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalog", "0003_stock_instances")]

    operations: ClassVar = [
        migrations.AddField("expectedcase", "reference_seconds", models.FloatField(null=True)),
    ]
