"""`manage.py record_show`: keep the newest show that ran to its end as the recording that ships."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zero_to_gpt.shows import services
from zero_to_gpt.shows.models import Show


class Command(BaseCommand):
    help = "Write the newest show that ran to its end into shows/recording.json."

    def handle(self, *args: Any, **options: Any) -> None:
        show = Show.objects.filter(state=Show.State.ENDED).first()
        if show is None:
            raise CommandError("No show has run to its end here. Begin one on the first page, and wait.")
        services.RECORDING.write_text(json.dumps(services.as_recording(show), separators=(",", ":")) + "\n")
        self.stdout.write(f"{show} is the recording now: {services.RECORDING}")
