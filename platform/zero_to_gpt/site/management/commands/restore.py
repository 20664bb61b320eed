"""Bring a backup back: `manage.py restore FILE`. What is there now is kept."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from zero_to_gpt import backups


class Command(BaseCommand):
    help = "Make a backup the database of this installation, and bring it to this version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            before = backups.restore(file)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0, interactive=False)
        self.stdout.write(f"Everything is as it was in {file}.")
        if before is not None:
            self.stdout.write(f"What was here until now is kept in {before}.")
        self.stdout.write("Start with ./run: exercises open one by one as their values are computed again.")
