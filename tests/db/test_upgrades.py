"""From which databases the site can be brought to this version."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


def test_a_database_of_this_version_needs_nothing_more(db, capsys):
    call_command("migrate", verbosity=1, skip_checks=False)
    assert "No migrations to apply" in capsys.readouterr().out


def test_a_database_from_before_the_squashed_migrations_is_refused_with_a_sentence(db):
    MigrationRecorder(connection).record_applied("submissions", "0005_uses_pieces")
    with pytest.raises(SystemCheckError, match="begin with an empty one"):
        call_command("migrate", verbosity=0, skip_checks=False)
