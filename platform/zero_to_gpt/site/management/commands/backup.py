"""Save all that must not be lost into one file: `manage.py backup [FILE]`. People may go on working."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zero_to_gpt import backups


class Command(BaseCommand):
    help = "Save the database of an installation on SQLite into one file, while it runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="unset: a new file in VAR_DIR/backups")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"] or backups.usual_file()
        try:
            backups.save(file)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        size = f"{file.stat().st_size / 1_000_000:.1f} MB"
        self.stdout.write(f"Saved {file} ({size}): people, courses, drafts, submissions, verdicts.")
        self.stdout.write("It holds what people wrote: keep it as safe as the site, and on another disk.")
        self.stdout.write(f"To bring it back, stop ./run and type: ./run restore {file}")
