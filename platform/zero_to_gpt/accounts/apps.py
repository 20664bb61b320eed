"""Registers this app with Django, and a check of which databases this version can use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Error, Tags, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class AccountsConfig(AppConfig):
    name = "zero_to_gpt.accounts"
    label = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from zero_to_gpt.accounts.record import note_sign_in

        register(database_is_of_this_line, Tags.database)
        user_logged_in.connect(note_sign_in)


def database_is_of_this_line(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[Error]:
    """Refuse to migrate a database from before the migrations were squashed: nothing could bring it here."""
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("zero_to_gpt.")}
    found = []
    for alias in databases or ():
        known = MigrationLoader(None).disk_migrations
        ran = MigrationRecorder(connections[alias]).applied_migrations()
        if any(app in ours and (app, name) not in known for app, name in ran):
            found.append(
                Error(
                    "This database was made by another version, which this one cannot upgrade from.",
                    hint="Keep a copy and begin with an empty one (SQLite: move db.sqlite3 out of VAR_DIR).",
                )
            )
    return found
