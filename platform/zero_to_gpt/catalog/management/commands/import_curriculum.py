"""Publish the exercises/ folder: `manage.py import_curriculum [DIR]`. Safe to repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from zero_to_gpt.catalog import passages, publishing


class Command(BaseCommand):
    help = "Publish the course from a folder; new revisions appear only for what changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.EXERCISES_DIR)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = publishing.import_course(
                options["folder"], progress=lambda line: self.stdout.write(f"  {line}")
            )
        except publishing.ContentError as error:
            raise CommandError(str(error)) from None
        passages.refresh()
        for name in report.published:
            self.stdout.write(f"  published {name}")
        for name in report.unpublished:
            self.stdout.write(f"  no longer listed, hidden: {name}")
        self.stdout.write(f"Curriculum: {len(report.published)} published, {report.unchanged} unchanged.")
        if report.errors:
            raise CommandError("\n".join(report.errors))
