"""Three people to try the site with, in a demo cohort: `manage.py demo`. Safe to repeat.

Their passwords are generated and left in var/demo-signins.json, readable by this user only. Refused
where the site has a public address.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Course
from zero_to_gpt.cohorts.models import Cohort, Role
from zero_to_gpt.cohorts.services import enrol

PEOPLE = (
    ("student", "student@example.org", "Sam Student", Role.STUDENT),
    ("instructor", "instructor@example.org", "Ines Instructor", Role.INSTRUCTOR),
    ("admin", "admin@example.org", "Ada Admin", Role.ADMIN),
)


class Command(BaseCommand):
    help = "Make a demo cohort with a student, an instructor and an admin; print their sign-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        if urlsplit(settings.PUBLIC_URL).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise CommandError("This site has a public address; demo people are for a machine of your own.")
        file = settings.VAR / "demo-signins.json"
        passwords = _known(file)
        course = Course.objects.order_by("pk").first()
        if course is None:
            raise CommandError("No course is published yet: run `manage.py import_curriculum` first.")
        with transaction.atomic():
            cohort, _ = Cohort.objects.get_or_create(
                slug="demo", defaults={"name": "Demo cohort", "course": course}
            )
            for role, email, name, rank in PEOPLE:
                passwords.setdefault(email, secrets.token_urlsafe(12))
                enrol(user=_person(role, email, name, passwords[email]), cohort=cohort, role=rank)
        signins = [
            {"role": role, "email": email, "password": passwords[email]} for role, email, _, _ in PEOPLE
        ]
        _write(file, json.dumps(signins, indent=2) + "\n")
        for signin in signins:
            self.stdout.write(f"{signin['role']:<11} {signin['email']:<24} {signin['password']}")


def _person(role: str, email: str, name: str, password: str) -> User:
    """The demo person with this password, with a confirmed address. Admins are staff."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, display_name=name)
    elif not user.check_password(password):
        user.set_password(password)
    user.is_staff = user.is_superuser = role == "admin"
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


def _known(file: Path) -> dict[str, str]:
    """The passwords of an earlier run, so that a second run changes nothing."""
    try:
        return {entry["email"]: entry["password"] for entry in json.loads(file.read_text())}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(file: Path, text: str) -> None:
    """Replace the file by one that nobody else could read at any moment."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    fresh.replace(file)
