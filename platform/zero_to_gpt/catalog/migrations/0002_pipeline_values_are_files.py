"""On SQLite expected values are files from now on: the rows go, and workers make the values again."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def forget(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        apps.get_model("catalog", "ExpectedCase").objects.all().delete()
        apps.get_model("catalog", "ExpectedSet").objects.update(state="waiting", lease_until=None, attempt=0)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
