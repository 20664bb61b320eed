"""Tokens get a name, an end, and the password that they were made for. Older ones knew none and end now."""

import django.utils.timezone
from django.db import migrations, models


def end_older_tokens(apps, schema_editor):
    apps.get_model("accounts", "ApiToken").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_cache_table")]
    operations = [
        migrations.RunPython(end_older_tokens, migrations.RunPython.noop),
        migrations.AddField("apitoken", "name", models.CharField(blank=True, max_length=80)),
        migrations.AddField(
            "apitoken", "expires", models.DateTimeField(default=django.utils.timezone.now), preserve_default=False
        ),
        migrations.AddField(
            "apitoken",
            "password_mark",
            models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
    ]
